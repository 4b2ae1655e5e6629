"""Test and scenario templates with sensible content."""

from collections.abc import Sequence
from typing import Any

from domain.templates.create import (
    CreateScenarioTemplate,
    create_scenario_template,
    create_test_template,
)
from domain.templates.models import RunMode, ScenarioTemplate, TestKind, TestTemplate
from domain.templates.positions import Position
from domain.templates.rules import Parameter, ParameterValue, TestContent
from tests.factories.workspaces import Tenant

OPEN_PAGE = ({"kind": "goto", "url": "/"},)


def browser_test(name: str = "Open the page", **changes: Any) -> TestContent:
    """The content of a browser test."""
    content: dict[str, Any] = {
        "name": name,
        "kind": TestKind.BROWSER,
        "steps": list(OPEN_PAGE),
        **changes,
    }
    return TestContent(**content)


def login_test(name: str = "Log in", **changes: Any) -> TestContent:
    """A browser test with a plain parameter and a secret one, both without a default."""
    return browser_test(
        name,
        steps=[
            {"kind": "goto", "url": "/login"},
            {"kind": "fill", "selector": "#user", "value": "{{username}}"},
            {"kind": "fill", "selector": "#password", "value": "{{password}}"},
        ],
        parameters=[Parameter("username"), Parameter("password", secret=True)],
        **changes,
    )


def manual_test(name: str = "Look at the lights", **changes: Any) -> TestContent:
    """The content of a test that a person carries out."""
    content: dict[str, Any] = {
        "name": name,
        "kind": TestKind.MANUAL,
        "steps": ["Look at the lights", "Note their colour"],
        **changes,
    }
    return TestContent(**content)


async def make_test(tenant: Tenant, content: TestContent | None = None) -> TestTemplate:
    """A stored test template."""
    async with tenant.begin() as uow:
        return await create_test_template(uow, tenant.actor, content or browser_test())


async def make_scenario(
    tenant: Tenant,
    tests: Sequence[TestTemplate | Position],
    *,
    name: str = "A scenario",
    run_mode: RunMode = RunMode.SEQUENTIAL,
) -> ScenarioTemplate:
    """A stored scenario template of these tests, in this order."""
    positions = [test if isinstance(test, Position) else Position(test.id) for test in tests]
    command = CreateScenarioTemplate(name=name, run_mode=run_mode, tests=positions)
    async with tenant.begin() as uow:
        return await create_scenario_template(uow, tenant.actor, command)


def position(test: TestTemplate, **values: str | None) -> Position:
    """A position with values of its own."""
    return Position(test.id, [ParameterValue(name, value) for name, value in values.items()])
