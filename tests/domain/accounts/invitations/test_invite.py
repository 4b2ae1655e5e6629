"""Sending invitations, sending them again, and taking them back."""

from dataclasses import replace
from datetime import timedelta
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy import select, text

from domain.accounts.attempts import Begun, Kind
from domain.accounts.groups.create import CreateGroup, create_group
from domain.accounts.invitations.invite import (
    LIFETIME,
    MAX_SENDS,
    PURPOSE,
    InviteMember,
    ResendInvitation,
    RevokeInvitation,
    invite_member,
    resend_invitation,
    revoke_invitation,
)
from domain.accounts.models import Invitation
from domain.executions.models import Execution
from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from domain.shared.ids import SYSTEM_WORKSPACE, new_id
from tests.domain.accounts.acting import Stage
from tests.factories.accounts import SettableClock, Unlimited
from tests.fixtures.people import Member

pytestmark = pytest.mark.integration

EMAIL = "new@example.test"


async def invite(stage: Stage, by: Member, *groups: str, email: str = EMAIL) -> Invitation:
    ids = [await stage.group(by, name) for name in groups]
    return await stage.act(by, invite_member, stage.authority, InviteMember(email, ids))


async def resend(stage: Stage, by: Member, invitation_id: UUID) -> Invitation:
    return await stage.act(by, resend_invitation, stage.authority, ResendInvitation(invitation_id))


async def revoke(stage: Stage, by: Member, invitation_id: UUID) -> Invitation:
    command = RevokeInvitation(invitation_id)
    return await stage.act(by, revoke_invitation, stage.authority.clock, command)


async def read_mails(stage: Stage) -> list[dict]:
    async with stage.databases.app.session(SYSTEM_WORKSPACE) as session:
        mails = select(Execution).where(Execution.kind == "mail").order_by(Execution.id)
        return [{"link": mail.subject_id, **mail.input} for mail in await session.scalars(mails)]


async def test_an_invitation_is_sent_by_mail_and_is_good_for_seven_days(
    stage: Stage, clock: SettableClock
):
    kim = await stage.founder()
    invitation = await invite(stage, kim, "viewer", email=" New@Example.test ")
    assert (invitation.email, invitation.sends) == (EMAIL, 1)
    assert invitation.expires_at == clock.now() + timedelta(days=7)
    (mail,) = await read_mails(stage)
    assert (mail["to"], mail["template"], mail["link"]) == (EMAIL, "invitation", invitation.id)
    assert mail["values"]["inviter"] == "Kim"
    assert mail["values"]["workspace"].startswith("team-")


async def test_case_37_only_the_hash_of_an_invitations_token_is_stored(stage: Stage):
    kim = await stage.founder()
    invitation = await invite(stage, kim)
    token = stage.authority.links.token_of(PURPOSE, invitation.id)
    async with stage.databases.app.session(kim.actor.workspace_id) as session:
        row = await session.scalar(text("SELECT invitations::text FROM invitations"))
    for mail in await read_mails(stage):
        assert token not in str(mail)
    assert token not in row
    assert stage.authority.links.hash_of(PURPOSE, invitation.id).hex() in row


async def test_case_40_nobody_invites_into_a_group_that_holds_more_than_he_does(stage: Stage):
    kim = await stage.founder()
    await stage.act(kim, create_group, CreateGroup("clerks", ["member.invite"]))
    clerk = await stage.colleague(kim, "clerks")
    for group in ("admin", "viewer"):
        with pytest.raises(Forbidden, match="does not hold"):
            await invite(stage, clerk, group)
    assert await read_mails(stage) == []
    assert (await invite(stage, clerk, "clerks")).email == EMAIL


async def test_case_40_nobody_sends_again_what_he_could_not_send(stage: Stage):
    kim = await stage.founder()
    await stage.act(kim, create_group, CreateGroup("clerks", ["member.invite"]))
    clerk = await stage.colleague(kim, "clerks")
    invitation = await invite(stage, kim, "admin")
    with pytest.raises(Forbidden, match="does not hold"):
        await resend(stage, clerk, invitation.id)


async def test_an_address_is_invited_once_at_a_time(stage: Stage, clock: SettableClock):
    kim = await stage.founder()
    first = await invite(stage, kim)
    with pytest.raises(Conflict, match="invited already"):
        await invite(stage, kim)
    clock.pass_time(LIFETIME)
    assert (await invite(stage, kim)).id != first.id
    with pytest.raises(NotFound):
        await resend(stage, kim, first.id)


async def test_whoever_belongs_here_is_not_invited(stage: Stage):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "viewer")
    with pytest.raises(Conflict, match="belongs here"):
        await invite(stage, kim, email=lu.person.email.upper())


