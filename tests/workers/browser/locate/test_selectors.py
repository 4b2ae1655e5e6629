"""Steps that name a selector: the author's word counts, the cache helps only when it fails."""

from dataclasses import replace

import pytest

from domain.elements.instructions import Verb
from domain.elements.policy import Policy
from domain.elements.stored import StoredElement
from tests.workers.browser.locate.conftest import Show, find, learn, mark_of
from workers.browser.locate import LocateRequest, locate

pytestmark = pytest.mark.integration

PAGE = (
    "<h1>Orders</h1><p>Three are open.</p><button id='ship' name='ship' data-mark='ship'>Ship all"
    "</button><button id='print'>Print</button>"
)


async def test_a_selector_finds_and_learns(show: Show) -> None:
    resolution = await find(await show(PAGE), "css=#ship")

    assert (resolution.method, await mark_of(resolution.element)) == ("selector", "ship")
    assert resolution.learned is not None
    assert resolution.learned.reason == "learned"


@pytest.mark.parametrize(
    "selector", ["css=#ship", "text=Ship all", "xpath=//button[1]", "role=button[name='Ship all']"]
)
async def test_every_kind_of_selector_is_a_hit_the_second_time(show: Show, selector: str) -> None:
    request = LocateRequest(selector=selector, action=Verb.CLICK)
    first = await locate(await show(PAGE), request)
    assert first.learned is not None
    stored = StoredElement.from_json(first.learned.to_json())

    second = await locate(await show(PAGE), replace(request, stored=stored))

    assert (second.method, second.decision["decision"]) == ("cache", "use")
    assert await mark_of(second.element) == "ship"


async def test_a_selector_that_finds_nothing_is_healed(show: Show) -> None:
    stored = await learn(await show(PAGE), "#ship", method="selector")
    after = PAGE.replace("id='ship'", "id='ship-orders'")

    resolution = await find(await show(after), "css=#ship", stored)

    assert (resolution.method, await mark_of(resolution.element)) == ("healed", "ship")
    assert resolution.learned is not None
    assert resolution.learned.changes["@id"] == ("ship", "ship-orders")


async def test_a_selector_of_several_is_decided_by_the_cache(show: Show) -> None:
    stored = await learn(await show(PAGE), "#ship", method="selector")

    resolution = await find(await show(PAGE), "css=button", stored)

    assert await mark_of(resolution.element) == "ship"


async def test_a_selector_of_several_without_cache_is_refused(show: Show) -> None:
    resolution = await find(await show(PAGE), "css=button")

    assert resolution.element is None
    assert resolution.abstained_because == "the selector css=button matches 2 elements"


async def test_a_selector_of_one_wins_over_the_cache(show: Show) -> None:
    stored = await learn(await show(PAGE), "#ship", method="selector")

    resolution = await find(await show(PAGE.replace("'ship'", "'x'", 1)), "css=#print", stored)

    assert resolution.method == "selector"
    assert resolution.learned is not None
    assert resolution.learned.reason == "updated"


async def test_a_selector_that_finds_another_element_than_it_did_says_so_of_that_one(
    show: Show,
) -> None:
    stored = await learn(await show(PAGE), "#ship", method="selector")
    alone = await find(await show(PAGE), "css=#ship", stored)

    other = await find(await show(PAGE), "css=#print", stored)

    assert "the selector now finds another element: " in str(other.decision["reason"])
    assert float(str(other.decision["total"])) < float(str(alone.decision["total"]))


async def test_a_selector_without_a_match_says_so(show: Show) -> None:
    resolution = await find(await show(PAGE), "css=#nothing")

    assert resolution.abstained_because == "nothing matches the selector css=#nothing"


async def test_a_selector_that_cannot_be_read_is_refused_at_once(show: Show) -> None:
    resolution = await find(await show(PAGE), "css=#ship[", timeout_seconds=30)

    assert "cannot be read" in resolution.abstained_because
    milliseconds = resolution.decision["milliseconds"]
    assert isinstance(milliseconds, float)
    assert milliseconds < 5_000


@pytest.mark.parametrize("selector", ["css=#ship", "css=[data-mark=ship]"])
async def test_what_a_script_still_makes_is_waited_for_and_not_healed(
    show: Show, selector: str
) -> None:
    stored = await learn(await show(PAGE), "#ship", method="selector")
    page = await show(f"<main></main><script>const made = `{PAGE}`;</script>")
    await page.evaluate(
        "() => setTimeout(() => { document.querySelector('main').innerHTML = made; }, 60)"
    )

    resolution = await find(page, selector, stored, policy=Policy())

    assert (resolution.method, await mark_of(resolution.element)) == ("cache", "ship")


async def test_the_same_link_of_another_record_is_nothing_new(show: Show) -> None:
    users = "<h1>Users</h1><table><tr><td><a href='/users/{0}/' data-mark='it'>grace</a></td></tr>"
    stored = await learn(await show(users.format(4)), "a", method="heuristic")

    resolution = await find(await show(users.format(5)), 'click the "grace" link', stored)

    assert (resolution.method, await mark_of(resolution.element)) == ("cache", "it")
    assert resolution.verify_outcome
    assert resolution.learned is None
