"""Puts outcomes into words: the resolution, the audit row, the candidates for the error."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from domain.elements.fingerprint import Fingerprint, Interactivity
from domain.elements.identity import destination
from domain.elements.instructions import Verb
from domain.elements.masking import mask_text
from domain.elements.rules import Assessment, Band
from workers.browser.locate.looking import Look, Sighting, frame_ref
from workers.browser.locate.outcome import Considered, Outcome
from workers.browser.locate.request import Candidate, LocateRequest, Resolution

_TO_TICK: Final = frozenset({"checkbox", "switch", "radio", "menuitemcheckbox", "menuitemradio"})
_POINTED_AT: Final = frozenset({Verb.CLICK, Verb.CHECK, Verb.UNCHECK, Verb.HOVER})
_NEEDS_ENABLED: Final = frozenset(Verb) - {Verb.HOVER}
_TO_CONFIRM: Final = frozenset({Band.VERIFY, Band.STRONG})
_SHOWN_CANDIDATES: Final = 5


def choose_match(looks: Sequence[Look], request: LocateRequest) -> Outcome:
    """Choose what answers an instruction best; equal answers by different elements are a tie."""
    found = min((seen.reading for seen in looks if seen.reading >= 0), default=-1)
    seen = [s for look in looks if look.reading == found for s in look.sightings]
    seen.sort(key=lambda sighting: -(sighting.answers or 0.0))
    outcome = Outcome(
        f"nothing on the page answers “{_wanted(request)}”",
        "heuristic",
        considered=[
            Considered(s, f"{s.answers or 0:.0f} by its {s.by}", s.answers or 0.0) for s in seen
        ],
        compared=sum(look.compared for look in looks),
    )
    if found < 0 or not seen:
        return outcome
    best = seen[0]
    rivals = [s for s in seen[1:] if not _same_destination(best.fingerprint, s.fingerprint)]
    outcome.runner_up = rivals[0].answers if rivals else None
    if (
        rivals
        and (rivals[0].answers or 0.0) > (best.answers or 0.0) - request.policy.instructed.gap
    ):
        outcome.reason = f"several elements answer “{_wanted(request)}” equally well"
        outcome.ambiguous = True
        return outcome
    outcome.sighting = best
    outcome.reason = f"it answers “{_wanted(request)}” by its {best.by}, and nothing else does"
    return outcome


def considered(seen: Sequence[Sighting], assessed: Sequence[Assessment]) -> list[Considered]:
    """Say about each candidate how alike it is and what its identity is thought to be."""
    said = [
        Considered(
            sighting,
            f"{each.likeness:.0f} % alike, {each.identity.reason}",
            each.likeness,
        )
        for sighting, each in zip(seen, assessed, strict=True)
    ]
    return sorted(said, key=lambda one: -one.score)


def obstacle(state: Interactivity, verb: Verb | None) -> str:
    """Say why an element cannot be acted on now; nothing when it can."""
    if verb is None:
        return ""
    if not state.visible and verb is not Verb.UPLOAD:
        return "it was found, but it is hidden"
    if not state.enabled and verb in _NEEDS_ENABLED:
        return "it was found, but it is disabled"
    if verb is Verb.FILL and not state.editable:
        return "it was found, but it cannot be edited"
    if state.covered_by and verb in _POINTED_AT:
        return f"it was found, but {state.covered_by} covers it: close that in a step before"
    return ""


def resolution(
    request: LocateRequest, outcome: Outcome, page_pattern: str, milliseconds: float
) -> Resolution:
    """Turn the last outcome into the answer for the step."""
    found = outcome.sighting.fingerprint if outcome.element and outcome.sighting else None
    band = _band(request, outcome)
    shown = [
        Candidate(describe(one.sighting.fingerprint), one.reason)
        for one in outcome.considered[:_SHOWN_CANDIDATES]
    ]
    value = request.instruction.value if request.instruction else None
    if found and request.verb is Verb.SELECT and value is None and request.instruction:
        value = request.instruction.name
    return Resolution(
        element=outcome.element,
        method=outcome.method or "none",
        decision={
            **_decision(request, outcome, band),
            "url_pattern": page_pattern,
            "milliseconds": round(milliseconds, 2),
        },
        action=_action(request.verb, found) if found else request.verb,
        value=value,
        learned=outcome.learned,
        verify_outcome=band in _TO_CONFIRM and not _is_done(request.verb, found),
        expected=request.stored.reaction if request.stored else None,
        abstained_because="" if found else outcome.reason,
        candidates=() if found else tuple(shown),
        suggested=outcome.suggested,
        is_blind=outcome.hopeless or not outcome.method,
    )


def describe(element: Fingerprint) -> str:
    """Name an element as a person would: its role, what it says, where it stands."""
    said = element.name or element.text
    words = f"{element.role or element.tag} “{said[:60]}”" if said else element.role or element.tag
    identifier = element.stable_id or element.attributes.get("name", "")
    marks = f" ({identifier})" if identifier else ""
    where = f" in “{element.sections[0]}”" if element.sections else ""
    return f"{words}{marks}{where}"


def _band(request: LocateRequest, outcome: Outcome) -> Band:
    if outcome.element is None:
        return Band.ABSTAIN
    if outcome.method == "selector":
        return Band.USE
    if outcome.ruling and outcome.method in {"cache", "healed"}:
        return outcome.ruling.band
    answers = outcome.sighting.answers if outcome.sighting else None
    certain = (answers or 0.0) >= request.policy.instructed.exact
    if certain and (request.stored is None or outcome.method == "cache"):
        return Band.USE
    return Band.VERIFY


def _decision(request: LocateRequest, outcome: Outcome, band: Band) -> dict[str, object]:
    assessment, ruling, sighting = outcome.assessment, outcome.ruling, outcome.sighting
    by_words = outcome.method == "heuristic" and sighting is not None
    answers = sighting.answers if sighting and by_words else None
    frame = frame_ref(sighting.look.frame) if sighting else None
    margin = ruling.margin if ruling else None
    if answers is not None and outcome.runner_up is not None:
        margin = answers - outcome.runner_up
    return {
        "decision": str(band),
        "method": outcome.method or "none",
        "reason": mask_text(outcome.reason, request.secrets),
        "layers": asdict(assessment.layers) if assessment else None,
        "total": assessment.total if assessment else answers,
        "runner_up": outcome.runner_up if by_words else ruling.runner_up if ruling else None,
        "margin": margin,
        "identity": asdict(assessment.identity) if assessment else None,
        "answers": answers,
        "known": request.stored is not None,
        "version": request.stored.version if request.stored else None,
        "healing": request.healing,
        "suggested": outcome.suggested,
        "picture": assessment.picture if assessment else None,
        "changes": outcome.learned.changes if outcome.learned else {},
        "candidates": outcome.compared,
        "element": describe(sighting.fingerprint) if sighting else "",
        "frame": asdict(frame) if frame else None,
        "considered": [
            {
                "element": describe(one.sighting.fingerprint),
                "reason": one.reason,
                "score": one.score,
            }
            for one in outcome.considered[:_SHOWN_CANDIDATES]
        ],
    }


def _action(verb: Verb | None, found: Fingerprint) -> Verb | None:
    """Return what to do with what was found: choosing a checkbox means checking it."""
    if verb is not Verb.SELECT or found.tag == "select":
        return verb
    return Verb.CHECK if found.role in _TO_TICK else Verb.CLICK


def _is_done(verb: Verb | None, found: Fingerprint | None) -> bool:
    """Say whether a box is as it shall be already: then nothing will happen, and rightly so."""
    checked = found.state.checked if found else None
    return (verb is Verb.CHECK and checked is True) or (verb is Verb.UNCHECK and checked is False)


def _same_destination(left: Fingerprint, right: Fingerprint) -> bool:
    leads_to = destination(left)
    return bool(leads_to) and leads_to == destination(right)


def _wanted(request: LocateRequest) -> str:
    instruction = request.instruction
    return (instruction.name or instruction.literal) if instruction else request.selector or ""
