"""What was done to keys reaches the installation's log, whenever there is a database."""

from pathlib import Path

import orjson
import pytest
from sqlalchemy import select

from api.stack.keys import make_missing
from domain.accounts.rotate_keys import drop_previous_key, rotate_signing_key
from domain.audit.models import AuditEntry
from domain.audit.tell_keys import tell_changes
from domain.shared.clock import SystemClock
from domain.shared.database import Database
from domain.shared.errors import Unavailable
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.jobs import SilentOutlet
from domain.shared.settings import Settings
from domain.shared.unit_of_work import UnitsOfWork
from tests.factories.accounts import units_of
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration


async def read_log(databases: Databases) -> list[dict[str, object]]:
    async with databases.app.session(SYSTEM_WORKSPACE) as session:
        records = await session.scalars(select(AuditEntry.record).order_by(AuditEntry.seq))
        return [orjson.loads(record) for record in records]


async def test_keys_that_are_made_rotated_and_dropped_are_told_once_and_in_order(
    databases: Databases, tmp_path: Path
):
    settings = Settings(var_dir=tmp_path)
    make_missing(settings)
    newest = rotate_signing_key(settings.keys_dir, SystemClock()).newest.kid
    drop_previous_key(settings.keys_dir, SystemClock(), force=True)
    for _ in range(2):
        await tell_changes(units_of(databases.app), settings.keys_dir)
    told = await read_log(databases)
    assert [(one["action"], one["actor_name"]) for one in told] == [
        *[("key.make", "system")] * 3,
        ("key.rotate", "command line"),
        ("key.drop", "command line"),
    ]
    assert told[3]["entity_label"] == f"access tokens {newest}"


async def test_what_cannot_be_told_yet_waits(databases: Databases, tmp_path: Path):
    settings = Settings(var_dir=tmp_path)
    make_missing(settings)
    away = Database("postgresql+asyncpg://nobody@127.0.0.1:1/none", pool_size=1)
    with pytest.raises(Unavailable):
        await tell_changes(UnitsOfWork(away, SilentOutlet()), settings.keys_dir)
    await away.close()
    assert await tell_changes(units_of(databases.app), settings.keys_dir) == 3
