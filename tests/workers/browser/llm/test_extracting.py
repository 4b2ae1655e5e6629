"""Values with a JSON Schema: read from an element, or from the page by a language model."""

import json

import pytest

from tests.workers.browser.conftest import Runner
from tests.workers.browser.llm.chat import FakeChat, picks, refuses, says
from tests.workers.browser.site import Site
from workers.browser.job import Json

pytestmark = [pytest.mark.integration, pytest.mark.heavy]

OPEN: Json = {"kind": "goto", "url": "/"}
PAGE = """
<h1>Invoice</h1><p id=total>Total: <b>1,234.50</b> EUR</p><p id=odd>1,234</p><p id=no>none</p>
<input type=checkbox id=paid checked><span id=sent>yes</span><input id=count value=12>
<p>Write to anna@example.org or call 030 1234567, order 20261130123.</p>
<table id=items><tr><th>Item</th><th>Price</th></tr><tr><td>Tea</td><td>2.50</td></tr>
<tr><td>Cake</td><td>4</td></tr></table>
"""
LINES: Json = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {"item": {"type": "string"}, "price": {"type": "number"}},
        "required": ["item", "price"],
    },
}
TEA = [{"item": "Tea", "price": 2.5}, {"item": "Cake", "price": 4}]
READ: Json = {"kind": "extract", "name": "lines", "selector": "#items", "schema": LINES}


@pytest.fixture(autouse=True)
def pages(site: Site) -> None:
    """An invoice."""
    site.show(PAGE)


def found(value: object) -> object:
    """What the model answers when the page holds it."""
    return {"found": True, "value": value, "reason": "it says so"}


def read(selector: str, kind: str, **more: object) -> Json:
    """A step that reads one typed value."""
    schema = {"type": kind}
    return {"kind": "extract", "name": "a", "selector": selector, "schema": schema, **more}


@pytest.mark.parametrize(
    ("step", "value"),
    [
        (read("#total", "number"), 1234.5),
        (read("#total b", "string"), "1,234.50"),
        (read("#odd", "integer"), 1234),
        (read("#paid", "boolean"), True),
        (read("#sent", "boolean"), True),
        (read("#count", "integer", what="value"), 12),
        (read("#count", "string", what="attribute", attribute="id"), "count"),
    ],
)
async def test_one_value_is_read_without_a_model(run: Runner, step: Json, value: object) -> None:
    ran = await run(OPEN, step)
    assert ran.outcome.message == ""
    assert ran.outcome.outputs == {"a": value}


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (read("#odd", "number"), '"1,234" may mean 1.234 or 1234'),
        (read("#no", "number"), '"none" is no number'),
        (read("#total", "boolean"), "is no boolean"),
        (READ, "needs a language model: set METAMORPH_LLM_URL, METAMORPH_LLM_KEY and"),
        (
            {"kind": "extract", "name": "a", "instruction": "x", "schema": {"type": "number"}},
            "reading a value from the page needs a language model",
        ),
    ],
)
async def test_what_cannot_be_read_without_one_fails_with_the_reason(
    run: Runner, step: Json, sentence: str
) -> None:
    ran = await run(OPEN, {**step, "timeout_seconds": 2})
    assert ran.outcome.status == "failed"
    assert sentence in ran.outcome.message
    assert ran.outcome.outputs == {}


async def test_objects_and_lists_are_read_by_the_model(run: Runner, chat: FakeChat) -> None:
    chat.then(says(found(TEA)))
    ran = await run(OPEN, READ, llm=chat.endpoint())
    assert ran.outcome.message == ""
    assert ran.outcome.outputs == {"lines": TEA}
    (asked,) = chat.asked
    assert 'row "Tea | 2.50"' in asked.page
    assert "Invoice" not in asked.page
    (decision,) = ran.outcome.decisions
    usage = decision["usage"]
    assert isinstance(usage, dict)
    assert (usage["prompt"], usage["input_tokens"]) == ("extract.v1", 900)


async def test_personal_data_is_put_back_into_what_the_model_never_saw(
    run: Runner, chat: FakeChat
) -> None:
    fields = {"mail": {"type": "string"}, "order": {"type": "integer"}}
    step: Json = {
        "kind": "extract",
        "name": "contact",
        "instruction": "whom to write to, and the number of the order",
        "schema": {"type": "object", "properties": fields, "required": ["mail", "order"]},
    }
    chat.then(says(found({"mail": "<[email 1]>", "order": "[digits 3]"})))
    ran = await run(OPEN, step, llm=chat.endpoint())
    assert ran.outcome.message == ""
    assert ran.outcome.outputs["contact"] == {
        "mail": "<anna@example.org>",
        "order": 20261130123,
    }
    (asked,) = chat.asked
    assert [text for text in ("anna@", "1234567", "20261130123") if text in asked.page] == []
    (decision,) = ran.outcome.decisions
    assert (decision["method"], decision["purpose"]) == ("llm", "extract")


