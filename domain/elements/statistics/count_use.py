"""What the element cache was good for: how often it hit, what it saved, and what models cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.elements.statistics import repository
from domain.elements.statistics.repository import BUCKETS, KINDS, Day
from domain.shared.actor import Actor
from domain.shared.database import Session
from domain.shared.errors import Invalid

READ: Final = "element.read"
LONGEST: Final = timedelta(days=366)
_HITS: Final = ("hit", "hit_verified")


@dataclass(frozen=True, slots=True)
class CountUse:
    """Which period, and of which test.

    Attributes:
        since: the first moment.
        until: the moment after the last one.
        scope_id: the test template; None: of the whole workspace.
    """

    since: datetime
    until: datetime
    scope_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """What was decided in a period, and what is known of the elements now.

    Attributes:
        scores: how many decisions had a score in each tenth of 0 to 100.
        reliability: how many elements have a confidence in each tenth of 0 to 1.
        unused: how many elements were never used since they were learned.
    """

    days: Sequence[Day]
    decisions: Mapping[str, int]
    scores: Sequence[int]
    reliability: Sequence[int]
    unused: int
    milliseconds_saved: float
    requests: int
    input_tokens: int
    output_tokens: int
    cost_usd: float

    @property
    def hit_rate(self) -> float | None:
        """The share of hits among all decisions; nothing where nothing was decided."""
        return rate_hits(self.decisions)


async def count_use(session: Session, actor: Actor, query: CountUse) -> Use | None:
    """Add up with two statements; nothing where no element of the scope is known.

    What a hit saved is the time that learning takes in the same test, less what the hit took
    itself, and never less than nothing. Learning takes the median of all decisions “learned” that
    are kept of the test, whenever they were taken; where there is none, nothing was saved.

    Raises:
        Forbidden: the actor may not see elements.
        Invalid: the period ends before it begins, or is longer than a year.
    """
    actor.require(READ)
    if query.until < query.since:
        raise Invalid("The period ends before it begins.", field=("to",))
    if query.until - query.since > LONGEST:
        raise Invalid(f"A period has at most {LONGEST.days} days.", field=("to",))
    here, scope = actor.workspace_id, query.scope_id
    known = await repository.count_reliability(session, here, scope)
    days = await repository.count_days(session, here, query.since, query.until, scope)
    if scope is not None and not known and not days:
        return None
    return Use(
        days=days,
        decisions={kind: sum(day.decisions[kind] for day in days) for kind in KINDS},
        scores=[sum(day.scores[place] for day in days) for place in range(BUCKETS)],
        reliability=[known.get(place, 0) for place in range(BUCKETS)],
        unused=known.get(None, 0),
        milliseconds_saved=sum(day.milliseconds_saved for day in days),
        requests=sum(day.requests for day in days),
        input_tokens=sum(day.input_tokens for day in days),
        output_tokens=sum(day.output_tokens for day in days),
        cost_usd=sum(day.cost_usd for day in days),
    )


def rate_hits(decisions: Mapping[str, int]) -> float | None:
    """Return the share of hits, verified ones included; nothing where nothing was decided."""
    total = sum(decisions.values())
    return sum(decisions[kind] for kind in _HITS) / total if total else None
