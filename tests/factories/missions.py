"""Missions made from templates, as a person would make them."""

import os
from collections.abc import Sequence

from domain.missions.create import CreateMission, create_mission
from domain.missions.models import Mission
from domain.shared.crypto import KEY_BYTES, Sealer
from domain.templates.models import RunMode, ScenarioTemplate, TestTemplate
from domain.templates.positions import Position
from domain.templates.rules import ParameterValue
from tests.factories.templates import make_scenario
from tests.factories.workspaces import Tenant

SEALER = Sealer(os.urandom(KEY_BYTES))
BASE_URL = "https://app.example.test"


def values(**given: str | None) -> list[ParameterValue]:
    """Values by name."""
    return [ParameterValue(name, value) for name, value in given.items()]


async def make_mission(
    tenant: Tenant,
    scenarios: Sequence[ScenarioTemplate] = (),
    *,
    name: str = "A mission",
    base_url: str | None = BASE_URL,
    parameters: Sequence[ParameterValue] = (),
) -> Mission:
    """A stored mission of these scenarios."""
    command = CreateMission(
        name=name,
        scenario_template_ids=[scenario.id for scenario in scenarios],
        base_url=base_url,
        parameters=parameters,
    )
    async with tenant.begin() as uow:
        return await create_mission(uow, tenant.actor, command, sealer=SEALER)


async def make_mission_of(
    tenant: Tenant,
    tests: Sequence[TestTemplate | Position],
    *,
    run_mode: RunMode = RunMode.SEQUENTIAL,
    parameters: Sequence[ParameterValue] = (),
) -> Mission:
    """A stored mission of one scenario with these tests."""
    scenario = await make_scenario(tenant, tests, run_mode=run_mode)
    return await make_mission(tenant, [scenario], parameters=parameters)
