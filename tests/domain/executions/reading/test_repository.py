"""Trees and streams are read whole or page by page, never from another workspace."""

import pytest

from domain.executions.reading import repository
from domain.shared.ids import new_id
from domain.shared.paging import PageRequest
from tests.factories.executions import add_event, add_execution, after
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration


@pytest.fixture
async def tenant(databases: Databases) -> Tenant:
    return await make_tenant(databases)


async def plant(tenant: Tenant):
    """A run with two tests, one of which has a part of its own, and a stranger beside it."""
    async with tenant.begin() as uow:
        run = await add_execution(uow.session, tenant, title="run")
        second = await add_execution(
            uow.session, tenant, title="second", parent_id=run.id, position=2
        )
        await add_execution(uow.session, tenant, title="first", parent_id=run.id, position=1)
        await add_execution(
            uow.session, tenant, title="part", parent_id=second.id, created_at=after(1)
        )
        await add_execution(uow.session, tenant, title="stranger")
    return run, second


async def test_a_tree_is_everything_below_and_nothing_beside(tenant: Tenant):
    run, second = await plant(tenant)
    async with tenant.read() as session:
        tree = await repository.read_tree(session, tenant.workspace_id, run.id, limit=10)
        branch = await repository.read_tree(session, tenant.workspace_id, second.id, limit=10)
        few = await repository.read_tree(session, tenant.workspace_id, run.id, limit=2)
    assert [row.title for row in tree] == ["run", "first", "second", "part"]
    assert [row.title for row in branch] == ["second", "part"]
    assert len(few) == 2


async def test_a_tree_of_another_workspace_is_empty(databases: Databases, tenant: Tenant):
    run, _ = await plant(tenant)
    stranger = await make_tenant(databases)
    async with stranger.read() as session:
        assert await repository.read_tree(session, stranger.workspace_id, run.id, limit=10) == []
        assert await repository.read_tree(session, tenant.workspace_id, run.id, limit=10) == []


async def test_children_of_several_parents_come_in_one_page_each(tenant: Tenant):
    run, second = await plant(tenant)
    parents = [run.id, second.id, new_id()]
    async with tenant.read() as session:
        first = await repository.page_children.read(
            session, tenant.workspace_id, parents, PageRequest(1)
        )
        last = await repository.page_children.read(
            session, tenant.workspace_id, parents, PageRequest(1, from_end=True)
        )
        counts = await repository.page_children.count(session, tenant.workspace_id, parents)
    assert [[row.title for row in first[one].rows] for one in parents] == [["first"], ["part"], []]
    assert [row.title for row in last[run.id].rows] == ["second"]
    assert (first[run.id].has_next, first[second.id].has_next) == (True, False)
    assert [counts[one] for one in parents] == [2, 1, 0]


async def test_a_stream_is_read_from_any_number(tenant: Tenant):
    async with tenant.begin() as uow:
        row = await add_execution(uow.session, tenant)
        for number in range(1, 6):
            await add_event(uow.session, row, f"e{number}")
    async with tenant.read() as session:
        rest = await repository.read_events(session, tenant.workspace_id, row.id, after=2, limit=2)
        pages = await repository.page_events.read(
            session, tenant.workspace_id, [row.id], PageRequest(2, after=(3,))
        )
    assert [event.kind for event in rest] == ["e3", "e4"]
    assert [event.kind for event in pages[row.id].rows] == ["e4", "e5"]
