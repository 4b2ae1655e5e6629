"""The element cache in numbers: how certain it was, how quick, and what asking a model has cost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from domain.elements.models import ElementDecision

BUCKETS = ((0, 50), (50, 70), (70, 80), (80, 90), (90, 95), (95, 101))
"""Scores from and below; the borders of the decision table are among them."""
USED = ("hit", "hit_verified", "healed", "learned")
_GROUPS = (
    ("from memory", "hit", ("hit", "hit_verified")),
    ("healed", "healed", ("healed",)),
    ("learned", "learned", ("learned",)),
    ("abstained", "abstained", ("abstained", "not_found", "suggested")),
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the picture of scores; `share` is its height, the highest being 100."""

    label: str
    number: int
    share: float
    tone: str


@dataclass(frozen=True, slots=True)
class Effort:
    """How long lookups of one kind took; `share` is the median's part of the longest one's."""

    label: str
    tone: str
    number: int
    milliseconds: float
    share: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What a language model was asked for; `cost_usd` is None where no price is known."""

    requests: int
    tokens: int
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class Memory:
    """The element cache's part in a run."""

    columns: Sequence[Column]
    efforts: Sequence[Effort]
    asked: Asked | None


def sum_up_memory(decisions: Sequence[ElementDecision]) -> Memory | None:
    """Return the numbers of decisions; nothing where there are none."""
    if not decisions:
        return None
    return Memory(list(_draw_scores(decisions)), _list_efforts(decisions), add_up_usage(decisions))


def add_up_usage(decisions: Iterable[ElementDecision]) -> Asked | None:
    """What the model was asked for altogether; nothing where it was not."""
    usages = [one.usage for one in decisions if one.usage]
    if not usages:
        return None
    costs = [one.get("cost_usd") for one in usages]
    known = [float(cost) for cost in costs if isinstance(cost, int | float)]
    return Asked(
        requests=sum(_count(one.get("requests"), 1) for one in usages),
        tokens=sum(
            _count(one.get("input_tokens")) + _count(one.get("output_tokens")) for one in usages
        ),
        cost_usd=sum(known) if known else None,
    )


def _draw_scores(decisions: Sequence[ElementDecision]) -> Iterable[Column]:
    scores = [one.score for one in decisions if one.score is not None and one.decision in USED]
    numbers = [sum(low <= score < high for score in scores) for low, high in BUCKETS]
    highest = max(numbers)
    if not highest:
        return
    for (low, high), number in zip(BUCKETS, numbers, strict=True):
        tone = "hit" if low >= 90 else "learned" if low >= 70 else "abstained"
        label = f"under {high}" if low == 0 else f"{low} to {min(high, 100)}"
        yield Column(label, number, round(100 * number / highest, 1), tone)


def _list_efforts(decisions: Sequence[ElementDecision]) -> list[Effort]:
    medians = []
    for label, tone, kinds in _GROUPS:
        spent = [one.milliseconds for one in decisions if one.decision in kinds]
        if spent:
            medians.append((label, tone, len(spent), median(spent)))
    longest = max((one[-1] for one in medians), default=0.0)
    return [
        Effort(*one, share=round(100 * one[-1] / longest, 1) if longest else 0.0) for one in medians
    ]


def _count(value: object, otherwise: int = 0) -> int:
    return value if isinstance(value, int) else otherwise
