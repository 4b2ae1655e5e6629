"""Runs, people and imports that change the same elements at one time take turns."""

import asyncio
from itertools import pairwise

import pytest
from sqlalchemy import select

from domain.elements.bring_in import ImportElements, import_elements
from domain.elements.invalidate import InvalidateElement, invalidate_element
from domain.elements.lines import FORMAT
from domain.elements.models import Element, ElementVersion
from domain.elements.remember import RememberRun, remember_run
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitsOfWork
from tests.domain.elements.decisions import HIT, learned
from tests.domain.elements.test_bring_in import HEADER, chunks, entry, write
from tests.factories.executions import make_execution
from tests.factories.templates import make_test
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases

pytestmark = [pytest.mark.integration, pytest.mark.no_rollback]

STEPS = [f"s{place}" for place in range(12)]


@pytest.fixture
async def tenant(databases: Databases) -> Tenant:
    return await make_tenant(databases)


async def run(tenant: Tenant, scope_id: object, name: str, steps: list[str]) -> None:
    """A run that learned some steps, each looking different from other runs'."""
    execution = await make_execution(tenant)
    versions = [learned("healed", name=name) | {"step_key": step} for step in steps]
    decisions = [HIT | {"step_key": step} for step in STEPS]
    command = RememberRun(
        tenant.workspace_id, execution.id, execution.attempt, scope_id, decisions, versions
    )
    async with tenant.begin() as uow:
        await remember_run(uow, command)


async def list_numbers(tenant: Tenant) -> dict[object, list[int]]:
    """The versions of each element, in order."""
    async with tenant.read() as session:
        rows = await session.execute(
            select(ElementVersion.element_id, ElementVersion.version).order_by(
                ElementVersion.version
            )
        )
        found: dict[object, list[int]] = {}
        for row in rows:
            found.setdefault(row.element_id, []).append(row.version)
        return found


async def test_runs_that_end_together_leave_one_history_without_gaps(tenant: Tenant) -> None:
    scope_id = (await make_test(tenant)).id
    await run(tenant, scope_id, "first", STEPS[:4])
    some = (STEPS, STEPS[::-1], STEPS[::2], STEPS[3:], STEPS[:2])
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        for place, steps in enumerate(some):
            tasks.create_task(run(tenant, scope_id, f"run {place}", list(steps)))
    numbers = await list_numbers(tenant)
    assert len(numbers) == len(STEPS)
    for versions in numbers.values():
        assert versions[0] == 1
        assert all(after == before + 1 for before, after in pairwise(versions))


async def test_an_import_a_run_and_a_person_do_not_lock_each_other_out(tenant: Tenant) -> None:
    scope_id = (await make_test(tenant)).id
    units = UnitsOfWork(tenant.databases.app, SilentOutlet())
    await run(tenant, scope_id, "first", STEPS[::2])
    content = write(
        HEADER,
        *(entry(scope_id, step_key=step) for step in STEPS),
        {"format": FORMAT, "end": len(STEPS)},
    )
    async with tenant.read() as session:
        known = (await session.scalars(select(Element.id))).all()

    async def call_wrong(element_id: object) -> None:
        async with tenant.begin() as uow:
            await invalidate_element(uow, tenant.actor, InvalidateElement(element_id))

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(import_elements(units, tenant.actor, ImportElements(chunks(content))))
        tasks.create_task(run(tenant, scope_id, "second", STEPS))
        for element_id in known:
            tasks.create_task(call_wrong(element_id))
    numbers = await list_numbers(tenant)
    assert len(numbers) == len(STEPS)
    assert all(versions == list(range(1, len(versions) + 1)) for versions in numbers.values())
