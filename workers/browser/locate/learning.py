"""What a look at an element teaches: whether there is anything new, and the version made of it."""

from collections.abc import Sequence

from domain.elements.fingerprint import Fingerprint
from domain.elements.stored import (
    FrameRef,
    LearnedElement,
    Selector,
    StoredElement,
    describe_changes,
)
from workers.browser.locate.looking import Sighting
from workers.browser.locate.outcome import Outcome
from workers.browser.locate.request import LocateRequest


def is_new(request: LocateRequest, outcome: Outcome, sighting: Sighting) -> bool:
    """Say whether the element is not stored as it is now, and as well as it could be found."""
    stored = request.stored
    if stored is None or outcome.method != "cache":
        return True
    before, now, found_by = stored.fingerprint, sighting.fingerprint, sighting.found_by or ()
    whole = request.selector is not None or len(found_by) == len(stored.selectors)
    if whole and before.stable_hash == now.stable_hash:
        return False
    return not _is_of_another_record(stored, now, found_by)


def _is_of_another_record(stored: StoredElement, now: Fingerprint, found_by: Sequence[int]) -> bool:
    """Say whether only the number in its link is another one, which the next run has again."""
    lost = [one for place, one in enumerate(stored.selectors) if place not in found_by]
    return (
        stored.fingerprint.of_any_record().stable_hash == now.of_any_record().stable_hash
        and len(lost) < len(stored.selectors)
        and all("[href=" in one.value for one in lost)
    )


def make_version(
    request: LocateRequest,
    outcome: Outcome,
    fingerprint: Fingerprint,
    *,
    selectors: tuple[Selector, ...],
    frame: FrameRef | None,
    url_pattern: str,
    picture: str,
) -> LearnedElement:
    """Return what is to be stored of an element, with what is different about it."""
    stored, reason = request.stored, "learned"
    if stored:
        same = outcome.method in {"cache", "selector"} or request.healing != "heal"
        reason = "updated" if same else "healed"
    return LearnedElement(
        reason=reason,
        method=stored.method if stored and outcome.method != "llm" else outcome.method,
        fingerprint=fingerprint,
        selectors=selectors,
        frame=frame,
        reaction=stored.reaction if stored else None,
        changes=describe_changes(stored.fingerprint, fingerprint) if stored else {},
        url_pattern=url_pattern,
        said=request.said,
        picture=picture,
    )