async def test_sending_again_makes_it_last_longer_and_has_an_end(
    stage: Stage, clock: SettableClock
):
    kim = await stage.founder()
    invitation = await invite(stage, kim)
    clock.pass_time(timedelta(days=20))
    again = await resend(stage, kim, invitation.id)
    assert (again.sends, again.expires_at) == (2, clock.now() + LIFETIME)
    for _ in range(MAX_SENDS - 2):
        await resend(stage, kim, invitation.id)
    with pytest.raises(Conflict, match="at most"):
        await resend(stage, kim, invitation.id)
    assert len(await read_mails(stage)) == MAX_SENDS


async def test_what_was_taken_back_cannot_be_sent_again(stage: Stage):
    kim = await stage.founder()
    invitation = await invite(stage, kim)
    await revoke(stage, kim, invitation.id)
    for again in (resend, revoke):
        with pytest.raises(NotFound):
            await again(stage, kim, invitation.id)
    await invite(stage, kim)


@pytest.mark.parametrize("email", ["", "kim", "kim@", "a@b\r\nBcc: c@d", "a b@example.test"])
async def test_what_is_no_address_is_not_invited(stage: Stage, email: str):
    kim = await stage.founder()
    with pytest.raises(Invalid) as refused:
        await invite(stage, kim, email=email)
    assert refused.value.field == ("email",)


async def test_invitations_need_their_permission(stage: Stage):
    kim = await stage.founder()
    ed = await stage.colleague(kim, "editor")
    invitation = await invite(stage, kim)
    for refused in (
        invite(stage, ed, email="other@example.test"),
        resend(stage, ed, invitation.id),
        revoke(stage, ed, invitation.id),
    ):
        with pytest.raises(Forbidden, match=r"member\.invite"):
            await refused


async def test_case_17_invitations_of_elsewhere_are_not_there(stage: Stage):
    kim, other = await stage.founder(), await stage.founder()
    theirs = (await invite(stage, other)).id
    for invitation_id in (theirs, new_id()):
        for again in (resend, revoke):
            with pytest.raises(NotFound, match=r"^The invitation was not found\.$"):
                await again(stage, kim, invitation_id)
    command = InviteMember(EMAIL, [await stage.group(other, "viewer")])
    with pytest.raises(NotFound, match=r"^The group was not found\.$"):
        await stage.act(kim, invite_member, stage.authority, command)


class Spent(Unlimited):
    """Nothing is left of one kind of attempt, for one key."""

    def __init__(self, kind: Kind, key: str) -> None:
        self._spent = (kind, key)

    async def throttle(self, kind: Kind, key: str) -> Begun:
        if (kind, key) == self._spent:
            raise TooMany(60)
        return Begun()


@pytest.mark.parametrize("kind", ["invite", "invite_by", "invite_for"])
async def test_too_many_of_a_workspace_a_person_or_for_an_address_are_sent_no_more(
    stage: Stage, kind: Kind
):
    kim = await stage.founder()
    sent = await invite(stage, kim)
    workspace, person = str(kim.actor.workspace_id), str(kim.actor.user_id)
    keys: dict[Kind, str] = {"invite": workspace, "invite_by": person, "invite_for": sent.email}
    spent = replace(stage.authority, attempts=Spent(kind, keys[kind]))
    with pytest.raises(TooMany):
        await stage.act(kim, invite_member, spent, InviteMember(sent.email, []))
    with pytest.raises(TooMany):
        await stage.act(kim, resend_invitation, spent, ResendInvitation(sent.id))
    assert len(await read_mails(stage)) == 1


class Ledger(Unlimited):
    """Notes what is counted and not taken back."""

    def __init__(self) -> None:
        self.counted: list[Kind] = []

    async def throttle(self, kind: Kind, key: str) -> Begun:
        self.counted.append(kind)
        return Begun(forgiven=kind)

    async def withdraw(self, begun: Begun) -> None:
        self.counted.remove(cast("Kind", begun.forgiven))


async def test_an_invitation_that_is_refused_uses_up_nothing_of_its_address(stage: Stage):
    kim = await stage.founder()
    ledger = Ledger()
    noted = replace(stage.authority, attempts=ledger)
    command = InviteMember(EMAIL, [])
    await stage.act(kim, invite_member, noted, command)
    assert sorted(ledger.counted) == ["invite", "invite_by", "invite_for"]
    with pytest.raises(Conflict, match="invited already"):
        await stage.act(kim, invite_member, noted, command)
    with pytest.raises(NotFound, match="The group"):
        await stage.act(kim, invite_member, noted, InviteMember("lu@example.test", [new_id()]))
    assert sorted(ledger.counted) == ["invite", "invite_by", "invite_for"]
