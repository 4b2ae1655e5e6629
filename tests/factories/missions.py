"""Missions made from templates, as a person would make them."""

import os
from collections.abc import Sequence

from sqlalchemy import func, select, update

from domain.executions.models import Execution
from domain.executions.states import Status
from domain.missions.create import CreateMission, create_mission
from domain.missions.models import Mission, MissionScenario, MissionTest
from domain.missions.retry import RetryFailed, retry_failed
from domain.missions.start import StartMission, start_mission
from domain.shared.crypto import KEY_BYTES, DataKeys, Sealer
from domain.templates.models import RunMode, ScenarioTemplate, TestTemplate
from domain.templates.positions import Position
from domain.templates.rules import ParameterValue
from tests.factories.templates import make_scenario
from tests.factories.workspaces import Tenant

SEALER = Sealer(DataKeys.of(os.urandom(KEY_BYTES)))
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


async def start(
    tenant: Tenant,
    mission: Mission,
    *,
    base_url: str | None = None,
    parameters: Sequence[ParameterValue] = (),
    idempotency_key: str | None = None,
) -> Execution:
    """A run of the mission."""
    command = StartMission(mission.id, base_url, parameters, idempotency_key)
    async with tenant.begin() as uow:
        return await start_mission(uow, tenant.actor, command)


async def retry(
    tenant: Tenant, mission: Mission, *, idempotency_key: str | None = None
) -> Execution:
    """A run of what failed in the latest run."""
    async with tenant.begin() as uow:
        return await retry_failed(uow, tenant.actor, RetryFailed(mission.id, idempotency_key))


async def children_of(tenant: Tenant, run: Execution) -> list[Execution]:
    """The executions of a run's tests, in the order of the mission."""
    statement = (
        select(Execution)
        .join(MissionTest, MissionTest.id == Execution.subject_id)
        .join(MissionScenario, MissionScenario.id == MissionTest.scenario_id)
        .where(Execution.parent_id == run.id)
        .order_by(MissionScenario.position, MissionTest.position)
    )
    async with tenant.read() as session:
        return list(await session.scalars(statement))


async def end_run(tenant: Tenant, run: Execution, *ends: Status) -> None:
    """End a run whose tests ended so, in the order of the mission, without any worker."""
    ended = dict(zip([one.id for one in await children_of(tenant, run)], ends, strict=True))
    ended[run.id] = Status.SUCCEEDED if set(ends) == {Status.SUCCEEDED} else Status.FAILED
    async with tenant.begin() as uow:
        for execution_id, end in ended.items():
            changed = update(Execution).where(Execution.id == execution_id)
            await uow.session.execute(changed.values(status=Status.RUNNING))
            await uow.session.execute(
                changed.values(status=end, finished_at=func.now(), open_children=0)
            )
