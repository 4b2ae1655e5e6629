"""Test and scenario templates as clients see them."""

from collections.abc import Mapping
from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from domain.shared.database import JsonObject
from domain.templates import models, repository
from domain.templates.rules import read_parameters
from graph.support.nodes import Node
from graph.support.rows import Shown, column, global_id, related
from graph.templates.enums import Healing, RunMode, TestKind


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


@strawberry.type(description="A test from which missions are made.")
class TestTemplate(Shown, Node):
    """A row of `test_templates`."""

    __test__ = False

    row: strawberry.Private[models.TestTemplate]
    id: strawberry.ID = global_id("TestTemplate")
    name: str = column()
    description: str = column()
    kind: TestKind = column(TestKind)
    steps: JSON = column()
    parameters: list[Parameter] = column(list_parameters)
    tags: list[str] = column()
    timeout_seconds: int = column()
    healing: Healing = column(Healing)
    version: int = column()
    created_at: datetime = column()
    updated_at: datetime = column()


@strawberry.type(description="A test at one position of a scenario template.")
class ScenarioTemplateTest(Shown):
    """A row of `scenario_template_tests`."""

    row: strawberry.Private[models.ScenarioTemplateTest]
    position: int = column()
    parameters: list[ParameterValue] = column(
        list_values,
        description="Values that this position gives; they beat the defaults of the test.",
    )
    test: TestTemplate | None = related(repository.read_tests, "test_id")


@strawberry.type(
    description="An ordered list of tests; the same test may stand at several positions."
)
class ScenarioTemplate(Shown, Node):
    """A row of `scenario_templates`."""

    row: strawberry.Private[models.ScenarioTemplate]
    id: strawberry.ID = global_id("ScenarioTemplate")
    name: str = column()
    description: str = column()
    run_mode: RunMode = column(RunMode)
    version: int = column()
    created_at: datetime = column()
    updated_at: datetime = column()
    tests: list[ScenarioTemplateTest] = related(repository.read_positions)
