"""How pages react to being acted on: learned once, compared later."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import ElementHandle

from domain.elements.rules import reacted_as_learned
from domain.elements.stored import Reaction
from tests.workers.browser.locate.conftest import SITE, Show, find
from workers.browser.locate import ReactionWatch

pytestmark = pytest.mark.integration

PAGE = f"""
<a id="go" href="{SITE}/next/7">Go</a>
<label>Name <input id="name"></label>
<label>Active <input id="active" type="checkbox"></label>
<select id="pick"><option>A</option><option>B</option></select>
<button id="ask" onclick="box.showModal()">Ask</button><dialog id="box"><p>Sure?</p></dialog>
<div><p id="near"></p><button id="say" onclick="near.textContent = 'Saved'">Say</button></div>
<section><div><div><div><button id="far" onclick="log.textContent += '!'">Far</button></div></div></div></section>
<footer><p id="log"></p></footer>
<p id="still">Nothing</p>
"""

Act = Callable[[ElementHandle], Awaitable[object]]

REACTIONS: dict[str, tuple[Act, str]] = {
    "go": (lambda element: element.click(), "navigated_to"),
    "name": (lambda element: element.fill("Anna"), "value_changed"),
    "active": (lambda element: element.check(), "checked_changed"),
    "pick": (lambda element: element.select_option("B"), "value_changed"),
    "ask": (lambda element: element.click(), "dialog_opened"),
    "say": (lambda element: element.click(), "changed_nearby"),
    "far": (lambda element: element.click(), "changed_elsewhere"),
}


async def react(show: Show, element_id: str, expected: Reaction | None = None) -> Reaction:
    page = await show(PAGE)
    await page.route(f"{SITE}/next/*", lambda route: route.fulfill(body="<h1>Next</h1>"), times=1)
    element = await page.query_selector(f"#{element_id}")
    assert element is not None
    watch = await ReactionWatch.open(page, element)
    await REACTIONS[element_id][0](element)
    return await watch.close(expected)


@pytest.mark.parametrize("element_id", REACTIONS)
async def test_a_reaction_is_seen_and_recognised_the_next_time(show: Show, element_id: str) -> None:
    learned = await react(show, element_id)
    assert learned.to_json()[REACTIONS[element_id][1]]

    again = await react(show, element_id, learned)

    assert reacted_as_learned(learned, again)


async def test_the_page_that_was_opened_is_kept_as_a_pattern(show: Show) -> None:
    assert (await react(show, "go")).navigated_to == "/next/*"


@pytest.mark.parametrize(("event", "same"), [("mouseover", False), ("dblclick", True)])
async def test_where_nothing_happened_a_page_that_opens_after_a_while_is_no_confirmation(
    show: Show, event: str, same: bool
) -> None:
    opens = f"addEventListener('{event}', () => setTimeout(() => {{ location = '/next' }}, 100))"
    page = await show(f"<p id=still>Nothing</p><script>{opens}</script>")
    await page.route(f"{SITE}/next", lambda route: route.fulfill(body="<h1>Next</h1>"), times=1)
    element = await page.query_selector("#still")
    assert element is not None
    watch = await ReactionWatch.open(page, element)
    await element.hover()

    assert reacted_as_learned(Reaction(), await watch.close(Reaction())) is same


async def test_no_reaction_is_not_the_learned_one(show: Show) -> None:
    page = await show(PAGE)
    element = await page.query_selector("#still")
    assert element is not None
    watch = await ReactionWatch.open(page, element)
    await element.click()

    seen = await watch.close(Reaction(dialog_opened=True))

    assert not reacted_as_learned(Reaction(dialog_opened=True), seen)
    assert not reacted_as_learned(None, seen)


async def test_a_field_that_is_given_its_own_value_reacts_all_the_same(show: Show) -> None:
    page = await show("<input id='name' value='Anna'>")
    element = await page.query_selector("#name")
    assert element is not None
    watch = await ReactionWatch.open(page, element)
    await element.fill("Anna")

    assert (await watch.close()).value_changed


async def test_a_box_that_is_ticked_already_needs_no_reaction(show: Show) -> None:
    page = await show("<label><input type='checkbox' checked> Active user accounts</label>")

    resolution = await find(page, "check Active")

    assert resolution.decision["decision"] == "use_and_verify"
    assert not resolution.verify_outcome
