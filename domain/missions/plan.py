"""From a mission to the tree of executions that carries it out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.executions.repeat import KeyedRequest
from domain.executions.request import NewExecution
from domain.missions.models import Mission, MissionScenario, MissionTest
from domain.missions.rules import (
    BROWSER_ATTEMPTS,
    BROWSER_KIND,
    BROWSER_QUEUE,
    MANUAL_KIND,
    RUN_KIND,
    RUN_TIMEOUT_SECONDS,
)
from domain.missions.values import list_missing, merge_plain
from domain.shared.checks import Checks
from domain.shared.database import JsonObject
from domain.templates.models import RunMode, TestKind
from domain.templates.rules import read_parameters
from domain.templates.step_urls import is_relative_url, list_urls


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What one run carries out, and with what.

    Attributes:
        base_url: Joined to relative addresses instead of the mission's, when given.
        given: Plain values of this run; they beat the mission's.
        retry_of: The run whose failed tests this one repeats.
        repeated: The earlier execution of each test that a retry repeats.
    """

    mission: Mission
    scenarios: Sequence[MissionScenario]
    tests: Sequence[MissionTest]
    base_url: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    retry_of: UUID | None = None
    repeated: Mapping[UUID, UUID] = field(default_factory=dict)

    def describe_input(self) -> JsonObject:
        """What the run itself was asked for."""
        return {
            "mission_id": str(self.mission.id),
            "base_url": self.base_url,
            "parameters": dict(self.given),
            "retry_of": None if self.retry_of is None else str(self.retry_of),
        }


def check_runnable(checks: Checks, plan: RunPlan) -> None:
    """Refuse a run in which a test would lack a value or the base address that it needs."""
    _check_address(checks, plan)
    _check_values(checks, plan)


def _check_address(checks: Checks, plan: RunPlan) -> None:
    if plan.base_url or plan.mission.base_url:
        return
    needing = [
        test.name
        for test in plan.tests
        if any(is_relative_url(url) for url in list_urls(test.steps))
    ]
    if needing:
        told = f"Relative addresses need a base address; they stand in {_join(needing)}."
        checks.refuse(("base_url",), told)


def _check_values(checks: Checks, plan: RunPlan) -> None:
    lacking: dict[str, list[str]] = {}
    for test in plan.tests:
        declared = read_parameters(test.parameters)
        for name in list_missing(declared, plan.mission.parameters, plan.given):
            lacking.setdefault(name, []).append(test.name)
    for name, tests in sorted(lacking.items()):
        checks.refuse(
            ("parameters",), f"The parameter {name} has no value; needed by {_join(tests)}."
        )


def plan_run(
    plan: RunPlan, *, request: KeyedRequest | None
) -> tuple[NewExecution, list[NewExecution]]:
    """The run and its tests, as the engine wants them."""
    run = NewExecution(
        kind=RUN_KIND,
        title=plan.mission.name,
        input=plan.describe_input(),
        subject_id=plan.mission.id,
        timeout_seconds=RUN_TIMEOUT_SECONDS,
        request=request,
        replay_of=plan.retry_of,
    )
    lanes = {
        scenario.id: scenario.id if scenario.run_mode == RunMode.SEQUENTIAL else None
        for scenario in plan.scenarios
    }
    return run, [
        _plan_test(plan, test, lanes[test.scenario_id], position)
        for position, test in enumerate(plan.tests)
    ]


def _plan_test(plan: RunPlan, test: MissionTest, lane: UUID | None, position: int) -> NewExecution:
    """One test. What it is to use is settled now; only secret values are looked up by the worker.

    Positions count through the whole run, so that its tests are listed scenario by scenario.
    """
    is_browser = test.kind == TestKind.BROWSER
    values = merge_plain(read_parameters(test.parameters), plan.mission.parameters, plan.given)
    return NewExecution(
        kind=BROWSER_KIND if is_browser else MANUAL_KIND,
        title=test.name,
        input={
            "mission_test_id": str(test.id),
            "base_url": plan.base_url or plan.mission.base_url,
            "parameters": values,
        },
        subject_id=test.id,
        queue=BROWSER_QUEUE if is_browser else None,
        max_attempts=BROWSER_ATTEMPTS if is_browser else 1,
        timeout_seconds=test.timeout_seconds,
        lane=lane,
        position=position,
        replay_of=plan.repeated.get(test.id),
    )


def _join(names: Iterable[str]) -> str:
    different = list(dict.fromkeys(f'"{name}"' for name in names))
    shown = ", ".join(different[:3])
    return shown if len(different) <= len(different[:3]) else f"{shown} and others"
