"""Another address: it is asked to confirm first, and the one before is told."""

from dataclasses import dataclass, field
from datetime import timedelta

from domain.accounts.attempts import counting
from domain.accounts.credentials.hashing import hash_token
from domain.accounts.errors import LinkInvalid
from domain.accounts.events import MailOwed
from domain.accounts.links import repository as links
from domain.accounts.models import MailLink
from domain.accounts.people import repository as people
from domain.accounts.people.prove import lock_proven, prove_password
from domain.accounts.permissions import SECURE
from domain.accounts.rules import check_email
from domain.accounts.sessions import Authority
from domain.shared.actor import Actor
from domain.shared.audit import Author, Entity, Entry, personal
from domain.shared.checks import Checks
from domain.shared.errors import Conflict
from domain.shared.ids import SYSTEM_WORKSPACE, new_id
from domain.shared.unit_of_work import UnitsOfWork

PURPOSE = "change_mail"
LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ChangeMail:
    """The address to be, and the password that proves who wants it."""

    new_email: str
    password: str = field(repr=False)


async def change_mail(
    units: UnitsOfWork, authority: Authority, actor: Actor, command: ChangeMail
) -> None:
    """Owe the new address a mail whose link makes it the actor's.

    Whether somebody else has the address shows only to whoever reads its mails.

    Raises:
        Forbidden: The actor is a script.
        Invalid: The password is wrong, or it is no address.
        TooMany: Too many wrong passwords, or mails for one address.
        Unauthenticated: The account was changed in between.
    """
    actor.require(SECURE)
    checks = Checks()
    email = check_email(checks, command.new_email, ("new_email",))
    checks.settle()
    user = await prove_password(units, authority, actor, command.password)
    async with (
        counting(authority.attempts, "reset", f"change {email}"),
        units.begin(actor.workspace_id, actor.user_id) as uow,
    ):
        user = await lock_proven(uow.session, user)
        now, link_id = authority.clock.now(), new_id()
        link = MailLink(
            id=link_id,
            purpose=PURPOSE,
            user_id=user.id,
            email=email,
            details={"before": user.email},
            token_hash=authority.links.hash_of(PURPOSE, link_id),
            created_at=now,
            expires_at=now + LIFETIME,
        )
        await links.add_link(uow.session, link)
        asked = {"email": email}
        entry = Entry("account.request_mail_change", actor, Entity.of(user), after=asked)
        uow.audit(personal(entry))
        uow.raise_event(MailOwed(SYSTEM_WORKSPACE, "change_mail", email, link_id))


async def confirm_mail(units: UnitsOfWork, authority: Authority, token: str) -> None:
    """Make the address behind a link the person's.

    Raises:
        LinkInvalid: The link is none, was used before, or has expired.
        Conflict: Somebody else has the address by now.
    """
    async with units.begin() as uow:
        now = authority.clock.now()
        link = await links.use_link(uow.session, hash_token(token), PURPOSE, now)
        user = None
        if link is not None and link.user_id is not None:
            user = await people.lock_user(uow.session, link.user_id)
        if link is None or user is None or user.email != link.details.get("before"):
            raise LinkInvalid
        if not await people.set_address(uow.session, user.id, link.email):
            raise Conflict("There is an account with this address already.")
        before = str(link.details["before"])
        author, after = Author(user.id, user.display_name), {"email": link.email}
        entity = Entity("Account", user.id, user.display_name)
        uow.audit(Entry("account.change_mail", author, entity, {"email": before}, after))
        told = MailOwed(SYSTEM_WORKSPACE, "mail_changed", before, values={"address": link.email})
        uow.raise_event(told)
