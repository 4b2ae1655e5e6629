"""What looks at pages is sent to each document once, and sees each as it is at that moment."""

import pytest
from playwright.async_api import Frame, JSHandle

from domain.elements.instructions import parse
from tests.workers.browser.locate.conftest import IMPATIENT, Show, mark_of
from workers.browser.locate import Library, LocateRequest, Resolution, locate

pytestmark = pytest.mark.integration

TWO = "<button data-mark=a>Save</button><button data-mark=b>Cancel</button>"


async def click(page, words: str, library: Library) -> Resolution:
    request = LocateRequest(instruction=parse(words), policy=IMPATIENT, timeout_seconds=0.05)
    return await locate(page, request, library)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every source that was sent to a frame as a whole."""
    sources: list[str] = []
    evaluate_handle = Frame.evaluate_handle

    async def note(frame: Frame, source: str, argument: object = None) -> JSHandle:
        sources.append(source)
        return await evaluate_handle(frame, source, argument)

    monkeypatch.setattr(Frame, "evaluate_handle", note)
    return sources


async def test_a_document_gets_the_library_once(show: Show, sent: list[str]):
    page, library = await show(TWO), Library()
    assert await mark_of((await click(page, "click Save", library)).element) == "a"
    assert await mark_of((await click(page, "click Cancel", library)).element) == "b"
    assert len(sent) == 1


async def test_the_next_document_gets_it_again(show: Show, sent: list[str]):
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
