"""Make an account: what was asked for waits until the address is confirmed.

Whether the address has an account already shows neither in the answer nor in the time it takes:
the same rows are written for both, and the mail that is sent says which it is.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from domain.accounts import repository
from domain.accounts.attempts import counting
from domain.accounts.credentials.hashing import hash_token
from domain.accounts.errors import LinkInvalid
from domain.accounts.events import MailOwed
from domain.accounts.invitations.accept import accept, find_invitation
from domain.accounts.links import repository as links
from domain.accounts.models import MailLink, User
from domain.accounts.people.choose_password import check_chosen_password, words_about
from domain.accounts.people.terms import accept_terms_of
from domain.accounts.rules import check_email, storable_password
from domain.accounts.sessions import Authority
from domain.accounts.workspaces.found import found_own_workspace
from domain.shared.audit import NOBODY, Author, Entity, Entry
from domain.shared.checks import Checks
from domain.shared.errors import Conflict, Forbidden, Invalid
from domain.shared.ids import SYSTEM_WORKSPACE, new_id
from domain.shared.origin import NOWHERE, Origin
from domain.shared.unit_of_work import UnitsOfWork

PURPOSE = "register"
LIFETIME = timedelta(hours=24)
Mode = Literal["open", "invite_only", "closed"]


@dataclass(frozen=True, slots=True)
class RegistrationRules:
    """What the installation asks of new people."""

    mode: Mode
    terms_version: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """Who wants an account.

    Attributes:
        accepted_terms: Version of the terms that was shown and accepted, if there are terms.
        invitation: Token of an invitation that was sent to this very address, if there is one.

    """

    email: str
    password: str = field(repr=False)
    display_name: str
    accepted_terms: str | None = None
    invitation: str | None = field(default=None, repr=False)

    origin: Origin = NOWHERE


async def register(
    units: UnitsOfWork, authority: Authority, rules: RegistrationRules, command: Register
) -> None:
    """Owe the address a mail whose link makes the account, within 24 hours.

    Who brings the token of an invitation has read a mail to that address already, so that the
    account is made at once.

    Raises:
        Forbidden: The installation takes no new people, or only those who were invited.
        Invalid: Something about the command is wrong; says everything that is.
        Conflict: Somebody who was invited has an account already.
        TooMany: There were too many from there, or for the address.
        Unavailable: A store is away, or too many people choose passwords at this moment.
    """
    if rules.mode == "closed":
        raise Forbidden("This installation takes nobody new.")
    if rules.mode == "invite_only" and command.invitation is None:
        raise Forbidden("This installation takes only people who were invited.")
    async with counting(authority.attempts, "register", command.origin.address):
        checked = await check_registration(authority, rules, command)
        if command.invitation is not None:
            password_hash = await authority.passwords.hash(checked.password)
            await join(units, authority, rules, checked, password_hash)
            return
        async with counting(authority.attempts, "register_for", checked.email):
            password_hash = await authority.passwords.hash(checked.password)
            await owe_link(units, authority, rules, checked, password_hash)


async def owe_link(
    units: UnitsOfWork,
    authority: Authority,
    rules: RegistrationRules,
    command: Register,
    password_hash: str,
) -> None:
    """Keep what was asked for, and owe the address the mail that confirms it."""
    now, link_id = authority.clock.now(), new_id()
    async with units.begin() as uow:
        link = MailLink(
            id=link_id,
            purpose=PURPOSE,
            email=command.email,
            details={
                "display_name": command.display_name,
                "password_hash": password_hash,
                "terms_version": rules.terms_version or None,
            },
            token_hash=authority.links.hash_of(PURPOSE, link_id),
            created_at=now,
            expires_at=now + LIFETIME,
        )
        await links.add_link(uow.session, link)
        uow.audit(Entry("account.register", NOBODY, Entity("MailLink", link_id, command.email)))
        uow.raise_event(MailOwed(SYSTEM_WORKSPACE, "register", command.email, link_id))


async def join(
    units: UnitsOfWork,
    authority: Authority,
    rules: RegistrationRules,
    command: Register,
    password_hash: str,
) -> None:
    """Make the account of somebody who was invited, as a member of the workspace.

    Raises:
        Invalid: The invitation is none, is over, or was sent to another address.
        Conflict: The address has an account, or the sender may not give what was promised.
    """
    now, user_id = authority.clock.now(), new_id()
    async with units.begin(user_id=user_id) as uow:
        found = hash_token(command.invitation or "")
        invitation = await find_invitation(uow.session, found, clock=authority.clock)
        if invitation is None or invitation.email != command.email:
            told = "This invitation is over, or was sent to another address."
            raise Invalid(told, field=("invitation",))
        user = User(
            id=user_id,
            email=command.email,
            display_name=command.display_name,
            password_hash=password_hash,
            password_changed_at=now,
        )
        if not await repository.add_user(uow.session, user):
            raise Conflict("There is an account with this address already. Sign in.")
        await accept_terms_of(uow, user_id, rules.terms_version, now)
        await accept(uow, invitation, user_id, clock=authority.clock)
        author = Author(user_id, user.display_name)
        entity, workspace_id = Entity.of(invitation), invitation.workspace_id
        uow.audit(Entry("account.create", author, Entity.of(user)))
        uow.audit(Entry("invitation.accept", author, entity, workspace_id=workspace_id))
        uow.raise_event(welcome(user))


async def check_registration(
    authority: Authority, rules: RegistrationRules, command: Register
) -> Register:
    """The command in the form that is stored.

    Raises:
        Invalid: Something about it is wrong; says everything that is.
    """
    checks = Checks()
    email = check_email(checks, command.email, ("email",))
    name = checks.name(command.display_name, ("display_name",))
    about = words_about(email, name)
    await check_chosen_password(checks, authority, command.password, about, ("password",))
    if rules.terms_version and command.accepted_terms != rules.terms_version:
        told = f"Accept the terms of version {rules.terms_version} first."
        checks.refuse(("accepted_terms",), told)
    checks.settle()
    return replace(command, email=email, display_name=name)


async def verify_mail(units: UnitsOfWork, authority: Authority, token: str, password: str) -> UUID:
    """Make the account that was asked for, with a workspace of its own; return who it is.

    The password has to be entered again: whoever reads the mails of an address that somebody else
    registered makes no account that the other one has the password of.

    Raises:
        LinkInvalid: The link is none, was used before, or has expired.
        Invalid: It is not the password that was chosen; the link stays as it was.
        TooMany: Too many wrong ones.
        Conflict: The address has an account by now.
    """
    await prove_choice(units, authority, token, password)
    user_id = new_id()
    async with units.begin() as uow:
        now = authority.clock.now()
        link = await links.use_link(uow.session, hash_token(token), PURPOSE, now)
        if link is None:
            raise LinkInvalid
        user, accepted = make_user(user_id, link, now), link.details.get("terms_version")
        link.details = {}
        if not await repository.add_user(uow.session, user):
            raise Conflict("There is an account with this address already. Sign in.")
        await accept_terms_of(uow, user_id, accepted, link.created_at)
        author, name = Author(user_id, user.display_name), f"{user.display_name}'s workspace"
        workspace_id = await found_own_workspace(uow, user_id, name)
        entity = Entity("Workspace", workspace_id, name)
        uow.audit(Entry("account.create", author, Entity.of(user)))
        uow.audit(Entry("workspace.create", author, entity, workspace_id=workspace_id))
        uow.raise_event(welcome(user))
    return user_id


async def prove_choice(units: UnitsOfWork, authority: Authority, token: str, password: str) -> None:
    """Raise unless the password is the one that was chosen when the account was asked for.

    The link keeps its choice until it is used, so that what is proven here holds then too.
    """
    async with units.database.session() as session:
        now = authority.clock.now()
        link = await links.find_link(session, hash_token(token), PURPOSE, now)
    if link is None:
        raise LinkInvalid
    chosen = str(link.details["password_hash"])
    async with counting(authority.attempts, "otp", f"register {link.id}") as begun:
        if not await authority.passwords.verify(chosen, storable_password(password)):
            raise Invalid("This is not the password that was chosen.", field=("password",))
        await authority.attempts.withdraw(begun)


def welcome(user: User) -> MailOwed:
    """What a new person is told."""
    return MailOwed(SYSTEM_WORKSPACE, "welcome", user.email, values={"name": user.display_name})


def make_user(user_id: UUID, link: MailLink, now: datetime) -> User:
    """The person that a confirmed registration describes."""
    return User(
        id=user_id,
        email=link.email,
        display_name=str(link.details["display_name"]),
        password_hash=str(link.details["password_hash"]),
        password_changed_at=now,
    )
