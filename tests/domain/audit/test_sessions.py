"""Sign-ins are told, and what is refused is told although nothing else is kept."""

from collections.abc import Sequence

import orjson
import pytest
from sqlalchemy import select

from domain.accounts.errors import SessionEnded, WrongCredentials
from domain.accounts.login import Login, login
from domain.accounts.refresh import RefreshSession, refresh
from domain.accounts.sessions import Authority
from domain.audit.models import AuditEntry
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.origin import Origin
from tests.factories.accounts import Person, make_admin, units_of
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration

ORIGIN = Origin.of("Firefox", "192.0.2.7", "req-1")


@pytest.fixture
async def kim(databases: Databases, authority: Authority) -> Person:
    """Somebody who can sign in."""
    return await make_admin(databases.app, authority)


async def read_log(databases: Databases, workspace_id: object) -> Sequence[dict[str, object]]:
    async with databases.app.session(workspace_id) as session:
        records = await session.scalars(select(AuditEntry.record).order_by(AuditEntry.seq))
        return [orjson.loads(record) for record in records]


async def test_the_first_administrator_is_told_with_the_workspace(
    databases: Databases, kim: Person
):
    [made] = await read_log(databases, kim.workspace_id)
    [person] = await read_log(databases, SYSTEM_WORKSPACE)
    assert (made["action"], made["via"]) == ("workspace.create", "command_line")
    assert (person["action"], person["via"]) == ("account.create", "command_line")
    assert (made["entity_id"], person["entity_id"]) == (str(kim.workspace_id), str(kim.user_id))


async def test_a_sign_in_is_told_with_its_name_and_place(
    databases: Databases, authority: Authority, kim: Person
):
    command = Login(kim.email, kim.password, origin=ORIGIN)
    begun = await login(units_of(databases.app), authority, command)
    told = (await read_log(databases, kim.workspace_id))[-1]
    assert told == {
        "action": "session.begin",
        "actor_id": str(kim.user_id),
        "actor_name": "Kim",
        "via": "session",
        "session_id": str(begun.session_id),
        "entity_type": "Session",
        "entity_id": str(begun.session_id),
        "address": "192.0.2.7",
        "device": "Firefox",
        "request_id": "req-1",
    }


@pytest.mark.parametrize("is_known", [True, False])
async def test_case_36_a_refused_sign_in_is_told_the_same_for_known_and_unknown_accounts(
    databases: Databases, authority: Authority, kim: Person, is_known: bool
):
    email = kim.email if is_known else "nobody@a.test"
    with pytest.raises(WrongCredentials):
        await login(units_of(databases.app), authority, Login(email, "wrong", origin=ORIGIN))
    told = (await read_log(databases, SYSTEM_WORKSPACE))[-1]
    assert told == {
        "action": "session.refuse",
        "via": "request",
        "entity_type": "Account",
        "entity_label": email,
        "address": "192.0.2.7",
        "device": "Firefox",
        "request_id": "req-1",
    }


async def test_a_password_in_the_field_of_the_address_is_not_kept(
    databases: Databases, authority: Authority
):
    with pytest.raises(WrongCredentials):
        await login(units_of(databases.app), authority, Login("my long password", "x"))
    [told] = await read_log(databases, SYSTEM_WORKSPACE)
    assert "entity_label" not in told


async def test_case_33_the_reuse_of_a_refresh_token_is_told_though_it_is_refused(
    databases: Databases, authority: Authority, kim: Person
):
    units = units_of(databases.app)
    begun = await login(units, authority, kim.login)
    await refresh(units, authority, RefreshSession(begun.refresh_token))
    with pytest.raises(SessionEnded):
        await refresh(units, authority, RefreshSession(begun.refresh_token, ORIGIN))
    told = (await read_log(databases, kim.workspace_id))[-1]
    assert (told["action"], told["entity_id"]) == ("session.reuse", str(begun.session_id))
    assert told["after"] == {"user_id": str(kim.user_id)}
    assert told["address"] == "192.0.2.7"
