"""Finds the element a step means: cache, healing, heuristics or the author's selector.

Whatever finds it, the rules of `domain.elements` decide whether it may be used. Waiting is
part of it: as long as there is time, a page that does not show the element yet is looked at
again whenever it changes.
"""

from time import perf_counter
from typing import Final

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from workers.browser.locate import looking
from workers.browser.locate.outcome import Outcome
from workers.browser.locate.pictures import Pictures
from workers.browser.locate.request import LocateRequest, Resolution
from workers.browser.locate.scripts import Library
from workers.browser.locate.search import Search

# How long to hope that an ambiguous page becomes clear: nothing that is missing will make two
# equal buttons differ, but half a page may.
_PATIENCE_SECONDS: Final = 1.5
_POLL_SECONDS: Final = (0.1, 0.2, 0.4, 0.8)


async def locate(
    page: Page,
    request: LocateRequest,
    library: Library | None = None,
    pictures: Pictures | None = None,
) -> Resolution:
    """Find one element, or abstain with the reason and what was considered.

    Never raises for an element that is missing, ambiguous or not ready: that is a Resolution
    without element.

    Args:
        library: What earlier calls have sent to the page, so that it need not be sent again.
        pictures: Draws elements to learn what they look like, and where that can decide; without
            it no picture is taken.

    Raises:
        PlaywrightError: the page or its browser is gone.
    """
    started = perf_counter()
    search = Search(page, request.applicable, library or Library(), pictures)
    attempt = 0
    while True:
        outcome = await _attempt(page, search)
        elapsed = perf_counter() - started
        patience = request.timeout_seconds
        if outcome.ambiguous:
            patience = min(patience, _PATIENCE_SECONDS)
        if outcome.element or outcome.hopeless or elapsed >= patience:
            return search.resolve(outcome, milliseconds=(perf_counter() - started) * 1000)
        pause = _POLL_SECONDS[min(attempt, len(_POLL_SECONDS) - 1)]
        await looking.wait_for_change(page, min(pause, patience - elapsed))
        attempt += 1


async def _attempt(page: Page, search: Search) -> Outcome:
    """Look once. A page that navigates while it is looked at is no answer, only a reason to wait."""
    try:
        return await search.look()
    except looking.UnreadableError:
        # What exactly was odd may quote the page, and this is kept.
        return Outcome(reason="the page cannot be read: its scripts changed what that needs")
    except PlaywrightError as error:
        if looking.is_closed(page, error):
            raise
        return Outcome(reason="the page was changing")
    finally:
        search.forget()
