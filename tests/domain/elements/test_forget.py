"""What grew old is forgotten, and nothing else, whatever the application asks for."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from domain.elements import forget
from domain.elements.forget import forget_old
from domain.elements.models import Element, ElementDecision, ElementVersion
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitsOfWork
from tests.factories.elements import add_decision, add_element, add_version
from tests.factories.executions import add_execution
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration

NOW = datetime.now(UTC)


@pytest.fixture
async def tenant(databases: Databases) -> Tenant:
    return await make_tenant(databases)


@pytest.fixture
def units(databases: Databases) -> UnitsOfWork:
    return UnitsOfWork(databases.app, SilentOutlet())


async def count(tenant: Tenant, model: type) -> int:
    async with tenant.read() as session:
        return int(await session.scalar(select(func.count()).select_from(model)) or 0)


@pytest.mark.parametrize("status", ["active", "deprecated", "invalidated"])
async def test_an_element_that_nobody_has_seen_for_half_a_year_is_forgotten_with_its_history(
    tenant: Tenant, units: UnitsOfWork, status: str
) -> None:
    async with tenant.begin() as uow:
        run = await add_execution(uow.session, tenant)
        for days in (179, 181):
            seen = NOW - timedelta(days=days)
            element = await add_element(uow.session, tenant, status=status, last_seen_at=seen)
            await add_version(uow.session, element)
            await add_decision(uow.session, run, element_id=element.id)
    assert await forget_old(units) == 1
    assert await count(tenant, Element) == await count(tenant, ElementVersion) == 1
    assert await count(tenant, ElementDecision) == 2


async def test_decisions_are_forgotten_after_half_a_year_in_all_workspaces(
    tenant: Tenant, units: UnitsOfWork, databases: Databases
) -> None:
    other = await make_tenant(databases)
    for one in (tenant, other):
        async with one.begin() as uow:
            run = await add_execution(uow.session, one)
            for days in (0, 179, 181, 300):
                made = NOW - timedelta(days=days)
                await add_decision(uow.session, run, created_at=made)
    assert await forget_old(units) == 4
    assert [await count(one, ElementDecision) for one in (tenant, other)] == [2, 2]


async def test_the_newest_fifty_versions_and_the_one_that_is_used_are_kept(
    tenant: Tenant, units: UnitsOfWork
) -> None:
    async with tenant.begin() as uow:
        element = await add_element(uow.session, tenant, version=2)
        for number in range(1, 61):
            await add_version(uow.session, element, number)
        short = await add_element(uow.session, tenant)
        await add_version(uow.session, short)
    assert await forget_old(units) == 9
    async with tenant.read() as session:
        of_element = select(ElementVersion.version).where(ElementVersion.element_id == element.id)
        kept = sorted(await session.scalars(of_element))
    assert kept == [2, *range(11, 61)]
    assert await forget_old(units) == 0


async def test_one_round_takes_several_portions(
    tenant: Tenant, units: UnitsOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forget, "PORTION", 2)
    async with tenant.begin() as uow:
        run = await add_execution(uow.session, tenant)
        for _ in range(5):
            await add_decision(uow.session, run, created_at=NOW - timedelta(days=200))
    assert await forget_old(units) == 5


async def test_nobody_can_ask_for_what_is_young_to_be_forgotten(
    tenant: Tenant, units: UnitsOfWork
) -> None:
    async with tenant.begin() as uow:
        seen = NOW - timedelta(days=29)
        element = await add_element(uow.session, tenant, version=21, last_seen_at=seen)
        for number in range(1, 22):
            await add_version(uow.session, element, number)
        run = await add_execution(uow.session, tenant)
        await add_decision(uow.session, run, created_at=seen)
    at_once = timedelta(0)
    assert await forget_old(units, elements=at_once, decisions=at_once, versions=0) == 1
    assert await count(tenant, ElementVersion) == 20
    assert await count(tenant, Element) == await count(tenant, ElementDecision) == 1


@pytest.mark.parametrize("table", ["element_versions", "element_decisions"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET reason = 'x'"])
async def test_the_application_cannot_change_what_is_recorded(
    tenant: Tenant, table: str, verb: str
) -> None:
    async with tenant.begin() as uow:
        with pytest.raises(DBAPIError, match="permission denied"):
            await uow.session.execute(text(verb.format(table)))
        await uow.session.rollback()
