"""Missions, their scenarios and their tests as clients see them."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from domain.executions.states import TERMINAL, Status
from domain.missions import models, repository
from domain.missions.progress import RunCounts as DomainCounts
from domain.missions.values import ParameterState, describe_values
from domain.shared.database import JsonObject
from domain.shared.paging import Page
from domain.templates import repository as templates
from domain.templates.rules import read_parameters
from graph.executions.types import Execution
from graph.support.context import Info
from graph.support.fields import described
from graph.support.ids import encode_id
from graph.support.nodes import Node
from graph.support.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    make_connection,
    request_page,
)
from graph.templates.enums import RunMode, TestKind
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


@strawberry.type(description="A test as it was when its mission was made.")
class MissionTest(Node):
    """A row of `mission_tests`."""

    name: str
    description: str
    kind: TestKind
    steps: JSON
    tags: list[str]
    timeout_seconds: int
    position: int
    row_id: strawberry.Private[UUID]
    mission_id: strawberry.Private[UUID]
    scenario_id: strawberry.Private[UUID]
    template_id: strawberry.Private[UUID | None]
    declared: strawberry.Private[JsonObject]

    @described("What it declares, with the values of its position as defaults.")
    def parameters(self) -> list[Parameter]:
        """By name."""
        return list_parameters(self.declared)

    @described("The template it was copied from; null when that is gone or cannot be seen.")
    async def template(self, info: Info) -> TestTemplate | None:
        """As it is now."""
        (await info.context.actor()).require(TEMPLATES)
        if self.template_id is None:
            return None
        row = await info.context.load(templates.read_tests, self.template_id)
        return None if row is None else TestTemplate.from_row(row)

    @described("The scenario it belongs to.")
    async def scenario(self, info: Info) -> "MissionScenario | None":
        """One level up."""
        row = await info.context.load(repository.read_scenarios_by_id, self.scenario_id)
        return None if row is None else MissionScenario.from_row(row)

    @described("Its newest execution; null before its mission has been run.")
    async def latest_execution(self, info: Info) -> Execution | None:
        """Of whatever run."""
        (await info.context.actor()).require(WATCH)
        row = await info.context.load(repository.read_latest_of_tests, self.row_id)
        return None if row is None else Execution.from_row(row)

    @described("How its newest execution ended; null while there is none or it is open.")
    async def outcome(self, info: Info) -> Status | None:
        """A terminal status."""
        (await info.context.actor()).require(WATCH)
        row = await info.context.load(repository.read_latest_of_tests, self.row_id)
        return Status(row.status) if row is not None and row.status in TERMINAL else None

    @classmethod
    def from_row(cls, row: models.MissionTest) -> Self:
        """Wrap a row."""
        return cls(
            id=encode_id("MissionTest", row.id),
            name=row.name,
            description=row.description,
            kind=TestKind(row.kind),
            steps=row.steps,  # type: ignore[arg-type]
            tags=row.tags,
            timeout_seconds=row.timeout_seconds,
            position=row.position,
            row_id=row.id,
            mission_id=row.mission_id,
            scenario_id=row.scenario_id,
            template_id=row.template_id,
            declared=row.parameters,
        )


@strawberry.type(description="A scenario as it was when its mission was made.")
class MissionScenario(Node):
    """A row of `mission_scenarios`."""

    name: str
    run_mode: RunMode
    position: int
    row_id: strawberry.Private[UUID]
    mission_id: strawberry.Private[UUID]
    template_id: strawberry.Private[UUID | None]

    @described("Its tests in order.")
    async def tests(self, info: Info) -> list[MissionTest]:
        """By position."""
        rows = await info.context.load(repository.read_tests_of_scenarios, self.row_id)
        return [MissionTest.from_row(row) for row in rows or []]

    @described("The template it was copied from; null when that is gone or cannot be seen.")
    async def template(self, info: Info) -> ScenarioTemplate | None:
        """As it is now."""
        (await info.context.actor()).require(TEMPLATES)
        if self.template_id is None:
            return None
        row = await info.context.load(templates.read_scenarios, self.template_id)
        return None if row is None else ScenarioTemplate.from_row(row)

    @described("The mission it belongs to.")
    async def mission(self, info: Info) -> "Mission | None":
        """One level up."""
        row = await info.context.load(repository.read_missions, self.mission_id)
        return None if row is None else Mission.from_row(row)

    @classmethod
    def from_row(cls, row: models.MissionScenario) -> Self:
        """Wrap a row."""
        return cls(
            id=encode_id("MissionScenario", row.id),
            name=row.name,
            run_mode=RunMode(row.run_mode),
            position=row.position,
            row_id=row.id,
            mission_id=row.mission_id,
            template_id=row.template_id,
        )


@strawberry.type(description="A set of tests to carry out, and the runs that did.")
class Mission(Node):
    """A row of `missions`."""

    name: str
    description: str
    base_url: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    row_id: strawberry.Private[UUID]
    stored: strawberry.Private[JsonObject]

    @described("Every parameter its tests declare, with the mission's values of the plain ones.")
    async def parameters(self, info: Info) -> list[MissionParameter]:
        """By name."""
        tests = await info.context.load(repository.read_tests_of_missions, self.row_id)
        declarations = [read_parameters(test.parameters) for test in tests or []]
        states = describe_values(declarations, self.stored)
        return [MissionParameter.from_state(state) for state in states]

    @described("Its scenarios in order.")
    async def scenarios(self, info: Info) -> list[MissionScenario]:
        """By position."""
        rows = await info.context.load(repository.read_scenarios, self.row_id)
        return [MissionScenario.from_row(row) for row in rows or []]

    @described("All its tests, scenario by scenario.")
    async def tests(self, info: Info) -> list[MissionTest]:
        """By position."""
        rows = await info.context.load(repository.read_tests_of_missions, self.row_id)
        return [MissionTest.from_row(row) for row in rows or []]

    @described("Its newest run; null before there is one.")
    async def latest_run(self, info: Info) -> Execution | None:
        """Open or not."""
        (await info.context.actor()).require(WATCH)
        row = await info.context.load(repository.read_latest_runs, self.row_id)
        return None if row is None else Execution.from_row(row)

    @described("How far its newest run has come; null before there is one.")
    async def latest_counts(self, info: Info) -> RunCounts | None:
        """Numbers of tests."""
        context = info.context
        (await context.actor()).require(WATCH)
        row = await context.load(repository.read_latest_runs, self.row_id)
        counts = None if row is None else await context.load(repository.count_children, row.id)
        return None if counts is None else RunCounts.from_counts(counts)

    @described("Its runs, the newest first; null without execution.read.")
    async def runs(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Execution] | None:
        """A page of them."""
        context = info.context
        (await context.actor()).require(WATCH)
        request = request_page(first=first, after=after, last=last, before=before, descending=True)
        page = await context.load(repository.page_runs, self.row_id, request)

        async def count() -> int:
            return await context.load(repository.count_runs, self.row_id) or 0

        return make_connection(
            page or Page((), has_next=False, has_previous=False),
            Execution.from_row,
            lambda row: (row.created_at, row.id),
            count,
        )

    @classmethod
    def from_row(cls, row: models.Mission) -> Self:
        """Wrap a row."""
        return cls(
            id=encode_id("Mission", row.id),
            name=row.name,
            description=row.description,
            base_url=row.base_url,
            version=row.version,
            created_at=row.created_at,
            updated_at=row.updated_at,
            row_id=row.id,
            stored=row.parameters,
        )
