"""Row-level security holds even where a query forgets its filter."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from domain.accounts.models import Workspace
from domain.shared.ids import new_id
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitsOfWork
from domain.templates.models import TestKind, TestTemplate
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration


async def make_workspace_with_template(databases: Databases, slug: str):
    workspace = new_id()
    async with UnitsOfWork(databases.app, SilentOutlet()).begin(workspace) as uow:
        uow.session.add(Workspace(id=workspace, name=slug, slug=slug))
        await uow.session.flush()
        uow.session.add(
            TestTemplate(
                workspace_id=workspace,
                name=slug,
                kind=TestKind.MANUAL,
                steps=[],
                parameters={},
            )
        )
    return workspace


async def test_a_query_without_a_filter_sees_only_its_own_workspace(databases: Databases):
    ours = await make_workspace_with_template(databases, "ours")
    await make_workspace_with_template(databases, "theirs")
    async with databases.app.session(ours) as session:
        names = (await session.scalars(select(TestTemplate.name))).all()
    assert names == ["ours"]


async def test_without_a_workspace_nothing_is_seen(databases: Databases):
    await make_workspace_with_template(databases, "ours")
    async with databases.app.session() as session:
        assert (await session.scalars(select(TestTemplate.name))).all() == []


async def test_a_row_cannot_be_written_into_another_workspace(databases: Databases):
    ours = await make_workspace_with_template(databases, "ours")
    theirs = await make_workspace_with_template(databases, "theirs")
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with UnitsOfWork(databases.app, SilentOutlet()).begin(ours) as uow:
            uow.session.add(
                TestTemplate(
                    workspace_id=theirs, name="x", kind=TestKind.MANUAL, steps=[], parameters={}
                )
            )


async def test_the_engine_cannot_read_templates(databases: Databases):
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with databases.engine.session() as session:
            await session.execute(text("SELECT 1 FROM test_templates"))


async def test_events_cannot_be_changed_by_the_application(databases: Databases):
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with databases.app.session(new_id()) as session:
            await session.execute(text("UPDATE execution_events SET kind = 'x'"))


@pytest.mark.no_rollback
async def test_a_clone_commits_for_real(databases: Databases):
    ours = await make_workspace_with_template(databases, "ours")
    async with databases.app.session(ours) as one, databases.app.session(ours) as two:
        assert (await one.scalars(select(TestTemplate.name))).all() == ["ours"]
        assert (await two.scalars(select(TestTemplate.name))).all() == ["ours"]