async def test_an_answer_that_does_not_fit_is_repaired_once(run: Runner, chat: FakeChat) -> None:
    chat.then(says(found([{"item": "Tea"}])), says(found(TEA)))
    ran = await run(OPEN, READ, llm=chat.endpoint())
    assert ran.outcome.outputs == {"lines": TEA}
    told = chat.asked[1].body["messages"]
    assert [one["role"] for one in told] == ["system", "user", "assistant", "user"]
    assert "- $[0]: 'price' is a required property" in told[3]["content"]
    usage = ran.outcome.decisions[-1]["usage"]
    assert isinstance(usage, dict)
    assert (usage["requests"], usage["input_tokens"]) == (2, 1800)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (found([{"item": "Tea"}]), "$[0]: 'price' is a required property"),
        ("see above", "did not answer with JSON"),
        ({"found": True, "reason": ""}, "has no `found` and `value`"),
        ('{"found": true, "value": NaN}', "did not answer with JSON"),
    ],
)
async def test_a_second_answer_that_does_not_fit_fails_the_step_with_its_faults(
    run: Runner, chat: FakeChat, content: object, sentence: str
) -> None:
    chat.then(says(content))
    ran = await run(OPEN, READ, llm=chat.endpoint())
    assert ran.outcome.status == "failed"
    assert "what was read does not fit the schema" in ran.outcome.message
    assert sentence in ran.outcome.message
    assert len(chat.asked) == 2
    assert ran.outcome.outputs == {}


async def test_what_the_page_does_not_hold_is_not_made_up(run: Runner, chat: FakeChat) -> None:
    chat.then(says({"found": False, "value": None, "reason": "no items"}))
    ran = await run(OPEN, READ, llm=chat.endpoint())
    assert "the page does not hold it: no items" in ran.outcome.message
    assert len(chat.asked) == 1


async def test_a_model_that_refuses_fails_the_step(run: Runner, chat: FakeChat) -> None:
    chat.then(refuses(503))
    ran = await run(OPEN, READ, llm=chat.endpoint())
    assert "the language model's endpoint has trouble of its own (503" in ran.outcome.message
    assert json.dumps(ran.outcome.to_json()).count("sk-test") == 0


async def test_observed_elements_come_with_their_reasons(
    run: Runner, chat: FakeChat, site: Site
) -> None:
    site.show("<button>Keep</button><button>Drop</button>")

    def answer(*names: str) -> None:
        numbers = {"Keep": 1, "Drop": 2, "Gone": 9}
        listed = [{"number": numbers[name], "reason": f"{name} fits"} for name in names]
        chat.then(says({"candidates": listed}))

    observe: Json = {"kind": "observe", "instruction": "what ends it", "name": "seen"}
    answer("Drop", "Keep")
    ran = await run(OPEN, observe, llm=chat.endpoint())
    assert ran.outcome.outputs["seen"] == [
        {"element": "button “Drop”", "reason": "Drop fits"},
        {"element": "button “Keep”", "reason": "Keep fits"},
    ]
    usage = ran.outcome.decisions[-1]["usage"]
    assert isinstance(usage, dict)
    assert usage["prompt"] == "observe.v1"
    answer("Gone")
    ran = await run(OPEN, observe, llm=chat.endpoint())
    assert "named an element that does not exist (9)" in ran.outcome.message
    chat.then(picks())
    ran = await run(OPEN, observe, llm=chat.endpoint())
    assert "the language model's answer makes no sense" in ran.outcome.message


async def test_nobody_is_asked_for_what_observing_finds(
    run: Runner, chat: FakeChat, site: Site
) -> None:
    site.show("<button>Keep</button>")
    observe: Json = {"kind": "observe", "instruction": "the Keep button", "name": "seen"}
    ran = await run(OPEN, observe, llm=chat.endpoint())
    reason = "it answers “Keep” by its name, and nothing else does"
    assert ran.outcome.outputs["seen"] == [{"element": "button “Keep”", "reason": reason}]
    assert chat.asked == []


async def test_no_number_is_made_of_a_secret(run: Runner, site: Site) -> None:
    site.show("<b id=pin>493817</b>")
    ran = await run(
        OPEN,
        read("#pin", "integer"),
        parameters={"pin": "493817"},
        secret_parameter_names=frozenset({"pin"}),
    )
    assert "is secret, and no number is made of it" in ran.outcome.message
    assert "493817" not in json.dumps(ran.outcome.to_json())
