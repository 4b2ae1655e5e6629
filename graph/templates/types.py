"""Test and scenario templates as clients see them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from domain.shared.database import JsonObject
from domain.templates import models, repository
from domain.templates.rules import read_parameters
from graph.support.context import Info
from graph.support.ids import encode_id
from graph.support.nodes import Node
from graph.templates.enums import RunMode, TestKind


@strawberry.type(description="A parameter that a test declares.")
class Parameter:
    """A secret one has no default."""

    name: str
    default: str | None
    is_secret: bool
    description: str


@strawberry.type(description="The value of a parameter.")
class ParameterValue:
    """A name and its value."""

    name: str
    value: str


@strawberry.type(description="A test from which missions are made.")
class TestTemplate(Node):
    """A row of `test_templates`."""

    __test__ = False

    name: str
    description: str
    kind: TestKind
    steps: JSON
    parameters: list[Parameter]
    tags: list[str]
    timeout_seconds: int
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_row(cls, row: models.TestTemplate) -> Self:
        """Wrap a row."""
        return cls(
            id=encode_id("TestTemplate", row.id),
            name=row.name,
            description=row.description,
            kind=TestKind(row.kind),
            steps=row.steps,  # type: ignore[arg-type]
            parameters=list_parameters(row.parameters),
            tags=row.tags,
            timeout_seconds=row.timeout_seconds,
            version=row.version,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


@strawberry.type(description="A test at one position of a scenario template.")
class ScenarioTemplateTest:
    """A row of `scenario_template_tests`."""

    position: int
    parameters: list[ParameterValue] = strawberry.field(
        description="Values that this position gives; they beat the defaults of the test."
    )
    test_id: strawberry.Private[UUID]

    @strawberry.field
    async def test(self, info: Info) -> TestTemplate | None:
        """The test that stands here."""
        row = await info.context.load(repository.read_tests, self.test_id)
        return None if row is None else TestTemplate.from_row(row)

    @classmethod
    def from_row(cls, row: models.ScenarioTemplateTest) -> Self:
        """Wrap a row."""
        return cls(
            position=row.position, parameters=list_values(row.parameters), test_id=row.test_id
        )


@strawberry.type(
    description="An ordered list of tests; the same test may stand at several positions."
)
class ScenarioTemplate(Node):
    """A row of `scenario_templates`."""

    name: str
    description: str
    run_mode: RunMode
    version: int
    created_at: datetime
    updated_at: datetime
    row_id: strawberry.Private[UUID]

    @strawberry.field
    async def tests(self, info: Info) -> list[ScenarioTemplateTest]:
        """The tests in order."""
        rows = await info.context.load(repository.read_positions, self.row_id)
        return [ScenarioTemplateTest.from_row(row) for row in rows or []]

    @classmethod
    def from_row(cls, row: models.ScenarioTemplate) -> Self:
        """Wrap a row."""
        return cls(
            id=encode_id("ScenarioTemplate", row.id),
            name=row.name,
            description=row.description,
            run_mode=RunMode(row.run_mode),
            version=row.version,
            created_at=row.created_at,
            updated_at=row.updated_at,
            row_id=row.id,
        )


def list_parameters(declared: JsonObject) -> list[Parameter]:
    """The parameters of a stored test."""
    return [
        Parameter(
            name=one.name,
            default=one.default,
            is_secret=one.secret,
            description=one.description,
        )
        for one in read_parameters(declared).values()
    ]


def list_values(values: Mapping[str, object]) -> list[ParameterValue]:
    """Stored values in the order of their names."""
    return [ParameterValue(name=name, value=str(value)) for name, value in sorted(values.items())]
