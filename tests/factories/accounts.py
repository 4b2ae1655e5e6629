"""People with passwords, groups and sessions, and an authority whose hashes cost nothing."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from domain.accounts import repository
from domain.accounts.attempts import Begun, Kind, LoginAttempt
from domain.accounts.create_admin import CreateAdmin, create_admin
from domain.accounts.credentials.device_tokens import DeviceTokens
from domain.accounts.credentials.link_tokens import LinkTokens
from domain.accounts.keys import SigningKeys
from domain.accounts.login import Login, login
from domain.accounts.models import Group, User
from domain.accounts.passwords import Passwords
from domain.accounts.sessions import Authority, SignedIn
from domain.accounts.tokens import AccessTokens
from domain.shared.clock import Clock, SystemClock
from domain.shared.crypto import KEY_BYTES, DataKeys, Sealer
from domain.shared.database import Database
from domain.shared.ids import new_id
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitsOfWork

ISSUER = "http://metamorph.test"
PASSWORD = "correct horse battery staple"
CHEAP_MEMORY_KIB = 8
SEALER = Sealer(DataKeys.of(os.urandom(KEY_BYTES)))


class SettableClock:
    """Stands still until told otherwise."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def now(self) -> datetime:
        return self.time

    def pass_time(self, period: timedelta) -> None:
        """Move on."""
        self.time += period


class Unlimited:
    """Lets everybody try as often as they like; for tests of everything else."""

    async def begin_login(self, attempt: LoginAttempt) -> Begun:
        return Begun()

    async def succeed(self, begun: Begun) -> None:
        """Nothing was counted."""

    async def withdraw(self, begun: Begun) -> None:
        """Nothing was counted."""

    async def throttle(self, kind: Kind, key: str) -> Begun:
        return Begun()


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in to one workspace."""

    user_id: UUID
    workspace_id: UUID
    email: str
    password: str = PASSWORD

    @property
    def login(self) -> Login:
        return Login(self.email, self.password)


@cache
def keys_of(directory: Path) -> SigningKeys:
    """The keys of a directory; OpenSSL takes 50 ms to check one."""
    return SigningKeys.from_directory(directory)


def make_authority(directory: Path, clock: Clock | None = None) -> Authority:
    """An authority with the keys of a directory, for the issuer `ISSUER`."""
    used_clock = clock or SystemClock()
    tokens = AccessTokens(keys_of(directory), ISSUER, used_clock)
    passwords, links = Passwords(memory_kib=CHEAP_MEMORY_KIB), LinkTokens.from_directory(directory)
    devices = DeviceTokens.from_directory(directory)
    return Authority(passwords, tokens, used_clock, links, Unlimited(), SEALER, devices)


def units_of(database: Database) -> UnitsOfWork:
    """Units of work that wake nobody."""
    return UnitsOfWork(database, SilentOutlet())


async def make_admin(database: Database, authority: Authority) -> Person:
    """An administrator of a new workspace."""
    name = f"team-{new_id().hex}"
    email = f"{name}@example.test"
    command = CreateAdmin(email=email, password=PASSWORD, display_name="Kim", workspace_name=name)
    admin = await create_admin(units_of(database), authority.passwords, command)
    assert admin.workspace_id is not None
    return Person(admin.user_id, admin.workspace_id, email)


async def make_colleague(
    database: Database, authority: Authority, admin: Person, groups: Iterable[str] = ()
) -> Person:
    """Another person in an admin's workspace, in groups named by `groups`."""
    user_id = new_id()
    person = replace(admin, user_id=user_id, email=f"{user_id.hex}@example.test")
    password_hash = await authority.passwords.hash(PASSWORD)
    async with units_of(database).begin(admin.workspace_id, user_id) as uow:
        user = User(id=user_id, email=person.email, display_name="Lu", password_hash=password_hash)
        await repository.add_user(uow.session, user)
        ids = await uow.session.scalars(select(Group.id).where(Group.name.in_(list(groups))))
        await repository.add_member(uow.session, user_id, admin.workspace_id, ids.all())
    return person


async def sign_in(database: Database, authority: Authority, person: Person) -> SignedIn:
    """A session of the person."""
    return await login(units_of(database), authority, person.login)
