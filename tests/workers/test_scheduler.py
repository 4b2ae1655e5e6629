"""What a scheduler tidies up, once an hour, beside what keeps executions going."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from domain.accounts.models import RefreshToken
from domain.evidence.storage import STALE_DRAFT_SECONDS, EvidenceStorage
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitsOfWork
from tests.factories.accounts import SettableClock, make_admin, make_authority, sign_in
from tests.factories.workspaces import make_tenant
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
