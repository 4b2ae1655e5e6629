"""What looks at pages is sent to each document once, and sees each as it is at that moment."""

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame, JSHandle, Page

from domain.elements.instructions import parse
from domain.elements.stored import StoredElement
from tests.workers.browser.locate.conftest import IMPATIENT, Show, learn, mark_of
from workers.browser.locate import Library, LocateRequest, Resolution, locate, looking
from workers.browser.locate.looking import Look

pytestmark = pytest.mark.integration

TWO = "<button data-mark=a>Save</button><button data-mark=b>Cancel</button>"


async def click(
    page: Page, words: str, library: Library, stored: StoredElement | None = None
) -> Resolution:
    request = LocateRequest(
        instruction=parse(words), stored=stored, policy=IMPATIENT, timeout_seconds=0.05
    )
    return await locate(page, request, library)


async def see_buttons(page: Page, library: Library) -> Look:
    request = {"selector": "button", "most": 10}
    return await looking.look(library, page.main_frame, "match", request)


async def count_kept(library: JSHandle) -> int:
    """How many looks the page keeps the elements of."""
    return int(await library.evaluate("(library) => library.kept.size"))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[JSHandle]:
    """Every library that was sent to a frame."""
    libraries: list[JSHandle] = []
    evaluate_handle = Frame.evaluate_handle

    async def note(frame: Frame, source: str, argument: object = None) -> JSHandle:
        libraries.append(await evaluate_handle(frame, source, argument))
        return libraries[-1]

    monkeypatch.setattr(Frame, "evaluate_handle", note)
    return libraries


async def test_a_document_gets_the_library_once(show: Show, sent: list[JSHandle]):
    page, library = await show(TWO), Library()
    assert await mark_of((await click(page, "click Save", library)).element) == "a"
    assert await mark_of((await click(page, "click Cancel", library)).element) == "b"
    assert len(sent) == 1


async def test_the_next_document_gets_it_again(show: Show, sent: list[JSHandle]):
    library = Library()
    await click(await show(TWO), "click Save", library)
    page = await show("<button data-mark=c>Save</button>")
    assert await mark_of((await click(page, "click Save", library)).element) == "c"
    assert len(sent) == 2


async def test_a_page_that_changed_is_seen_as_it_is_now(show: Show):
    page, library = await show(TWO), Library()
    await click(page, "click Save", library)
    await page.evaluate(
        "() => { const [a, b] = document.querySelectorAll('button');"
        " a.textContent = 'Cancel'; b.textContent = 'Save'; }"
    )
    assert await mark_of((await click(page, "click Save", library)).element) == "b"


async def test_a_page_finds_no_trace_of_it(show: Show):
    page = await show(TWO)
    names = "() => Object.getOwnPropertyNames(window).length"
    before = await page.evaluate(names)
    await click(page, "click Save", Library())
    assert await page.evaluate(names) == before


async def test_what_the_cache_knows_takes_one_question_and_one_element(
    show: Show, monkeypatch: pytest.MonkeyPatch
):
    page, library = await show(TWO), Library()
    stored = await learn(page, "[data-mark=a]")
    await click(page, "click Save", library, stored)
    asked: list[str] = []

    def note(name: str) -> None:
        original = getattr(JSHandle, name)

        async def noted(handle: JSHandle, *arguments: object) -> object:
            asked.append(name)
            return await original(handle, *arguments)

        monkeypatch.setattr(JSHandle, name, noted)

    for name in ("evaluate", "evaluate_handle", "dispose"):
        note(name)
    assert (await click(page, "click Save", library, stored)).element is not None
    assert asked == ["evaluate", "evaluate_handle"]


async def test_a_lookup_makes_the_page_forget_what_the_last_one_found(
    show: Show, sent: list[JSHandle]
):
    page, library = await show(TWO), Library()
    for _ in range(5):
        assert (await click(page, "click Save", library)).element is not None
    assert await count_kept(sent[0]) == 1


async def test_a_lookup_that_finds_nothing_is_forgotten_too(show: Show, sent: list[JSHandle]):
    page, library = await show(TWO), Library()
    for _ in range(5):
        assert (await click(page, "click Delete", library)).element is None
    assert await count_kept(sent[0]) == 1


async def test_a_look_that_cannot_be_read_is_forgotten_too(show: Show, sent: list[JSHandle]):
    page, library = await show(TWO), Library()
    await page.evaluate("() => { JSON.stringify = () => 'nonsense'; }")
    for _ in range(5):
        with pytest.raises(PlaywrightError, match="cannot be read"):
            await see_buttons(page, library)
    assert await count_kept(sent[0]) == 1


async def test_a_look_that_took_too_long_is_forgotten_too(
    show: Show, sent: list[JSHandle], monkeypatch: pytest.MonkeyPatch
):
    page, library = await show(TWO), Library()
    looking.release([await see_buttons(page, library)])
    with monkeypatch.context() as patched:
        patched.setattr(looking, "_FRAME_SECONDS", 0.0)
        for _ in range(5):
            with pytest.raises(PlaywrightError, match="does not answer"):
                await see_buttons(page, library)
    await see_buttons(page, library)
    assert await count_kept(sent[0]) == 1


async def test_what_is_still_in_use_is_kept(show: Show):
    page, library = await show(TWO), Library()
    first = await see_buttons(page, library)
    looking.release([await see_buttons(page, library)])
    await see_buttons(page, library)
    assert await mark_of(await first.sightings[1].element()) == "b"


async def test_no_element_of_the_next_document_is_taken_for_one_of_the_last(show: Show):
    library = Library()
    page = await show(TWO)
    before = await see_buttons(page, library)
    await see_buttons(await show(TWO), library)
    with pytest.raises(PlaywrightError):
        await before.sightings[0].element()


async def test_an_element_that_left_the_document_is_not_handed_over(show: Show):
    page, library = await show(TWO), Library()
    seen = await see_buttons(page, library)
    await page.evaluate("() => document.querySelector('button').remove()")
    assert await seen.sightings[0].element() is None
