"""What the element cache decided at a step, in words a customer understands."""

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.reports.memory import Asked, add_up_usage
from domain.elements.models import ElementDecision
from domain.elements.reading.repository import DecisionCounts, DecisionPictures, sum_up

LAYERS = ("structural", "visual", "behavioural", "context")
MAX_CANDIDATES = 5
MAX_CHANGES = 12


@dataclass(frozen=True, slots=True)
class Wording:
    """How a decision is called, which colour it has, and what it means."""

    label: str
    tone: str
    meaning: str


WORDINGS = {
    "hit": Wording("from memory", "hit", "The remembered element was found and used."),
    "hit_verified": Wording(
        "from memory, verified", "hit", "The remembered element was used and its effect checked."
    ),
    "healed": Wording(
        "healed", "healed", "The page had changed; the element was recognised and remembered anew."
    ),
    "learned": Wording(
        "learned", "learned", "The element was looked for by its description and remembered."
    ),
    "abstained": Wording(
        "abstained", "abstained", "No candidate was certain enough, so nothing was done."
    ),
    "suggested": Wording(
        "suggested",
        "suggested",
        "The page had changed, and the test wants a person to say whether this is the element now.",
    ),
    "extracted": Wording(
        "read by a model", "learned", "A language model read the value from the page."
    ),
    "not_found": Wording("not found", "abstained", "Nothing on the page resembles the element."),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One part of an element that differs from what was remembered."""

    part: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CandidateView:
    """An element that was considered; `score` is 0 to 100 where it is known."""

    name: str
    reason: str
    score: float | None


@dataclass(frozen=True, slots=True)
class LayerView:
    """How alike the element looked in one respect, 0 to 100."""

    name: str
    score: float


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision as it is shown."""

    wording: Wording
    method: str
    reason: str
    score: float | None
    runner_up: float | None
    milliseconds: float
    changes: Sequence[Change]
    candidates: Sequence[CandidateView]
    layers: Sequence[LayerView]
    before: str = ""
    after: str = ""
    """Addresses of the element's pictures, which are part of the page."""
    asked: Asked | None = None
    model: str = ""


def show_decision(row: ElementDecision, pictures: DecisionPictures | None = None) -> DecisionView:
    """Turn a stored decision into what is shown; parts that are missing or odd are left out.

    `layers` holds a number per layer, and what changed under `changes`: part to [before, after].
    `candidates` holds objects with `element`, `reason` and `score`.
    """
    fallback = Wording(row.decision.replace("_", " "), "hit", "")
    return DecisionView(
        wording=WORDINGS.get(row.decision, fallback),
        method=row.method,
        reason=row.reason,
        score=row.score,
        runner_up=row.runner_up,
        milliseconds=row.milliseconds,
        changes=_read_changes(row.layers.get("changes")),
        candidates=[
            candidate
            for entry in row.candidates[:MAX_CANDIDATES]
            if (candidate := _read_candidate(entry)) is not None
        ],
        layers=[
            LayerView(name, float(score))
            for name in LAYERS
            if isinstance(score := row.layers.get(name), int | float)
        ],
        before=_embed(pictures.before) if pictures else "",
        after=_embed(pictures.after) if pictures else "",
        asked=add_up_usage([row]),
        model=str((row.usage or {}).get("model", "")),
    )


def _embed(png: bytes | None) -> str:
    return "" if png is None else f"data:image/png;base64,{base64.b64encode(png).decode()}"


def count_decisions(rows: Sequence[ElementDecision]) -> DecisionCounts:
    """How often which decision was taken."""
    return sum_up(Counter(row.decision for row in rows))


def _read_changes(stored: object) -> list[Change]:
    if not isinstance(stored, Mapping):
        return []
    changes = []
    for part, pair in list(stored.items())[:MAX_CHANGES]:
        if isinstance(pair, Sequence) and not isinstance(pair, str) and len(pair) == 2:
            changes.append(Change(str(part), str(pair[0]), str(pair[1])))
    return changes


def _read_candidate(stored: object) -> CandidateView | None:
    if not isinstance(stored, Mapping):
        return None
    name = stored.get("element") or stored.get("description")
    score = stored.get("score")
    return CandidateView(
        str(name or "an element"),
        str(stored.get("reason") or ""),
        float(score) if isinstance(score, int | float) else None,
    )
