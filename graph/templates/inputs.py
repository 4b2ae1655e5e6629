"""What clients send about templates, and how it becomes commands."""

import strawberry
from strawberry.scalars import JSON

from domain.shared.changes import Unchanged
from domain.shared.checks import NAME_LENGTH, Checks
from domain.templates import positions, rules
from domain.templates.create import CreateScenarioTemplate
from domain.templates.delete import DeleteTemplate
from domain.templates.repository import (
    ScenarioTemplateFilter,
    TestTemplateFilter,
)
from domain.templates.update import UpdateScenarioTemplate, UpdateTestTemplate
from graph.support.ordering import OrderDirection
from graph.support.targets import identify, to_change
from graph.templates.enums import Healing, RunMode, TemplateOrder, TestKind

STEPS = "BROWSER: a list of steps, as their JSON Schema says. MANUAL: a list of texts."
PATIENCE = "Seconds that one attempt may take; 1 to 86400."
SEARCH = "A part of the name, in any case."
VERSION = "The version that was read; a newer one is a CONFLICT."


@strawberry.input(description="A parameter that a test declares.")
class ParameterInput:
    """A secret one has no default."""

    name: str
    default: str | None = None
    is_secret: bool = False
    description: str = ""

    def to_rule(self) -> rules.Parameter:
        """As the domain takes it."""
        return rules.Parameter(self.name, self.default, self.is_secret, self.description)


@strawberry.input(description="A value for a parameter; null takes a value away.")
class ParameterValueInput:
    """A name and its value."""

    name: str
    value: str | None

    def to_rule(self) -> rules.ParameterValue:
        """As the domain takes it."""
        return rules.ParameterValue(self.name, self.value)


@strawberry.input
class CreateTestTemplateInput:
    """A test template to be."""

    name: str
    kind: TestKind
    steps: JSON = strawberry.field(description=STEPS)
    description: str = ""
    parameters: list[ParameterInput] = strawberry.field(default_factory=list)
    tags: list[str] = strawberry.field(default_factory=list)
    timeout_seconds: int = strawberry.field(default=120, description=PATIENCE)
    healing: Healing = Healing.HEAL

    def to_command(self) -> rules.TestContent:
        """As the domain takes it."""
        return rules.TestContent(
            name=self.name,
            kind=self.kind,
            steps=self.steps,
            description=self.description,
            parameters=[one.to_rule() for one in self.parameters],
            tags=self.tags,
            timeout_seconds=self.timeout_seconds,
            healing=self.healing,
        )


@strawberry.input(description="What is not mentioned, or null, stays as it is.")
class UpdateTestTemplateInput:
    """A change of a test template."""

    id: strawberry.ID = strawberry.field(description="Of a test template.")
    expected_version: int = strawberry.field(description=VERSION)
    name: str | None = strawberry.UNSET
    steps: JSON | None = strawberry.field(default=strawberry.UNSET, description=STEPS)
    description: str | None = strawberry.UNSET
    parameters: list[ParameterInput] | None = strawberry.UNSET
    tags: list[str] | None = strawberry.UNSET
    timeout_seconds: int | None = strawberry.field(default=strawberry.UNSET, description=PATIENCE)
    healing: Healing | None = strawberry.UNSET

    def to_command(self) -> UpdateTestTemplate:
        """As the domain takes it."""
        parameters = to_change(self.parameters)
        return UpdateTestTemplate(
            template_id=identify(self.id, "TestTemplate"),
            expected_version=self.expected_version,
            name=to_change(self.name),
            description=to_change(self.description),
            steps=to_change(self.steps),
            parameters=parameters
            if isinstance(parameters, Unchanged)
            else [one.to_rule() for one in parameters],
            tags=to_change(self.tags),
            timeout_seconds=to_change(self.timeout_seconds),
            healing=to_change(self.healing),
        )


