"""Every sealed column can be sealed anew, beside people who work, and keys go when nobody needs them."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from domain.accounts.models import User
from domain.missions.models import Mission
from domain.missions.update import UpdateMission, update_mission
from domain.missions.values import SEALED, Vault
from domain.schema import metadata
from domain.sealed import PLACES
from domain.shared.crypto import (
    KEY_BYTES,
    DataKeys,
    FollowedDataKeys,
    Sealer,
    make_first_data_key,
    make_next_data_key,
    read_data_keys,
)
from domain.shared.database import Database
from domain.shared.jobs import SilentOutlet
from domain.shared.key_files import KeyInUse, MissingKey
from domain.shared.sealed.drop_key import SETTLING, drop_data_key
from domain.shared.sealed.reseal import BATCH_ROWS, Outcome, count_by_key, count_rows, reseal
from domain.shared.unit_of_work import UnitOfWork, UnitsOfWork
from tests.factories.accounts import SettableClock
from tests.factories.missions import make_mission_of, values
from tests.factories.templates import login_test, make_test
from tests.factories.workspaces import Tenant
from tests.fixtures.database import Databases

pytestmark = [pytest.mark.integration, pytest.mark.no_rollback]

TOTP = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    make_first_data_key(tmp_path)
    return tmp_path


@pytest.fixture
def sealer(directory: Path) -> Sealer:
    """Seals with the first key, whatever is made later."""
    return Sealer(read_data_keys(directory))


@pytest.fixture
async def owner(databases: Databases) -> AsyncIterator[UnitsOfWork]:
    assert databases.urls is not None
    database = Database(databases.urls.owner, pool_size=1)
    yield UnitsOfWork(database, SilentOutlet())
    await database.close()


@pytest.fixture
async def mission(tenant: Tenant, sealer: Sealer) -> Mission:
    """A mission with one secret and one plain value."""
    made = await make_mission_of(tenant, [await make_test(tenant, login_test())])
    given = values(username="k1:plain", password="hunter2")
    return await change(tenant, sealer, made.id, 1, parameters=given)


async def change(
    tenant: Tenant, sealer: Sealer, mission_id: UUID, version: int, **changes: object
) -> Mission:
    async with tenant.begin() as uow:
        command = UpdateMission(mission_id, version, **changes)
        return await update_mission(uow, tenant.actor, command, sealer=sealer)


async def read(tenant: Tenant, mission_id: UUID) -> Mission:
    async with tenant.read() as session:
        return (await session.scalars(select(Mission).where(Mission.id == mission_id))).one()


async def give_second_factor(tenant: Tenant, sealer: Sealer) -> None:
    sealed = sealer.seal(TOTP, belongs_to=f"totp:{tenant.actor.user_id}")
    async with tenant.begin() as uow:
        statement = update(User).where(User.id == tenant.actor.user_id)
        await uow.session.execute(statement.values(totp_secret=sealed))


def open_password(mission: Mission, sealer: Sealer) -> str:
    sealed = mission.parameters["password"]
    assert isinstance(sealed, dict)
    return Vault(sealer, mission.id).open("password", sealed[SEALED])


async def rotate(owner: UnitsOfWork, directory: Path) -> tuple[Sealer, Outcome, list[int]]:
    make_next_data_key(directory)
    newest = Sealer(read_data_keys(directory))
    looked: list[int] = []
    return newest, await reseal(owner, newest, PLACES, looked.append), looked


def test_every_place_is_a_column():
    assert all(place.column in metadata.tables[place.table].c for place in PLACES)


async def test_everything_opens_with_the_new_key_alone(
    tenant: Tenant,
    stranger: Tenant,
    owner: UnitsOfWork,
    sealer: Sealer,
    mission: Mission,
    directory,
):
    await give_second_factor(tenant, sealer)
    await give_second_factor(stranger, sealer)
    _, outcome, looked = await rotate(owner, directory)
    (directory / "data.key").unlink()
    alone = Sealer(read_data_keys(directory))
    after = await read(tenant, mission.id)
    assert open_password(after, alone) == "hunter2"
    assert after.parameters["username"] == {"value": "k1:plain"}
    for one in (tenant, stranger):
        async with one.read() as session:
            stored = await session.scalar(
                select(User.totp_secret).where(User.id == one.actor.user_id)
            )
        assert alone.open(str(stored), belongs_to=f"totp:{one.actor.user_id}") == TOTP
    assert (outcome.resealed, outcome.broken, outcome.old, sum(looked)) == (3, [], 0, 3)


async def test_nobody_sees_that_a_mission_was_sealed_anew(
    tenant: Tenant, owner: UnitsOfWork, mission: Mission, directory: Path
):
    await rotate(owner, directory)
    after = await read(tenant, mission.id)
    assert (after.version, after.updated_at) == (mission.version, mission.updated_at)


async def test_a_run_that_was_broken_off_goes_on_where_it_stopped(
    tenant: Tenant, owner: UnitsOfWork, sealer: Sealer, mission: Mission, directory: Path
):
    await give_second_factor(tenant, sealer)
    make_next_data_key(directory)
    newest = Sealer(read_data_keys(directory))
    await reseal(owner, newest, PLACES[:1], lambda _: None)
    assert dict(await count_by_key(owner, PLACES)) == {"k1": 1, "k2": 1}
    outcome = await reseal(owner, newest, PLACES, lambda _: None)
    assert outcome.resealed == 1
    assert dict(await count_by_key(owner, PLACES)) == {"k2": 2}


async def test_many_rows_come_in_batches(
    tenant: Tenant, owner: UnitsOfWork, sealer: Sealer, mission: Mission, directory: Path
):
    async with tenant.begin() as uow:
        rows = [
            Mission(
                workspace_id=tenant.workspace_id,
                name=f"Mission {number}",
                parameters={"n": {"value": "plain"}} if number % 2 else mission.parameters,
            )
            for number in range(2 * BATCH_ROWS)
        ]
        uow.session.add_all(rows)
        await uow.session.flush()
        for row in rows:
            if SEALED in str(row.parameters):
                sealed = Vault(sealer, row.id).seal("password", "hunter2")
                row.parameters = {"password": {SEALED: sealed}}
    assert await count_rows(owner, PLACES) == BATCH_ROWS + 1
    _, outcome, looked = await rotate(owner, directory)
    assert (outcome.resealed, looked) == (BATCH_ROWS + 1, [BATCH_ROWS, 1])


@pytest.mark.parametrize("key", ["old", "new"])
async def test_a_change_that_comes_in_between_is_not_lost(
    tenant: Tenant,
    owner: UnitsOfWork,
    sealer: Sealer,
    mission: Mission,
    directory: Path,
    key: str,
):
    """Also one by a process that has not seen the new key yet."""
    make_next_data_key(directory)
    newest = Sealer(read_data_keys(directory))
    used = {"old": sealer, "new": newest}[key]

    class Overtaken(UnitsOfWork):
        """Somebody changes the mission after it was read, just before it is written."""

        overtakes = 1

        @asynccontextmanager
        async def begin(self, *args: UUID | None) -> AsyncIterator[UnitOfWork]:
            if self.overtakes:
                self.overtakes -= 1
                given = values(password="changed")
                await change(tenant, used, mission.id, 2, parameters=given, name="Renamed")
            async with super().begin(*args) as uow:
                yield uow

    units = Overtaken(owner.database, SilentOutlet())
    outcome = await reseal(units, newest, PLACES, lambda _: None)
    after = await read(tenant, mission.id)
    assert (outcome.old, after.name, after.version) == (0, "Renamed", 3)
    assert open_password(after, newest) == "changed"
    assert dict(await count_by_key(owner, PLACES)) == {"k2": 1}


async def test_nothing_is_lost_while_many_change_missions_at_the_same_time(
    tenant: Tenant, owner: UnitsOfWork, mission: Mission, directory: Path
):
    """Writers are processes that follow the keys; each mission keeps what was said last."""
    test = await make_test(tenant, login_test())
    others = [await make_mission_of(tenant, [test]) for _ in range(3)]
    told = {one.id: "" for one in (mission, *others)}

    async def write(mission_id: UUID, version: int) -> None:
        running = Sealer(FollowedDataKeys(directory))
        while not stop.is_set():
            value = f"value {version}"
            given = values(password=value)
            await change(tenant, running, mission_id, version, parameters=given)
            told[mission_id] = value
            version += 1

    stop = asyncio.Event()
    begun = [(mission.id, 2), *((one.id, 1) for one in others)]
    writers = [asyncio.create_task(write(*one)) for one in begun]
    for _ in range(5):
        newest, _, _ = await rotate(owner, directory)
    stop.set()
    await asyncio.gather(*writers)
    await reseal(owner, newest, PLACES, lambda _: None)
    for mission_id, value in told.items():
        assert open_password(await read(tenant, mission_id), newest) == value
    assert dict(await count_by_key(owner, PLACES)) == {newest.keys.current.id: len(told)}


async def test_what_no_key_opens_is_named_and_left(
    tenant: Tenant, owner: UnitsOfWork, sealer: Sealer, mission: Mission, directory: Path
):
    lost = Sealer(DataKeys.of(os.urandom(KEY_BYTES)))
    await give_second_factor(tenant, lost)
    _, outcome, _ = await rotate(owner, directory)
    assert outcome.broken == [("users.totp_secret", tenant.actor.user_id)]
    assert (outcome.resealed, outcome.old) == (1, 1)


async def test_a_key_goes_only_when_nothing_is_sealed_with_it(
    tenant: Tenant, owner: UnitsOfWork, mission: Mission, directory: Path, clock: SettableClock
):
    async def drop(key_id: str) -> None:
        await drop_data_key(owner, PLACES, directory, clock, key_id=key_id)

    with pytest.raises(KeyInUse, match="seals now"):
        await drop("k1")
    with pytest.raises(MissingKey):
        await drop("k2")
    make_next_data_key(directory)
    clock.pass_time(SETTLING + timedelta(seconds=1))
    with pytest.raises(KeyInUse, match="1 values"):
        await drop("k1")
    await reseal(owner, Sealer(read_data_keys(directory)), PLACES, lambda _: None)
    clock.pass_time(-SETTLING)
    with pytest.raises(KeyInUse, match="wait"):
        await drop("k1")
    clock.pass_time(SETTLING)
    await drop("k1")
    assert [*read_data_keys(directory).known] == ["k2"]


async def test_a_key_of_the_setting_is_left_to_people(
    owner: UnitsOfWork, directory: Path, clock: SettableClock
):
    shutil.rmtree(directory)
    configured = "a:" + "QUFB" * 10 + "QUE=,b:" + "QkJC" * 10 + "QkI="
    key = await drop_data_key(owner, PLACES, directory, clock, key_id="b", configured=configured)
    assert key.path is None
