"""Counts verdicts and says how certain a share of errors is."""

from collections import Counter
from dataclasses import dataclass, field
from math import comb
from statistics import quantiles

FOUND, ABSTAINED, WRONG = "found", "abstained", "wrong"
WRONG_WANTED = 0.001
"""Of all acceptances; 3,000 without error prove it."""
MILLISECONDS_WANTED = 100
"""For the 95th percentile of a lookup."""


@dataclass
class Tally:
    """Verdicts of one kind of trial: element still there, or deleted."""

    name: str
    verdicts: Counter[str] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    details: dict[str, list[str]] = field(default_factory=lambda: {ABSTAINED: [], WRONG: []})

    def note(self, verdict: str, milliseconds: float, detail: str) -> None:
        """Count one trial; the details of all but successes are kept for reading."""
        self.verdicts[verdict] += 1
        self.milliseconds.append(milliseconds)
        if verdict != FOUND:
            self.details[verdict].append(detail)

    @property
    def trials(self) -> int:
        """How many there were."""
        return self.verdicts.total()

    @property
    def accepted(self) -> int:
        """How often an element was used."""
        return self.verdicts[FOUND] + self.verdicts[WRONG]

    @property
    def judged(self) -> int:
        """What errors are a share of: acceptances, or all trials where any acceptance is one."""
        return self.accepted if self.verdicts[FOUND] else self.trials

    @property
    def bound(self) -> float:
        """The share of errors that is not exceeded, with 95 % confidence."""
        return upper_bound(self.verdicts[WRONG], self.judged)

    @property
    def is_certain(self) -> bool | None:
        """Whether errors are as rare as they should be; None where too few trials say so."""
        if self.judged and self.verdicts[WRONG] / self.judged >= WRONG_WANTED:
            return False
        return True if self.bound < WRONG_WANTED else None

    @property
    def is_quick(self) -> bool:
        """Whether lookups take as little as they should."""
        return self.percentile(95) <= MILLISECONDS_WANTED

    def share(self, verdict: str) -> float:
        """A verdict's part of all trials."""
        return self.verdicts[verdict] / self.trials if self.trials else 0.0

    def percentile(self, percent: int) -> float:
        """Milliseconds within which `percent` of the lookups were done."""
        if len(self.milliseconds) < 2:
            return self.milliseconds[0] if self.milliseconds else 0.0
        return quantiles(self.milliseconds, n=100, method="inclusive")[percent - 1]


def upper_bound(errors: int, trials: int, confidence: float = 0.95) -> float:
    """The largest error rate under which so few errors would still be seen now and then.

    One-sided Clopper-Pearson bound: 3,000 trials without error prove less than 0.1 %.
    """
    if trials == 0 or errors >= trials:
        return 1.0
    low, high = errors / trials, 1.0
    for _ in range(50):
        rate = (low + high) / 2
        seen = sum(
            comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(errors + 1)
        )
        low, high = (rate, high) if seen > 1 - confidence else (low, rate)
    return high
