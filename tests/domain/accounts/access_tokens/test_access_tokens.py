"""Access tokens for scripts: shown once, at most what their owner may do, and for a while."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from domain.accounts.access_tokens import create, repository
from domain.accounts.access_tokens.create import (
    LONGEST_DAYS,
    CreateAccessToken,
    CreatedToken,
    create_access_token,
    make_token,
    revoke_access_token,
)
from domain.accounts.access_tokens.use import NOTED_EVERY, Script, use_access_token
from domain.accounts.credentials.hashing import hash_token
from domain.accounts.members.assign import SetMemberGroups, set_member_groups
from domain.accounts.members.remove import RemoveMember, remove_member
from domain.accounts.models import AccessToken, User
from domain.accounts.permissions import PERMISSIONS, SCRIPTS
from domain.accounts.workspaces.delete import DeleteWorkspace, delete_workspace
from domain.shared.actor import Via
from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from tests.domain.accounts.acting import Stage
from tests.factories.accounts import PASSWORD, SettableClock
from tests.factories.mails import Postbox
from tests.fixtures.database import Databases
from tests.fixtures.people import Member
from tests.support.rows import find_in_tables

pytestmark = pytest.mark.integration


async def make(stage: Stage, who: Member, *scopes: str, days: int = 30) -> CreatedToken:
    command = CreateAccessToken("deploy", scopes or ("mission.read",), days)
    return await stage.act(who, make_token, stage.authority.clock, command)


async def use(stage: Stage, token: str) -> Script | None:
    units = Postbox(stage.databases, stage.authority).units
    return await use_access_token(units, token, stage.authority.clock.now())


async def read_row(databases: Databases, made: CreatedToken) -> AccessToken:
    async with databases.app.session(made.row.workspace_id, made.row.user_id) as session:
        found = select(AccessToken).where(AccessToken.id == made.row.id)
        return (await session.scalars(found)).one()


async def test_a_token_acts_as_its_owner_in_one_workspace(stage: Stage):
    kim = await stage.founder()
    made = await make(stage, kim, "mission.read", "mission.run")
    script = await use(stage, made.token)
    assert script is not None
    actor = script.actor
    assert (actor.user_id, actor.workspace_id) == (kim.actor.user_id, kim.actor.workspace_id)
    assert actor.permissions == SCRIPTS | {"mission.read", "mission.run"}
    assert (actor.via, actor.session_id, actor.name) == (Via.ACCESS_TOKEN, made.row.id, "Kim")
    assert script.expires_at == stage.authority.clock.now() + timedelta(days=30)


async def test_only_a_hash_and_the_beginning_of_a_token_are_stored(
    stage: Stage, databases: Databases
):
    made = await make(stage, await stage.founder())
    assert made.token.startswith("mmp_")
    assert len(made.token) > 40
    assert await find_in_tables(databases, made.token, made.token.removeprefix("mmp_")) == []
    row = await read_row(databases, made)
    assert row.token_hash == hash_token(made.token)
    assert made.token.startswith(row.hint)
    assert len(row.hint) <= len("mmp_") + 4


async def test_its_owner_is_told_by_mail(stage: Stage):
    kim = await stage.founder()
    await make(stage, kim)
    letter = await Postbox(stage.databases, stage.authority).read_letter(
        kim.person.email, "access_token_created"
    )
    assert letter.values["name"] == "deploy"
    assert letter.link is None


@pytest.mark.parametrize("scope", sorted(PERMISSIONS))
async def test_no_scope_gives_what_its_owner_lacks_and_none_secures_the_account(
    stage: Stage, scope: str
):
    lu = await stage.colleague(await stage.founder(), "viewer")
    if scope in lu.actor.permissions and scope != "account.secure":
        script = await use(stage, (await make(stage, lu, scope)).token)
        assert script is not None
        assert script.actor.permissions == SCRIPTS | {scope}
        return
    with pytest.raises(Invalid) as refused:
        await make(stage, lu, scope)
    assert refused.value.field == ("scopes", "0")


@pytest.mark.parametrize(
    ("scopes", "days", "field"),
    [
        ((), 30, ("scopes",)),
        (("everything",), 30, ("scopes", "0")),
        (("mission.read", "\x00"), 30, ("scopes", "1")),
        (("mission.read",), 0, ("days",)),
        (("mission.read",), LONGEST_DAYS + 1, ("days",)),
    ],
)
async def test_what_is_wrong_is_said(stage: Stage, scopes, days, field):
    kim = await stage.founder()
    command = CreateAccessToken("deploy", scopes, days)
    with pytest.raises(Invalid) as refused:
        await stage.act(kim, make_token, stage.authority.clock, command)
    assert refused.value.field == field


@pytest.mark.parametrize("name", ["", " ", "a\r\nBcc: eve@evil.test", "x" * 201, "\ud800"])
async def test_a_name_is_one_line(stage: Stage, name: str):
    kim = await stage.founder()
    command = CreateAccessToken(name, ["mission.read"])
    with pytest.raises(Invalid) as refused:
        await stage.act(kim, make_token, stage.authority.clock, command)
    assert refused.value.field == ("name",)


async def test_a_token_expires(stage: Stage, clock: SettableClock):
    made = await make(stage, await stage.founder(), days=1)
    clock.pass_time(timedelta(days=1) - timedelta(seconds=1))
    assert await use(stage, made.token) is not None
    clock.pass_time(timedelta(seconds=1))
    assert await use(stage, made.token) is None


async def test_a_revoked_token_is_worth_nothing(stage: Stage, clock: SettableClock):
    kim = await stage.founder()
    made, other = await make(stage, kim), await make(stage, kim)
    for _ in range(2):
        await stage.act(kim, revoke_access_token, clock, made.row.id)
    assert await use(stage, made.token) is None
    assert await use(stage, other.token) is not None


async def test_nobody_revokes_somebody_else_s_token(stage: Stage, clock: SettableClock):
    kim = await stage.founder()
    made = await make(stage, kim)
    for other in (await stage.founder(), await stage.colleague(kim, "admin")):
        with pytest.raises(NotFound):
            await stage.act(other, revoke_access_token, clock, made.row.id)
    assert await use(stage, made.token) is not None


async def test_what_its_owner_may_do_no_longer_the_token_may_not_either(stage: Stage):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "editor")
    made = await make(stage, lu, "mission.read", "mission.edit")
    viewer = await stage.group(kim, "viewer")
    await stage.act(kim, set_member_groups, SetMemberGroups(lu.person.user_id, [viewer]))
    script = await use(stage, made.token)
    assert script is not None
    assert script.actor.permissions == SCRIPTS | {"mission.read"}


async def test_a_token_ends_with_the_membership(stage: Stage, clock: SettableClock):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "editor")
    made = await make(stage, lu)
    await stage.act(kim, remove_member, clock, RemoveMember(lu.person.user_id))
    assert await use(stage, made.token) is None


async def test_a_token_ends_with_its_workspace(stage: Stage, clock: SettableClock):
    kim = await stage.founder()
    made = await make(stage, kim)
    await stage.act(kim, delete_workspace, clock, DeleteWorkspace(kim.actor.workspace_id))
    assert await use(stage, made.token) is None


@pytest.mark.parametrize("column", ["disabled_at", "deleted_at"])
async def test_a_token_ends_with_its_owner(stage: Stage, clock: SettableClock, column: str):
    kim = await stage.founder()
    made = await make(stage, kim)
    async with Postbox(stage.databases, stage.authority).units.begin() as uow:
        ended = update(User).where(User.id == kim.person.user_id)
        await uow.session.execute(ended.values({column: clock.now()}))
    assert await use(stage, made.token) is None


@pytest.mark.parametrize("token", ["mmp_", "mmp_" + "A" * 43, "mmp_\x00", "mmp_\ud800", "mmp_é"])
async def test_a_token_that_nobody_made_is_nobody(stage: Stage, token: str):
    await make(stage, await stage.founder())
    assert await use(stage, token) is None


async def test_when_it_was_used_last_is_noted_to_the_minute(
    stage: Stage, databases: Databases, clock: SettableClock
):
    made = await make(stage, await stage.founder())
    assert (await read_row(databases, made)).last_used_at is None
    first = clock.now()
    await use(stage, made.token)
    clock.pass_time(NOTED_EVERY)
    await use(stage, made.token)
    assert (await read_row(databases, made)).last_used_at == first
    clock.pass_time(timedelta(seconds=1))
    await use(stage, made.token)
    assert (await read_row(databases, made)).last_used_at == clock.now()


async def test_a_stolen_session_makes_no_token_without_the_password(stage: Stage):
    kim = await stage.founder()
    units = Postbox(stage.databases, stage.authority).units
    command = CreateAccessToken("another", ["mission.read"])
    with pytest.raises(Invalid) as raised:
        await create_access_token(units, stage.authority, kim.actor, "a wrong password", command)
    assert raised.value.field == ("password",)
    assert await create_access_token(units, stage.authority, kim.actor, PASSWORD, command)


async def test_nobody_hoards_tokens(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(create, "MAX_TOKENS", 2)
    kim = await stage.founder()
    for _ in range(2):
        await make(stage, kim, "mission.read")
    with pytest.raises(Conflict, match="revoke one first"):
        await make(stage, kim, "mission.read")


async def test_a_script_makes_and_revokes_no_tokens(stage: Stage, clock: SettableClock):
    kim = await stage.founder()
    made = await make(stage, kim, *sorted(kim.actor.permissions - {"account.secure"}))
    script = await use(stage, made.token)
    assert script is not None
    units = Postbox(stage.databases, stage.authority).units
    command = CreateAccessToken("another", ["mission.read"])
    with pytest.raises(Forbidden):
        await create_access_token(units, stage.authority, script.actor, PASSWORD, command)
    async with units.begin(kim.actor.workspace_id, kim.actor.user_id) as uow:
        with pytest.raises(Forbidden):
            await revoke_access_token(uow, script.actor, clock, made.row.id)
    assert await use(stage, made.token) is not None


async def test_the_list_holds_living_tokens_of_the_workspace_the_newest_first(
    stage: Stage, databases: Databases, clock: SettableClock
):
    kim = await stage.founder()
    await make(stage, kim, days=1)
    revoked = await make(stage, kim)
    await stage.act(kim, revoke_access_token, clock, revoked.row.id)
    clock.pass_time(timedelta(days=2))
    older = await make(stage, kim)
    clock.pass_time(timedelta(seconds=1))
    newer = await make(stage, kim)
    await make(stage, await stage.founder())
    async with databases.app.session(kim.actor.workspace_id, kim.actor.user_id) as session:
        rows = await repository.read_tokens(
            session, kim.actor.user_id, kim.actor.workspace_id, clock.now()
        )
    assert [row.id for row in rows] == [newer.row.id, older.row.id]
