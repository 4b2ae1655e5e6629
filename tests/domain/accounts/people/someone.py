"""An installation where people come and go, and what its database says about them."""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.accounts.actors import load_actor
from domain.accounts.login import Login, login
from domain.accounts.models import User
from domain.accounts.people.register import Register, RegistrationRules, register, verify_mail
from domain.accounts.sessions import Authority, SignedIn
from domain.shared.errors import TooMany
from domain.shared.ids import new_id
from domain.shared.unit_of_work import UnitsOfWork
from tests.factories.accounts import PASSWORD
from tests.factories.mails import Postbox
from tests.fixtures.database import Databases
from tests.fixtures.people import MakeMember, Member
from tests.support.rows import find_in_tables

OPEN = RegistrationRules("open")
NEW_PASSWORD = "seven purple owls at noon"


@dataclass(frozen=True)
class House:
    """Who does what."""

    postbox: Postbox
    make_member: MakeMember

    @property
    def databases(self) -> Databases:
        return self.postbox.databases

    @property
    def authority(self) -> Authority:
        return self.postbox.authority

    @property
    def units(self) -> UnitsOfWork:
        return self.postbox.units

    def limited(self, attempts: Any) -> "House":
        """The same with real limits."""
        authority = replace(self.authority, attempts=attempts)
        return House(replace(self.postbox, authority=authority), self.make_member)

    async def member(self, *groups: str, of: Member | None = None) -> Member:
        return await self.make_member(*groups, of=of)

    async def register(self, email: str, rules: RegistrationRules = OPEN, **changes: Any) -> None:
        values = {"password": PASSWORD, "display_name": "Robin", **changes}
        await register(self.units, self.authority, rules, Register(email, **values))

    async def verify(self, token: str, password: str = PASSWORD) -> UUID:
        return await verify_mail(self.units, self.authority, token, password)

    async def newcomer(self, email: str) -> UUID:
        """Somebody who registered and followed the link."""
        await self.register(email)
        return await self.verify(await self.postbox.read_token(email, "register"))

    async def sign_in(self, email: str, password: str = PASSWORD, code: str = "") -> SignedIn:
        return await login(self.units, self.authority, Login(email, password, code=code))

    async def stands(self, signed_in: SignedIn) -> bool:
        """Whether a session still counts."""
        async with self.databases.app.session(signed_in.workspace_id) as session:
            actor = await load_actor(
                session, signed_in.user_id, signed_in.workspace_id, signed_in.session_id
            )
        return actor is not None

    async def find_user(self, email: str) -> User | None:
        async with self.databases.app.session() as session:
            living = select(User).where(User.email == email, User.deleted_at.is_(None))
            return (await session.scalars(living)).one_or_none()

    async def read_user(self, user_id: UUID) -> User:
        """The row, of the living and of the deleted."""
        async with self.databases.app.session() as session:
            return (await session.scalars(select(User).where(User.id == user_id))).one()

    async def find_in_tables(self, *words: str) -> list[str]:
        """The tables in which any row holds any of the words, in whatever column."""
        return await find_in_tables(self.databases, *words)


def new_address(name: str = "robin") -> str:
    """An address that nobody has."""
    return f"{name}-{new_id().hex}@example.test"


async def outcome_of(doing: Awaitable[object]) -> str:
    """The name of the error that a verb ends with, or `done`."""
    try:
        await doing
    except TooMany:
        return "TooMany"
    except Exception as error:  # noqa: BLE001 - the test looks at the name
        return type(error).__name__
    return "done"
