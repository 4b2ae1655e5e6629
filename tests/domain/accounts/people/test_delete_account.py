"""Deleting one's account: nothing tells who it was, and nothing of others is lost."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from domain.accounts.access_tokens.create import CreateAccessToken, make_token
from domain.accounts.access_tokens.use import use_access_token
from domain.accounts.errors import SessionEnded
from domain.accounts.invitations.accept import AcceptInvitation, accept_invitation
from domain.accounts.invitations.invite import InviteMember, invite_member
from domain.accounts.models import AccessToken, MailLink, RecoveryCode, UserSession, Workspace
from domain.accounts.people.delete_account import DeleteAccount, delete_account
from domain.accounts.people.reset_password import RequestReset, request_reset
from domain.accounts.people.update import update_account
from domain.accounts.refresh import RefreshSession, refresh
from domain.accounts.workspaces.transfer import TransferWorkspace, transfer_workspace
from domain.executions.claim import claim_due
from domain.executions.finish import finish_attempt
from domain.executions.models import Execution
from domain.executions.records import AttemptEnd
from domain.executions.request import NewExecution, request_execution
from domain.executions.states import AttemptOutcome, Status
from domain.mail.forget import KEPT, forget_mails
from domain.shared.errors import Conflict, Forbidden, Invalid
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitsOfWork
from tests.domain.accounts.acting import Stage
from tests.domain.accounts.people.someone import House, outcome_of
from tests.factories.accounts import PASSWORD, SettableClock
from tests.fixtures.people import Member
from tests.support.rows import as_owner

pytestmark = pytest.mark.integration

NAME = "Zebulon Quux"


async def delete(house: House, who: Member, password: str = PASSWORD) -> None:
    await delete_account(house.units, house.authority, who.actor, DeleteAccount(password))


async def send_all(house: House) -> None:
    """Let every mail that is owed be sent, as the engine does."""
    units = UnitsOfWork(house.databases.engine, SilentOutlet())
    async with units.begin() as uow:
        due = await claim_due(uow, queue="default", worker="w1", lease_seconds=15, limit=100)
    for claim in due:
        async with units.begin() as uow:
            await finish_attempt(uow, claim, AttemptEnd(AttemptOutcome.SUCCEEDED))


async def join(house: House, stage: Stage, host: Member, guest: Member) -> None:
    """Let a guest accept an invitation into the host's workspace."""
    ids = [await stage.group(host, "editor")]
    command = InviteMember(guest.person.email, ids)
    row = await stage.act(host, invite_member, house.authority, command)
    token = house.authority.links.token_of("invitation", row.id)
    await stage.act(guest, accept_invitation, house.authority.clock, AcceptInvitation(token))


async def test_nothing_can_be_done_with_the_account_any_more(house: House):
    kim = await house.member()
    async with house.units.begin(kim.actor.workspace_id, kim.actor.user_id) as uow:
        command = CreateAccessToken("deploy", ["mission.read"])
        script = await make_token(uow, kim.actor, house.authority.clock, command)
    await delete(house, kim)
    assert await outcome_of(house.sign_in(kim.person.email)) == "WrongCredentials"
    assert not await house.stands(kim.signed_in)
    with pytest.raises(SessionEnded):
        await refresh(house.units, house.authority, RefreshSession(kim.signed_in.refresh_token))
    now = house.authority.clock.now()
    assert await use_access_token(house.units, script.token, now) is None
    async with as_owner(house.databases) as session:
        for kind in (AccessToken, MailLink, RecoveryCode, UserSession):
            mine = select(func.count()).select_from(kind).where(kind.user_id == kim.person.user_id)
            assert await session.scalar(mine) == 0


async def test_its_owner_is_told_by_a_last_mail(house: House):
    kim = await house.member()
    await delete(house, kim)
    assert await house.postbox.list_templates(kim.person.email) == ["account_deleted"]


async def test_nothing_but_the_audit_log_tells_who_it_was(
    house: House, stage: Stage, clock: SettableClock
):
    """The log cannot be rewritten, which is its purpose; see docs/decisions."""
    host, kim = await house.member(), await house.member()
    await stage.act(kim, update_account, NAME)
    await house.register(kim.person.email, display_name=NAME)
    await request_reset(house.units, house.authority, RequestReset(kim.person.email))
    await house.postbox.read_token(kim.person.email, "reset")
    await join(house, stage, host, kim)
    await send_all(house)
    assert await house.find_in_tables(kim.person.email) == [
        *("audit_entries", "executions", "invitations", "mail_links", "users")
    ]
    await delete(house, kim)
    await send_all(house)
    clock.pass_time(KEPT + timedelta(minutes=1))
    async with house.units.begin() as uow:
        assert await forget_mails(uow, clock=clock) > 0
    left = await house.find_in_tables(kim.person.email, NAME, kim.person.email.partition("@")[0])
    assert left == ["audit_entries"]
    row = await house.read_user(kim.person.user_id)
    assert (row.display_name, row.password_hash, row.totp_secret) == ("Deleted person", "", None)


