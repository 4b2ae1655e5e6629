"""What the runs of the demo came to: outcomes, times, and what the element cache did."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HITS_WANTED = 0.9


@dataclass(frozen=True)
class TestResult:
    """One test in one run."""

    __test__ = False

    name: str
    outcome: str
    milliseconds: float
    hits: int
    healed: int
    learned: int
    abstained: int
    evidence: int
    message: str = ""
    notes: tuple[str, ...] = ()

    @property
    def lookups(self) -> int:
        """How often an element was looked for."""
        return self.hits + self.healed + self.learned + self.abstained


@dataclass(frozen=True)
class RunResult:
    """One run of the mission."""

    number: int
    site: str
    outcome: str
    milliseconds: float
    report_url: str
    tests: tuple[TestResult, ...] = field(default=())

    @property
    def hit_rate(self) -> float:
        """Share of lookups that the cache answered."""
        lookups = sum(test.lookups for test in self.tests)
        return sum(test.hits for test in self.tests) / lookups if lookups else 0.0


def read_run(number: int, site: str, node: dict[str, Any]) -> RunResult:
    """A run out of the answer to `documents.RUN`."""
    tests = tuple(_read_test(edge["node"]) for edge in node["children"]["edges"])
    return RunResult(
        number, site, node["status"], node["milliseconds"] or 0.0, node["reportUrl"], tests
    )


def _read_test(node: dict[str, Any]) -> TestResult:
    counts = node["elementCounts"]
    notes = tuple(
        f"step {one['stepIndex'] + 1} {one['decision'].lower()}: {one['reason']}"
        for one in node["decisions"]
        if one["decision"] in ("HEALED", "ABSTAINED", "NOT_FOUND")
    )
    return TestResult(
        name=node["title"],
        outcome=node["status"],
        milliseconds=node["milliseconds"] or 0.0,
        hits=counts["hits"],
        healed=counts["healed"],
        learned=counts["learned"],
        abstained=counts["abstained"] + counts["notFound"],
        evidence=len(node["evidence"]),
        message=(node["error"] or {}).get("message", ""),
        notes=notes,
    )


def list_disappointments(runs: list[RunResult]) -> list[str]:
    """Every expectation that was not met; empty when the demo showed what it is to show.

    On the changed site a test may fail only where the cache abstained: it says that it is not
    certain, and never acts on another element instead.
    """
    first, second, third = runs
    found = [
        f"Run {run.number}: {test.name} {test.outcome}: {test.message}"
        for run in (first, second)
        for test in run.tests
        if test.outcome != "SUCCEEDED"
    ]
    if second.hit_rate < HITS_WANTED:
        found.append(f"Run 2: {second.hit_rate:.0%} cache hits, wanted {HITS_WANTED:.0%}.")
    found += [
        f"Run 3: {test.name} {test.outcome} without an abstention: {test.message}"
        for test in third.tests
        if test.outcome != "SUCCEEDED" and not test.abstained
    ]
    if not any(test.healed for test in third.tests):
        found.append("Run 3: nothing was healed.")
    found += [
        f"Run {run.number}: {test.name} left no evidence."
        for run in runs
        for test in run.tests
        if not test.evidence
    ]
    return found


def write_summary(path: Path, runs: list[RunResult], disappointments: list[str]) -> None:
    """Write the summary as JSON."""
    summary = {
        "met": not disappointments,
        "disappointments": disappointments,
        "runs": [
            {
                **asdict(run),
                "hits": sum(test.hits for test in run.tests),
                "healed": sum(test.healed for test in run.tests),
                "learned": sum(test.learned for test in run.tests),
                "abstained": sum(test.abstained for test in run.tests),
                "hit_rate": round(run.hit_rate, 4),
                "evidence": sum(test.evidence for test in run.tests),
            }
            for run in runs
        ],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(summary, indent=2) + "\n")
