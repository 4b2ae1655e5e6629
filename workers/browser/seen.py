"""What a run has shown so far: all there is when its browser does not live to say how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from workers.browser.job import BrowserEvent, BrowserOutcome, EvidenceFile, Json


@dataclass(slots=True)
class Seen:
    """Files and decisions of one run, gathered from its events.

    Attributes:
        evidence: Files that lie in the evidence directory, complete.
        decisions: As in `BrowserOutcome`.
        learned: As in `BrowserOutcome`.
    """

    evidence: list[EvidenceFile] = field(default_factory=list)
    decisions: list[Json] = field(default_factory=list)
    learned: list[Json] = field(default_factory=list)

    def add(self, event: BrowserEvent) -> None:
        """Take note of an event."""
        if event.kind == "evidence.captured":
            self.evidence.append(EvidenceFile.from_json(event.data))
        elif event.kind == "elements.decided":
            self.decisions += cast("Sequence[Json]", event.data["decisions"])
            self.learned += cast("Sequence[Json]", event.data["learned"])

    def complete(self, outcome: BrowserOutcome) -> BrowserOutcome:
        """An outcome with all that was seen."""
        return replace(
            outcome,
            evidence=tuple(self.evidence),
            decisions=tuple(self.decisions),
            learned=tuple(self.learned),
        )