async def test_history_stays_and_still_says_that_it_was_one_and_the_same_person(
    house: House, stage: Stage
):
    host = await house.member()
    kim = await house.member("editor", of=host)
    new = NewExecution(kind="probe", title="Probe", queue="default")
    run = await stage.act(kim, request_execution, new)
    await delete(house, kim)
    async with house.databases.app.session(host.actor.workspace_id) as session:
        kept = (await session.scalars(select(Execution).where(Execution.id == run.id))).one()
    assert kept.created_by == kim.person.user_id
    assert (await house.read_user(kept.created_by)).display_name == "Deleted person"


async def test_the_address_is_free_again(house: House):
    kim = await house.member()
    await delete(house, kim)
    newcomer = await house.newcomer(kim.person.email)
    assert newcomer != kim.person.user_id
    assert (await house.sign_in(kim.person.email)).user_id == newcomer


async def test_the_owner_of_a_workspace_that_others_belong_to_is_refused(house: House):
    kim = await house.member()
    await house.member("viewer", of=kim)
    with pytest.raises(Conflict, match="transfer it first"):
        await delete(house, kim)
    await house.sign_in(kim.person.email)
    assert await house.stands(kim.signed_in)


async def test_whoever_has_transferred_it_may_go(house: House, stage: Stage):
    kim = await house.member()
    lu = await house.member("admin", of=kim)
    target = TransferWorkspace(kim.actor.workspace_id, lu.person.user_id)
    await stage.act(kim, transfer_workspace, target)
    await delete(house, kim)
    assert await house.stands(lu.signed_in)
    assert await stage.permissions_of(kim) is None


async def test_the_last_who_manages_the_members_of_a_workspace_is_refused(
    house: House, stage: Stage
):
    kim = await house.member()
    lu = await house.member("viewer", of=kim)
    target = TransferWorkspace(kim.actor.workspace_id, lu.person.user_id)
    await stage.act(kim, transfer_workspace, target)
    with pytest.raises(Conflict, match="Nobody would be left"):
        await delete(house, kim)
    assert await house.stands(kim.signed_in)


async def test_a_workspace_of_nobody_else_ends_with_its_owner(house: House, stage: Stage):
    kim = await house.member()
    new = NewExecution(kind="probe", title="Probe", queue="default")
    run = await stage.act(kim, request_execution, new)
    await delete(house, kim)
    async with house.databases.app.session(kim.actor.workspace_id) as session:
        workspace = (await session.scalars(select(Workspace))).one()
        status = await session.scalar(select(Execution.status).where(Execution.id == run.id))
    assert workspace.deleted_at is not None
    assert status == Status.CANCELED


async def test_others_keep_what_is_theirs(house: House, stage: Stage):
    host, stranger = await house.member(), await house.member()
    kim = await house.member("editor", of=host)
    await delete(house, kim)
    for other in (host, stranger):
        assert await house.stands(other.signed_in)
        assert "mission.read" in (await stage.permissions_of(other) or ())


@pytest.mark.parametrize("wrong", ["", "wrong horse battery staple"])
async def test_whoever_does_not_know_the_password_deletes_nothing(house: House, wrong: str):
    kim = await house.member()
    with pytest.raises(Invalid) as refused:
        await delete(house, kim, wrong)
    assert refused.value.field == ("password",)
    await house.sign_in(kim.person.email)


async def test_a_script_deletes_no_account(house: House):
    kim = await house.member()
    async with house.units.begin(kim.actor.workspace_id, kim.actor.user_id) as uow:
        command = CreateAccessToken("deploy", sorted(kim.actor.permissions - {"account.secure"}))
        made = await make_token(uow, kim.actor, house.authority.clock, command)
    script = await use_access_token(house.units, made.token, house.authority.clock.now())
    assert script is not None
    with pytest.raises(Forbidden):
        await delete_account(house.units, house.authority, script.actor, DeleteAccount(PASSWORD))
