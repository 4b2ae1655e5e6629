"""Counts verdicts and says how certain a share of errors is."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, lgamma, log
from statistics import quantiles

FOUND, ABSTAINED, WRONG = "found", "abstained", "wrong"
MOST_DETAILS = 2_000
"""Of a verdict; a stranger's directory may hold any number of pairs."""


@dataclass
class Tally:
    """Verdicts of one kind of trial: element still there, or deleted."""

    name: str
    verdicts: Counter[str] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    details: dict[str, list[Mapping[str, object]]] = field(
        default_factory=lambda: {ABSTAINED: [], WRONG: []}
    )

    def note(
        self,
        verdict: str,
        milliseconds: float | None = None,
        detail: Mapping[str, object] | None = None,
    ) -> None:
        """Count one trial; the details of all but successes are kept for reading."""
        self.verdicts[verdict] += 1
        if milliseconds is not None:
            self.milliseconds.append(milliseconds)
        kept = self.details.get(verdict)
        if detail is not None and kept is not None and len(kept) < MOST_DETAILS:
            kept.append(detail)

    @property
    def trials(self) -> int:
        """How many there were."""
        return self.verdicts.total()

    @property
    def accepted(self) -> int:
        """How often an element was used."""
        return self.verdicts[FOUND] + self.verdicts[WRONG]

    def share(self, verdict: str) -> float:
        """A verdict's part of all trials."""
        return self.verdicts[verdict] / self.trials if self.trials else 0.0

    @property
    def wrong_among_accepted(self) -> float:
        """How many of the elements that were used are not the true one."""
        return self.verdicts[WRONG] / self.accepted if self.accepted else 0.0

    @property
    def wrong_bound(self) -> float:
        """The share of errors among acceptances that is not exceeded, with 95 % confidence."""
        return upper_bound(self.verdicts[WRONG], self.accepted)

    @property
    def acceptance_bound(self) -> float:
        """The same among all trials: for deleted elements, where any acceptance is an error."""
        return upper_bound(self.verdicts[WRONG], self.trials)

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
        low, high = (rate, high) if at_most(errors, trials, rate) > 1 - confidence else (low, rate)
    return high


def at_most(errors: int, trials: int, rate: float) -> float:
    """How likely so few errors are; in logarithms, as binomials of thousands fit no float."""
    if not 0 < rate < 1:
        return float(rate <= 0)
    return sum(
        exp(
            lgamma(trials + 1)
            - lgamma(k + 1)
            - lgamma(trials - k + 1)
            + k * log(rate)
            + (trials - k) * log(1 - rate)
        )
        for k in range(errors + 1)
    )
