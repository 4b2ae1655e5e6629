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


@dataclass
class UnfinishedRun:
    """A run that has not ended: what its events have told so far."""

    number: int
    site: str
    tests: dict[str, str] = field(default_factory=dict)
    """The last status of each test that was heard of."""

    def note(self, event: dict[str, Any]) -> None:
        """Remember what an event of `missionProgress` says about a test."""
        if event["title"] and event["kind"].startswith("TEST_"):
            self.tests[event["title"]] = event["status"]


@dataclass
class Findings:
    """What is known so far, so that a demo that breaks can still say it."""

    runs: list[RunResult] = field(default_factory=list)
    unfinished: UnfinishedRun | None = None


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
    """Every expectation that the runs so far did not meet.

    On the changed site a test may fail only where the cache abstained: it says that it is not
    certain, and never acts on another element instead.
    """
    found = [
        f"Run {run.number}: {test.name} {test.outcome}: {test.message}"
        for run in runs[:2]
        for test in run.tests
        if test.outcome != "SUCCEEDED"
    ]
    for second in runs[1:2]:
        if second.hit_rate < HITS_WANTED:
            found.append(f"Run 2: {second.hit_rate:.0%} cache hits, wanted {HITS_WANTED:.0%}.")
    for third in runs[2:]:
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


def write_summary(path: Path, findings: Findings, error: str | None = None) -> None:
    """Write the summary as JSON; `error` says why there are fewer runs than there should be."""
    disappointments = list_disappointments(findings.runs)
    summary = {
        "met": error is None and not disappointments,
        "error": error,
        "disappointments": disappointments,
        "runs": [_sum_up(run) for run in findings.runs],
        "unfinished": None if findings.unfinished is None else asdict(findings.unfinished),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(summary, indent=2) + "\n")


def _sum_up(run: RunResult) -> dict[str, Any]:
    return {
        **asdict(run),
        "hits": sum(test.hits for test in run.tests),
        "healed": sum(test.healed for test in run.tests),
        "learned": sum(test.learned for test in run.tests),
        "abstained": sum(test.abstained for test in run.tests),
        "hit_rate": round(run.hit_rate, 4),
        "evidence": sum(test.evidence for test in run.tests),
    }
