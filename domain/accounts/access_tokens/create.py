"""Make and revoke access tokens for scripts."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from domain.accounts import repository as accounts
from domain.accounts.access_tokens import repository
from domain.accounts.credentials.hashing import hash_token
from domain.accounts.events import MailOwed
from domain.accounts.models import AccessToken
from domain.accounts.people import repository as people
from domain.accounts.people.prove import lock_proven, prove_password
from domain.accounts.permissions import PERMISSIONS, SECURE
from domain.accounts.sessions import Authority
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry, created
from domain.shared.checks import Checks
from domain.shared.clock import Clock
from domain.shared.errors import Conflict, NotFound
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.unit_of_work import UnitOfWork, UnitsOfWork

PREFIX = "mmp_"
"""Tells people, log filters and secret scanners what such a token is."""
TOKEN_BYTES = 32
HINT_CHARACTERS = 4
LONGEST_DAYS = 365
DEFAULT_DAYS = 90
MAX_TOKENS = 50
"""Of one person in one workspace."""


@dataclass(frozen=True, slots=True)
class CreateAccessToken:
    """A token to be.

    Attributes:
        scopes: Permissions; the token allows what is among them and its owner may do.
    """

    name: str
    scopes: Collection[str]
    days: int = DEFAULT_DAYS


@dataclass(frozen=True, slots=True)
class CreatedToken:
    """The token as it is stored, and the token itself, which is shown this once."""

    row: AccessToken
    token: str


async def create_access_token(
    units: UnitsOfWork,
    authority: Authority,
    actor: Actor,
    password: str,
    command: CreateAccessToken,
) -> CreatedToken:
    """Make a token for the actor's workspace, and tell its owner by mail.

    The password is asked for, because a token outlives the session that makes it.

    Raises:
        Forbidden: The actor is a script.
        Invalid: The password is wrong.
        TooMany: Too many wrong ones.
        Unauthenticated: The account was changed in between.
    """
    actor.require(SECURE)
    user = await prove_password(units, authority, actor, password)
    async with units.begin(actor.workspace_id, actor.user_id) as uow:
        await lock_proven(uow.session, user)
        return await make_token(uow, actor, authority.clock, command)


async def make_token(
    uow: UnitOfWork, actor: Actor, clock: Clock, command: CreateAccessToken
) -> CreatedToken:
    """Make a token for somebody who has proven who he is.

    Raises:
        Invalid: Something about the command is wrong; says everything that is.
        Conflict: There are too many.
    """
    checks = Checks()
    name = checks.name(command.name, ("name",))
    if not 1 <= command.days <= LONGEST_DAYS:
        checks.refuse(("days",), f"A token lives for 1 to {LONGEST_DAYS} days.")
    scopes = check_scopes(checks, actor, command.scopes)
    checks.settle()
    now = clock.now()
    await people.lock_user(uow.session, actor.user_id)
    living = await repository.read_tokens(uow.session, actor.user_id, actor.workspace_id, now)
    if len(living) >= MAX_TOKENS:
        raise Conflict(f"You have {MAX_TOKENS} access tokens here; revoke one first.")
    token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    row = AccessToken(
        user_id=actor.user_id,
        workspace_id=actor.workspace_id,
        name=name,
        hint=token[: len(PREFIX) + HINT_CHARACTERS],
        token_hash=hash_token(token),
        scopes=scopes,
        created_at=now,
        expires_at=now + timedelta(days=command.days),
    )
    await repository.add_token(uow.session, row)
    uow.audit(created("access_token.create", actor, row))
    await tell_owner(uow, actor, row)
    return CreatedToken(row, token)


def check_scopes(checks: Checks, actor: Actor, scopes: Collection[str]) -> list[str]:
    """Return the scopes, sorted; a token holds nothing that its owner lacks."""
    if not scopes:
        checks.refuse(("scopes",), "A token needs at least one scope.")
    for position, scope in enumerate(scopes):
        if scope not in PERMISSIONS or scope == SECURE:
            checks.refuse(("scopes", str(position)), "There is no such scope.")
        elif scope not in actor.permissions:
            checks.refuse(("scopes", str(position)), f"You do not hold {scope} yourself.")
    return sorted(set(scopes))


async def tell_owner(uow: UnitOfWork, actor: Actor, row: AccessToken) -> None:
    """Owe the owner a mail: a token that somebody else made is noticed."""
    user = await accounts.find_user(uow.session, actor.user_id)
    here = await accounts.read_workspaces(uow.session, actor.workspace_id, [actor.workspace_id])
    if user is None or actor.workspace_id not in here:
        raise NotFound("The account")
    values = {
        "name": row.name,
        "until": f"{row.expires_at:%Y-%m-%d}",
        "workspace": here[actor.workspace_id].name,
    }
    event = MailOwed(SYSTEM_WORKSPACE, "access_token_created", user.email, values=values)
    uow.raise_event(event)


async def revoke_access_token(
    uow: UnitOfWork, actor: Actor, clock: Clock, token_id: UUID
) -> AccessToken:
    """Make a token of the actor worthless; doing so again changes nothing.

    Raises:
        Forbidden: The actor is a script.
        NotFound: The actor has no such token.
    """
    actor.require(SECURE)
    token = await repository.revoke_token(uow.session, token_id, actor.user_id, clock.now())
    if token is None:
        raise NotFound("The access token", field=("id",))
    uow.audit(Entry("access_token.revoke", actor, Entity.of(token)))
    return token
