"""What a mail says at the moment it is sent: the state of the account counts, not its past."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from domain.accounts import repository
from domain.accounts.credentials.link_tokens import LinkTokens
from domain.accounts.invitations import repository as invitations
from domain.accounts.invitations.invite import PURPOSE as INVITATION
from domain.accounts.links import repository as links
from domain.accounts.people.reset_password import prepare_reset
from domain.executions.records import Claim
from domain.mail.plain import defuse
from domain.mail.rules import ADDRESSES, TEMPLATES, Template, make_link
from domain.shared.clock import Clock
from domain.shared.unit_of_work import UnitsOfWork


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that is ready to be put into words.

    Attributes:
        template: Names the words.
        link: Where its link leads; None where it has none.
        values: What the words are filled with; nothing of it is an address that can be opened.
    """

    id: UUID
    to: str
    template: str
    subject: str
    link: str | None
    values: dict[str, str]


async def is_useful(
    units: UnitsOfWork, tokens: LinkTokens, clock: Clock, about: Template, link_id: UUID
) -> bool:
    """Whether the link of a mail can be used at this moment: it may have waited for its server."""
    if about.purpose is None:
        return True
    token_hash, now = tokens.hash_of(about.purpose, link_id), clock.now()
    async with units.database.session() as session:
        if about.purpose == INVITATION:
            return await invitations.is_open(session, token_hash, now)
        return await links.is_in_time(session, token_hash, now)


async def compose(
    units: UnitsOfWork, tokens: LinkTokens, clock: Clock, base: str, claim: Claim
) -> Letter | None:
    """The letter of an execution, or None when nobody is to get one.

    Whether an address has an account is found out here and not when the mail is asked for, so that
    whoever asks learns nothing from the answer or from the time it takes.
    """
    asked = claim.input
    template, to = str(asked["template"]), str(asked["to"])
    link_id = claim.subject_id
    if template == "register":
        async with units.database.session() as session:
            if await repository.find_credential(session, to) is not None:
                template, link_id = "account_exists", None
    if template == "reset":
        link_id = claim.id
        async with units.begin() as uow:
            if not await prepare_reset(uow, tokens, clock, to, link_id):
                return None
    about = TEMPLATES[template]
    if link_id is not None and not await is_useful(units, tokens, clock, about, link_id):
        return None
    values = {
        name: str(value) if name in ADDRESSES else defuse(str(value))
        for name, value in cast("dict[str, object]", asked["values"]).items()
    }
    link = None
    if about.purpose is not None and about.page is not None and link_id is not None:
        link = make_link(base, about.page, tokens.token_of(about.purpose, link_id))
    subject = about.subject.format_map(values)
    return Letter(claim.id, to, template, subject, link, values)
