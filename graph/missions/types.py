"""Missions, their scenarios and their tests as clients see them."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from domain.executions.models import Execution as ExecutionRow
from domain.executions.states import TERMINAL, Status
from domain.missions import models, repository
from domain.missions.progress import RunCounts as DomainCounts
from domain.missions.values import ParameterState, describe_values
from domain.templates import repository as templates
from domain.templates.rules import read_parameters
from graph.executions.types import Execution
from graph.support.context import Info
from graph.support.fields import described
from graph.support.lists import connected
from graph.support.nodes import Node
from graph.support.paging import Connection
from graph.support.rows import Shown, column, global_id, related
from graph.templates.enums import Healing, RunMode, TestKind
from graph.templates.types import Parameter, ScenarioTemplate, TestTemplate, list_parameters

WATCH = "execution.read"
TEMPLATES = "template.read"


@strawberry.type(description="A parameter that tests of a mission declare.")
class MissionParameter:
    """The value of a secret one never leaves."""

    name: str
    is_secret: bool
    is_set: bool = strawberry.field(description="Whether the mission has a value for it.")
    is_required: bool = strawberry.field(description="Whether some test has no default for it.")
    value: str | None = strawberry.field(description="Null for every secret one.")

    @classmethod
    def from_state(cls, state: ParameterState) -> Self:
        """Wrap what the domain tells of it."""
        return cls(
            name=state.name,
            is_secret=state.secret,
            is_set=state.is_set,
            is_required=state.is_required,
            value=state.value,
        )


@strawberry.type(description="How far a run has come.")
class RunCounts:
    """Numbers of tests."""

    total: int
    done: int
    failed: int = strawberry.field(description="What a retry would carry out again.")

    @classmethod
    def from_counts(cls, counts: DomainCounts) -> Self:
        """Wrap them."""
        return cls(total=counts.total, done=counts.done, failed=counts.failed)


def tell_outcome(execution: ExecutionRow) -> Status | None:
    """The terminal status of an execution that has one."""
    status = Status(execution.status)
    return status if status in TERMINAL else None


@strawberry.type(description="A test as it was when its mission was made.")
class MissionTest(Shown, Node):
    """A row of `mission_tests`."""

    row: strawberry.Private[models.MissionTest]
    id: strawberry.ID = global_id("MissionTest")
    name: str = column()
    description: str = column()
    kind: TestKind = column(TestKind)
    steps: JSON = column()
    tags: list[str] = column()
    timeout_seconds: int = column()
    healing: Healing = column(Healing)
    position: int = column()
    parameters: list[Parameter] = column(
        list_parameters,
        description="What it declares, with the values of its position as defaults.",
    )
    template: TestTemplate | None = related(
        templates.read_tests,
        "template_id",
        permission=TEMPLATES,
        description="The template it was copied from; null when that is gone or cannot be seen.",
    )
    scenario: "MissionScenario | None" = related(
        repository.read_scenarios_by_id, "scenario_id", description="The scenario it belongs to."
    )

    latest_execution: Execution | None = related(
        repository.read_latest_of_tests,
        permission=WATCH,
        description="Its newest execution; null before its mission has been run.",
    )
    outcome: Status | None = related(
        repository.read_latest_of_tests,
        permission=WATCH,
        show=tell_outcome,
        columns=("status",),
        description="How its newest execution ended; null while there is none or it is open.",
    )


@strawberry.type(description="A scenario as it was when its mission was made.")
class MissionScenario(Shown, Node):
    """A row of `mission_scenarios`."""

    row: strawberry.Private[models.MissionScenario]
    id: strawberry.ID = global_id("MissionScenario")
    name: str = column()
    run_mode: RunMode = column(RunMode)
    position: int = column()
    tests: list[MissionTest] = related(
        repository.read_tests_of_scenarios, description="Its tests in order."
    )
    template: ScenarioTemplate | None = related(
        templates.read_scenarios,
        "template_id",
        permission=TEMPLATES,
        description="The template it was copied from; null when that is gone or cannot be seen.",
    )
    mission: "Mission | None" = related(
        repository.read_missions, "mission_id", description="The mission it belongs to."
    )


@strawberry.type(description="A set of tests to carry out, and the runs that did.")
class Mission(Shown, Node):
    """A row of `missions`."""

    row: strawberry.Private[models.Mission]
    id: strawberry.ID = global_id("Mission")
    name: str = column()
    description: str = column()
    base_url: str | None = column()
    version: int = column()
    created_at: datetime = column()
    updated_at: datetime = column()
    scenarios: list[MissionScenario] = related(
        repository.read_scenarios, description="Its scenarios in order."
    )
    tests: list[MissionTest] = related(
        repository.read_tests_of_missions, description="All its tests, scenario by scenario."
    )

    latest_run: Execution | None = related(
        repository.read_latest_runs,
        permission=WATCH,
        description="Its newest run; null before there is one.",
    )
    latest_counts: RunCounts | None = related(
        repository.count_latest_runs,
        permission=WATCH,
        show=RunCounts.from_counts,
        description="How far its newest run has come; null before there is one.",
    )
    runs: Connection[Execution] | None = connected(
        repository.page_runs,
        permission=WATCH,
        descending=True,
        description="Its runs, the newest first; null without execution.read.",
    )

    @described(
        "Every parameter its tests declare, with the mission's values of the plain ones.",
        uses=("id", "parameters"),
    )
    async def parameters(self, info: Info) -> list[MissionParameter]:
        """By name."""
        tests = await info.context.load(repository.read_tests_of_missions, self.row.id)
        declarations = [read_parameters(test.parameters) for test in tests or []]
        states = describe_values(declarations, self.row.parameters)
        return [MissionParameter.from_state(state) for state in states]