@strawberry.input
class DeleteTestTemplateInput:
    """Which test template."""

    id: strawberry.ID = strawberry.field(description="Of a test template.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)

    def to_command(self) -> DeleteTemplate:
        """As the domain takes it."""
        return DeleteTemplate(identify(self.id, "TestTemplate"), self.expected_version)


@strawberry.input(description="A test at one position, with values of its own.")
class ScenarioTemplateTestInput:
    """The order of the list is the order of the scenario."""

    test_id: strawberry.ID = strawberry.field(description="Of a test template.")
    parameters: list[ParameterValueInput] = strawberry.field(default_factory=list)

    def to_position(self) -> positions.Position:
        """As the domain takes it."""
        values = [one.to_rule() for one in self.parameters]
        return positions.Position(identify(self.test_id, "TestTemplate"), values)


@strawberry.input
class CreateScenarioTemplateInput:
    """A scenario template to be."""

    name: str
    description: str = ""
    run_mode: RunMode = RunMode.SEQUENTIAL
    tests: list[ScenarioTemplateTestInput] = strawberry.field(default_factory=list)

    def to_command(self) -> CreateScenarioTemplate:
        """As the domain takes it."""
        return CreateScenarioTemplate(
            name=self.name,
            description=self.description,
            run_mode=self.run_mode,
            tests=[one.to_position() for one in self.tests],
        )


@strawberry.input(description="What is not mentioned, or null, stays as it is.")
class UpdateScenarioTemplateInput:
    """A change of a scenario template."""

    id: strawberry.ID = strawberry.field(description="Of a scenario template.")
    expected_version: int = strawberry.field(description=VERSION)
    name: str | None = strawberry.UNSET
    description: str | None = strawberry.UNSET
    run_mode: RunMode | None = strawberry.UNSET
    tests: list[ScenarioTemplateTestInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Replaces the whole list."
    )

    def to_command(self) -> UpdateScenarioTemplate:
        """As the domain takes it."""
        tests = to_change(self.tests)
        return UpdateScenarioTemplate(
            template_id=identify(self.id, "ScenarioTemplate"),
            expected_version=self.expected_version,
            name=to_change(self.name),
            description=to_change(self.description),
            run_mode=to_change(self.run_mode),
            tests=tests if isinstance(tests, Unchanged) else [one.to_position() for one in tests],
        )


@strawberry.input
class DeleteScenarioTemplateInput:
    """Which scenario template."""

    id: strawberry.ID = strawberry.field(description="Of a scenario template.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)

    def to_command(self) -> DeleteTemplate:
        """As the domain takes it."""
        return DeleteTemplate(identify(self.id, "ScenarioTemplate"), self.expected_version)


@strawberry.input(name="TestTemplateFilter", description="Conditions that all hold.")
class TestTemplateFilterInput:
    """Which test templates."""

    __test__ = False

    search: str | None = strawberry.field(default=None, description=SEARCH)
    kind: TestKind | None = None
    tag: str | None = None

    def to_filter(self) -> TestTemplateFilter:
        """As the domain takes it.

        Raises:
            Invalid: a text that nothing can contain.
        """
        checks = Checks()
        for name, text in (("search", self.search), ("tag", self.tag)):
            checks.text(text or "", (name,), longest=NAME_LENGTH)
        checks.settle()
        return TestTemplateFilter(self.search, self.kind, self.tag)


@strawberry.input(name="ScenarioTemplateFilter", description="Conditions that all hold.")
class ScenarioTemplateFilterInput:
    """Which scenario templates."""

    search: str | None = strawberry.field(default=None, description=SEARCH)
    test_id: strawberry.ID | None = strawberry.field(
        default=None, description="Scenarios that contain this test."
    )

    def to_filter(self) -> ScenarioTemplateFilter:
        """As the domain takes it.

        Raises:
            Invalid: a text that nothing can contain.
        """
        checks = Checks()
        checks.text(self.search or "", ("search",), longest=NAME_LENGTH)
        checks.settle()
        test_id = None if self.test_id is None else identify(self.test_id, "TestTemplate")
        return ScenarioTemplateFilter(self.search, test_id)


@strawberry.input(name="TemplateOrder")
class TemplateOrderInput:
    """What a list of templates is sorted by; ties are broken by id."""

    field: TemplateOrder = TemplateOrder.CREATED_AT
    direction: OrderDirection = OrderDirection.DESC
