"""What a scheduler tidies up, once an hour, beside what keeps executions going."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from domain.accounts.models import MailLink, RefreshToken
from domain.accounts.repository import lock_workspace
from domain.accounts.workspaces.delete import GRACE
from domain.evidence.storage import STALE_DRAFT_SECONDS, EvidenceStorage
from domain.executions.models import Attempt, Execution, ExecutionEvent
from domain.mail.forget import KEPT
from domain.shared.actor import Actor
from domain.shared.clock import SystemClock
from domain.shared.ids import SYSTEM_WORKSPACE, new_id
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitsOfWork
from tests.factories.accounts import SettableClock, make_admin, make_authority, sign_in
from tests.factories.executions import add_attempt, add_event, add_execution
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases
from workers.scheduler import Duty, list_tidy_duties

pytestmark = pytest.mark.integration


@pytest.fixture
def duties(databases: Databases, tmp_path: Path) -> dict[str, Duty]:
    units = UnitsOfWork(databases.app, SilentOutlet())
    return {duty.name: duty for duty in list_tidy_duties(units, EvidenceStorage(tmp_path))}


async def test_what_a_killed_process_left_of_evidence_is_removed(
    databases: Databases, duties: dict[str, Duty], tmp_path: Path
):
    place = tmp_path / str((await make_tenant(databases)).workspace_id)
    place.mkdir()
    fresh, stale = place / ".draft-fresh", place / ".draft-stale"
    fresh.touch()
    stale.touch()
    long_ago = time.time() - STALE_DRAFT_SECONDS - 1
    os.utime(stale, (long_ago, long_ago))
    (tmp_path / "lost+found").mkdir()
    await duties["evidence"].act()
    assert (fresh.exists(), stale.exists()) == (True, False)


async def test_old_sessions_are_forgotten(
    databases: Databases, duties: dict[str, Duty], tmp_path: Path
):
    clock = SettableClock()
    clock.pass_time(timedelta(days=-60))
    authority = make_authority(tmp_path, clock)
    await sign_in(databases.app, authority, await make_admin(databases.app, authority))
    await duties["sessions"].act()
    async with databases.app.session() as session:
        assert await session.scalar(select(func.count()).select_from(RefreshToken)) == 0


async def test_links_that_are_over_are_forgotten(databases: Databases, duties: dict[str, Duty]):
    now = SystemClock().now()
    units = UnitsOfWork(databases.app, SilentOutlet())
    async with units.begin() as uow:
        for number, expires_at in enumerate((now - timedelta(minutes=1), now + timedelta(hours=1))):
            link = MailLink(
                purpose="register",
                email=f"{number}@example.test",
                token_hash=bytes([number]),
                created_at=now,
                expires_at=expires_at,
            )
            uow.session.add(link)
    await duties["sessions"].act()
    async with databases.app.session() as session:
        assert (await session.scalars(select(MailLink.email))).all() == ["1@example.test"]


async def test_mails_that_left_long_ago_are_forgotten(
    databases: Databases, duties: dict[str, Duty]
):
    now = SystemClock().now()
    installation = Tenant(databases, Actor(new_id(), SYSTEM_WORKSPACE, new_id(), frozenset()))
    async with installation.begin() as uow:
        for age in (KEPT + timedelta(minutes=1), KEPT - timedelta(minutes=1)):
            await add_execution(
                uow.session,
                installation,
                kind="mail",
                created_by=None,
                created_at=now - age,
                finished_at=now - age,
                input={"to": "robin@example.test"},
            )
    await duties["mails"].act()
    async with installation.read() as session:
        (left,) = (await session.scalars(select(Execution))).all()
    assert left.created_at > now - KEPT


async def test_a_workspace_nobody_can_restore_any_more_goes_with_all_it_holds(
    databases: Databases, duties: dict[str, Duty], tmp_path: Path
):
    tenant, other = await make_tenant(databases), await make_tenant(databases)
    for one in (tenant, other):
        (tmp_path / str(one.workspace_id) / "ab").mkdir(parents=True)
        (tmp_path / str(one.workspace_id) / "ab" / "abcd").write_bytes(b"evidence")
        async with one.begin() as uow:
            run = await add_execution(uow.session, one)
            await add_event(uow.session, run, "execution.started", {})
            await add_attempt(uow.session, run, 1, None)
    async with tenant.begin() as uow:
        workspace = await lock_workspace(uow.session, tenant.workspace_id)
        assert workspace is not None
        workspace.deleted_at = SystemClock().now() - GRACE - timedelta(minutes=1)
    await duties["workspaces"].act()
    assert [one.name for one in tmp_path.iterdir()] == [str(other.workspace_id)]
    async with databases.engine.session() as session:
        for table in (Execution, ExecutionEvent, Attempt):
            rows = await session.scalars(select(table.workspace_id))
            assert set(rows) == {other.workspace_id}
