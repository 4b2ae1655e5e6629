"""Forgotten passwords: a link by mail, which lets choose a new one.

Whether an address has an account is found out when the mail is sent, not when it is asked for.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from domain.accounts import repository
from domain.accounts.attempts import counting
from domain.accounts.credentials import repository as credentials
from domain.accounts.credentials.hashing import hash_token
from domain.accounts.credentials.link_tokens import LinkTokens
from domain.accounts.errors import LinkInvalid
from domain.accounts.events import MailOwed
from domain.accounts.links import repository as links
from domain.accounts.models import MailLink
from domain.accounts.people import repository as people
from domain.accounts.people.choose_password import check_chosen_password, words_about
from domain.accounts.rules import check_email
from domain.accounts.sessions import Authority
from domain.shared.audit import NOBODY, Author, Entity, Entry
from domain.shared.checks import Checks
from domain.shared.clock import Clock
from domain.shared.database import enter_workspace
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.origin import NOWHERE, Origin
from domain.shared.unit_of_work import UnitOfWork, UnitsOfWork

PURPOSE = "reset"
LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class RequestReset:
    """Whose password was forgotten."""

    email: str
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """A link's token, and the password to be."""

    token: str = field(repr=False)
    new_password: str = field(repr=False)


async def request_reset(units: UnitsOfWork, authority: Authority, command: RequestReset) -> None:
    """Owe the address a mail, whoever has it; what becomes of it is decided when it is sent.

    Raises:
        Invalid: It is no address.
        TooMany: There were too many, for the address or from there.
        Unavailable: A store is away.
    """
    checks = Checks()
    email = check_email(checks, command.email, ("email",))
    checks.settle()
    async with (
        counting(authority.attempts, "reset_from", command.origin.address),
        counting(authority.attempts, "reset", email),
        units.begin() as uow,
    ):
        uow.audit(Entry("account.request_reset", NOBODY, Entity("Account", label=email)))
        uow.raise_event(MailOwed(SYSTEM_WORKSPACE, "reset", email))


async def prepare_reset(
    uow: UnitOfWork, tokens: LinkTokens, clock: Clock, email: str, link_id: UUID
) -> bool:
    """Make the link for the mail that is being sent; False when nobody is to get one.

    A mail that leaves late, because its server was away, still has its whole hour.
    """
    credential = await repository.find_credential(uow.session, email)
    if credential is None or credential.is_disabled:
        return False
    now = clock.now()
    link = MailLink(
        id=link_id,
        purpose=PURPOSE,
        user_id=credential.user_id,
        email=email,
        token_hash=tokens.hash_of(PURPOSE, link_id),
        created_at=now,
        expires_at=now + LIFETIME,
    )
    await links.add_link(uow.session, link)
    return True


async def reset_password(units: UnitsOfWork, authority: Authority, command: ResetPassword) -> None:
    """Give the person behind a link a new password; every session and access token ends.

    A password that is refused leaves the link as it was.

    Raises:
        LinkInvalid: The link is none, was used before, or has expired.
        Invalid: The password is no good.
    """
    token_hash = hash_token(command.token)
    about = await read_words_about(units, authority, token_hash)
    checks = Checks()
    await check_chosen_password(checks, authority, command.new_password, about, ("new_password",))
    checks.settle()
    password_hash = await authority.passwords.hash(command.new_password)
    async with units.begin() as uow:
        now = authority.clock.now()
        link = await links.use_link(uow.session, token_hash, PURPOSE, now)
        user = None
        if link is not None and link.user_id is not None:
            user = await people.lock_user(uow.session, link.user_id)
        if link is None or user is None or user.disabled_at is not None or user.email != link.email:
            raise LinkInvalid
        await enter_workspace(uow.session, None, user.id)
        user.password_hash, user.password_changed_at = password_hash, now
        await credentials.end_sessions(uow.session, user.id, now)
        await people.revoke_access_tokens(uow.session, user.id, now)
        await links.use_up_links(uow.session, user.id, now)
        author = Author(user.id, user.display_name)
        uow.audit(Entry("account.reset_password", author, Entity.of(user)))
        uow.raise_event(MailOwed(SYSTEM_WORKSPACE, "password_changed", user.email))


async def read_words_about(
    units: UnitsOfWork, authority: Authority, token_hash: bytes
) -> tuple[str, ...]:
    """Words about the person behind a link; asked first, so that no other token costs a hash.

    Raises:
        LinkInvalid: The link is none, was used before, or has expired.
    """
    async with units.database.session() as session:
        link = await links.find_link(session, token_hash, PURPOSE, authority.clock.now())
        user = None
        if link is not None and link.user_id is not None:
            user = await repository.find_user(session, link.user_id)
    if user is None:
        raise LinkInvalid
    return words_about(user.email, user.display_name)
