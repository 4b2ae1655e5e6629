"""A whole test whose words nothing but a language model understands, played from a cassette."""

import pytest

from tests.workers.browser.conftest import Runner
from tests.workers.browser.llm.cassettes import replay
from tests.workers.browser.llm.chat import FakeChat
from tests.workers.browser.site import Site
from workers.browser.job import Json

pytestmark = [pytest.mark.integration, pytest.mark.heavy]

CHECKOUT = """
<a href=/shop>Back to the shop</a><h1>Checkout</h1>
<table id=basket><tr><td>Teapot</td><td>24.90</td></tr><tr><td>Cup</td><td>6,50</td></tr></table>
<label>Delivery address <input id=address></label>
<label><input type=checkbox id=gift> Wrap as a gift</label>
<button id=pay>Proceed to payment</button><a href=/help>Help</a><p id=out></p>
<script>pay.onclick = () => { out.textContent = 'to ' + address.value + ' ' + gift.checked; };</script>
"""
LINES: Json = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"item": {"type": "string"}, "price": {"type": "number"}},
        "required": ["item", "price"],
    },
}
STEPS: tuple[Json, ...] = (
    {"kind": "goto", "url": "/"},
    {"kind": "fill", "target": "where the parcel goes", "value": "Elm Street 5"},
    {"kind": "act", "instruction": "check present"},
    {
        "kind": "extract",
        "name": "lines",
        "selector": "#basket",
        "instruction": "what is in the basket",
        "schema": LINES,
    },
    {"kind": "observe", "instruction": "ways out of this page", "name": "exits"},
    {"kind": "act", "instruction": "click the button that ends the purchase"},
    {"kind": "expect_text", "contains": "to Elm Street 5 true"},
)


@pytest.fixture
def played(chat: FakeChat, site: Site) -> FakeChat:
    """The page, and the answers about it."""
    site.show(CHECKOUT)
    return chat.then(replay("checkout"))


async def test_a_test_in_free_words_passes_and_says_what_it_took(
    run: Runner, played: FakeChat
) -> None:
    ran = await run(*STEPS, llm=played.endpoint(input_price=0.15, output_price=0.6))
    assert ran.outcome.message == ""
    basket = [{"item": "Teapot", "price": 24.9}, {"item": "Cup", "price": 6.5}]
    assert ran.outcome.outputs["lines"] == basket
    exits = ran.outcome.outputs["exits"]
    assert isinstance(exits, list)
    assert [one["element"] for one in exits] == [
        "link “Back to the shop”",
        "link “Help” in “Checkout”",
    ]
    spent = [one["usage"] for one in ran.outcome.decisions]
    assert all(isinstance(one, dict) for one in spent)
    told = [(one["requests"], one["input_tokens"], one["output_tokens"]) for one in spent]
    assert told == [(1, 741, 31), (1, 742, 29), (2, 1445, 102), (1, 702, 48), (1, 745, 30)]
    assert all(one["milliseconds"] >= 640 for one in spent)
    assert spent[0]["cost_usd"] == pytest.approx(741 * 0.15e-6 + 31 * 0.6e-6)


async def test_the_second_run_needs_no_cassette_for_what_it_learned(
    run: Runner, played: FakeChat
) -> None:
    acting = tuple(step for step in STEPS if step["kind"] not in {"extract", "observe"})
    first = await run(*acting, llm=played.endpoint())
    known = tuple(
        {"step_key": one["step_key"], "url_pattern": one["url_pattern"], "element": one}
        for one in first.outcome.learned
    )
    asked = len(played.asked)
    second = await run(*acting, llm=played.endpoint(), stored_elements=known)
    assert second.outcome.message == ""
    assert {one["method"] for one in second.outcome.decisions} == {"cache"}
    assert len(played.asked) == asked
    assert second.outcome.milliseconds * 3 < first.outcome.milliseconds


async def test_what_the_model_did_not_find_fails(run: Runner, played: FakeChat) -> None:
    order: Json = {"kind": "act", "instruction": "click the order button", "timeout_seconds": 3}
    ran = await run(STEPS[0], order, llm=played.endpoint())
    assert "Nothing places an order here" in ran.outcome.message
