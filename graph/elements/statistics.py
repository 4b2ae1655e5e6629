"""What the element cache was good for, as clients see it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self

import strawberry

from domain.elements.statistics.count_use import Use, rate_hits
from domain.elements.statistics.repository import BUCKETS, Day
from graph.elements.types import ElementUsage


@strawberry.type(description="How often each decision was taken.")
class ElementTally:
    """Numbers by decision."""

    hit: int
    hit_verified: int
    healed: int
    learned: int
    abstained: int
    not_found: int
    suggested: int
    total: int

    @classmethod
    def of(cls, decisions: Mapping[str, int]) -> Self:
        """Wrap numbers."""
        return cls(**decisions, total=sum(decisions.values()))


@strawberry.type(description="One tenth of a distribution.")
class ElementBucket:
    """How many lie in it."""

    above: float = strawberry.field(description="Its lower end, which belongs to it.")
    below: float = strawberry.field(description="Its upper end, which belongs to the last one.")
    count: int

    @classmethod
    def list_of(cls, counts: Sequence[int], width: float) -> list[Self]:
        """Wrap numbers in order."""
        return [
            cls(above=place * width, below=(place + 1) * width, count=count)
            for place, count in enumerate(counts)
        ]


@strawberry.type(description="What was decided on one day; days without decisions are left out.")
class ElementDay:
    """A day in UTC."""

    day: datetime = strawberry.field(description="Its first moment, in UTC.")
    decisions: ElementTally
    hit_rate: float | None
    milliseconds_saved: float
    llm: ElementUsage

    @classmethod
    def from_day(cls, day: Day) -> Self:
        """Wrap one."""
        return cls(
            day=day.day,
            decisions=ElementTally.of(day.decisions),
            hit_rate=rate_hits(day.decisions),
            milliseconds_saved=day.milliseconds_saved,
            llm=sum_usage(day),
        )


@strawberry.type(description="What the element cache was good for in a period.")
class ElementStatistics:
    """Sums over decisions, and what is known of the elements now."""

    decisions: ElementTally
    hit_rate: float | None = strawberry.field(
        description="The share of HIT and HIT_VERIFIED among all decisions, 0 to 1; null without "
        "decisions."
    )
    scores: list[ElementBucket] = strawberry.field(
        description="How many decisions had a score in each tenth of 0 to 100."
    )
    confidence: list[ElementBucket] = strawberry.field(
        description="How many elements have a confidence in each tenth of 0 to 1 now."
    )
    unused: int = strawberry.field(
        description="How many elements have none, because they were not used yet."
    )
    milliseconds_saved: float = strawberry.field(
        description="For every hit, what learning takes in its test less what the hit took, and "
        "never less than nothing. Learning takes the median of all decisions LEARNED that are kept "
        "of the test; where there is none, nothing was saved."
    )
    llm: ElementUsage = strawberry.field(description="What language models were asked for.")
    days: list[ElementDay]

    @classmethod
    def from_use(cls, use: Use) -> Self:
        """Wrap what the domain added up."""
        return cls(
            decisions=ElementTally.of(use.decisions),
            hit_rate=use.hit_rate,
            scores=ElementBucket.list_of(use.scores, 100 / BUCKETS),
            confidence=ElementBucket.list_of(use.reliability, 1 / BUCKETS),
            unused=use.unused,
            milliseconds_saved=use.milliseconds_saved,
            llm=sum_usage(use),
            days=[ElementDay.from_day(day) for day in use.days],
        )


def sum_usage(counted: Day | Use) -> ElementUsage:
    """What models were asked for on a day, or in a period."""
    return ElementUsage(
        requests=counted.requests,
        input_tokens=counted.input_tokens,
        output_tokens=counted.output_tokens,
        cost_usd=counted.cost_usd,
        model=None,
        prompt=None,
    )
