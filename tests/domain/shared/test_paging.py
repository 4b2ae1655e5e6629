"""Pages of several parents come with one statement, each as if it had been read alone."""

import pytest

from domain.executions.models import Execution
from domain.missions import repository
from domain.shared.ids import new_id
from domain.shared.paging import PageRequest
from tests.factories.executions import add_execution, after
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration

MISSIONS = [new_id() for _ in range(3)]


@pytest.fixture
async def tenant(databases: Databases) -> Tenant:
    """A workspace with five runs of a first mission, one of a second and none of a third."""
    tenant = await make_tenant(databases)
    async with tenant.begin() as uow:
        for mission_id, runs in zip(MISSIONS, (5, 1, 0), strict=True):
            for number in range(runs):
                await add_execution(
                    uow.session,
                    tenant,
                    kind="mission",
                    queue=None,
                    subject_id=mission_id,
                    title=f"run {number}",
                    created_at=after(number),
                )
    return tenant


def key(run: Execution) -> tuple[object, ...]:
    return (run.created_at, run.id)


async def titles(tenant: Tenant, request: PageRequest) -> list[list[str]]:
    async with tenant.read() as session:
        pages = await repository.page_runs.read(session, tenant.workspace_id, MISSIONS, request)
    return [[run.title for run in pages[mission].rows] for mission in MISSIONS]


async def test_each_parent_has_its_own_page(tenant: Tenant):
    assert await titles(tenant, PageRequest(2)) == [["run 0", "run 1"], ["run 0"], []]
    assert await titles(tenant, PageRequest(2, descending=True)) == [
        ["run 4", "run 3"],
        ["run 0"],
        [],
    ]
    assert await titles(tenant, PageRequest(2, from_end=True)) == [
        ["run 3", "run 4"],
        ["run 0"],
        [],
    ]


async def test_a_page_goes_on_after_a_key_and_knows_what_is_around_it(tenant: Tenant):
    async with tenant.read() as session:
        first = (
            await repository.page_runs.read(session, tenant.workspace_id, MISSIONS, PageRequest(2))
        )[MISSIONS[0]]
        request = PageRequest(3, after=key(first.rows[-1]))
        rest = (await repository.page_runs.read(session, tenant.workspace_id, MISSIONS, request))[
            MISSIONS[0]
        ]
    assert (first.has_next, first.has_previous) == (True, False)
    assert [run.title for run in rest.rows] == ["run 2", "run 3", "run 4"]
    assert (rest.has_next, rest.has_previous) == (False, True)


async def test_the_latest_of_each_parent_is_one_row_each(tenant: Tenant, count_statements):
    async with tenant.read() as session:
        with count_statements() as log:
            latest = await repository.read_latest_runs(session, tenant.workspace_id, MISSIONS)
    assert {mission: run.title for mission, run in latest.items()} == {
        MISSIONS[0]: "run 4",
        MISSIONS[1]: "run 0",
    }
    assert len(log) == 1


async def test_nothing_is_asked_for_no_parents(tenant: Tenant, count_statements):
    async with tenant.read() as session:
        with count_statements() as log:
            assert (
                await repository.page_runs.read(session, tenant.workspace_id, [], PageRequest(1))
                == {}
            )
    assert len(log) == 0
