"""Elements that are there but cannot be used yet: wait, then say what is in the way."""

import asyncio

import pytest

from domain.elements.stored import StoredElement
from tests.workers.browser.locate.conftest import Show, find, learn, mark_of

pytestmark = pytest.mark.integration

BUTTON = "<button id='save' data-mark='save'>Save</button>"
LATER = "<script>setTimeout(() => {{ {0} }}, 150)</script>"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (BUTTON.replace("<button", "<button disabled"), "disabled"),
        (f"<div aria-disabled='true'>{BUTTON}</div>", "disabled"),
        (f"<fieldset disabled>{BUTTON}</fieldset>", "disabled"),
        (
            f"{BUTTON}<div id='cookies' style='position:fixed;inset:0;background:#fff'>Cookies</div>",
            "the cookie banner <div#cookies> “Cookies” covers it: close that in a step before",
        ),
        (
            f"{BUTTON}<div style='position:fixed;inset:0'><div role='dialog' class='offer' style="
            f"'position:absolute;inset:0'><h2>Our newsletter</h2><p>{'news ' * 30}</p></div></div>",
            "the dialog <div.offer> “Our newsletter news news news news news news news news news…”",
        ),
        (
            f"{BUTTON}<div class='veil' style='position:fixed;inset:0'></div>",
            "<div.veil> covers it",
        ),
    ],
)
async def test_what_stays_unusable_is_refused_with_the_obstacle(
    show: Show, body: str, reason: str
) -> None:
    stored = await learn(await show(BUTTON), "#save")

    for known in (None, stored):
        resolution = await find(await show(body), "click Save", known)

        assert resolution.element is None
        assert reason in resolution.abstained_because


async def test_a_hidden_element_is_not_used(show: Show) -> None:
    stored = await learn(await show(BUTTON), "#save")
    page = await show(f"<div hidden>{BUTTON}</div>")

    assert (await find(page, "click Save", stored)).element is None


@pytest.mark.parametrize(
    ("body", "change"),
    [
        (BUTTON.replace("<button", "<button disabled"), "save.disabled = false"),
        ("<main></main>", f"document.querySelector('main').innerHTML = `{BUTTON}`"),
        (f"<div id='box' hidden>{BUTTON}</div>", "box.hidden = false"),
        (
            f"{BUTTON}<div id='veil' style='position:fixed;inset:0'>Loading</div>",
            "veil.remove()",
        ),
    ],
    ids=["enabled", "added", "shown", "uncovered"],
)
@pytest.mark.parametrize("known", [True, False], ids=["cached", "by words"])
async def test_what_becomes_usable_in_time_is_used(
    show: Show, body: str, change: str, known: bool
) -> None:
    stored: StoredElement | None = None
    if known:
        stored = await learn(await show(BUTTON), "#save")

    page = await show(body + LATER.format(change))
    resolution = await find(page, "click Save", stored, timeout_seconds=5)

    assert await mark_of(resolution.element) == "save"


async def test_a_twin_that_is_drawn_first_is_not_taken_for_the_element(show: Show) -> None:
    stored = await learn(
        await show(
            f"<h2>Profile</h2>{BUTTON}<section><h2>Password</h2><button>Save</button></section>"
        ),
        "#save",
    )
    page = await show(
        "<div id='slot'></div><section><h2>Password</h2><button>Save</button></section>"
        + LATER.format(f"slot.innerHTML = `<h2>Profile</h2>{BUTTON}`")
    )

    resolution = await find(page, "click Save", stored, timeout_seconds=5)

    assert await mark_of(resolution.element) == "save"


async def test_an_element_below_a_sticky_bar_is_scrolled_clear_of_it(show: Show) -> None:
    bar = (
        "<div style='position:fixed;left:0;right:0;bottom:0;height:120px;background:#ccc'>Bar</div>"
    )
    page = await show(
        f"<div style='height:620px'></div>{BUTTON}<div style='height:900px'></div>{bar}"
    )

    resolution = await find(page, "click Save", timeout_seconds=5)

    assert await mark_of(resolution.element) == "save"
    assert resolution.element is not None
    await resolution.element.click(timeout=2000)


async def test_a_page_that_navigates_meanwhile_is_looked_at_again(show: Show) -> None:
    page = await show("<p>On the way</p>")

    async def arrive() -> None:
        await asyncio.gather(show(BUTTON))

    looking = asyncio.create_task(find(page, "click Save", timeout_seconds=5))
    await arrive()

    assert await mark_of((await looking).element) == "save"


async def test_a_field_that_is_read_only_is_not_filled(show: Show) -> None:
    page = await show("<label>Name <input readonly></label>")

    assert (await find(page, "fill Name with x")).element is None


async def test_a_page_that_cannot_be_read_is_not_said_to_be_changing(show: Show) -> None:
    page = await show(BUTTON)
    await page.evaluate("() => { JSON.stringify = () => 'nonsense'; }")

    resolution = await find(page, "click the Save button")

    assert "cannot be read" in resolution.abstained_because
