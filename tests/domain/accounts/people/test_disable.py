"""An operator keeps somebody out at once, and lets him in again with nothing of before."""

from uuid import UUID

import pytest

from domain.accounts.access_tokens.create import CreateAccessToken, make_token
from domain.accounts.access_tokens.use import use_access_token
from domain.accounts.people.disable import disable_account, enable_account
from domain.accounts.people.reset_password import RequestReset, request_reset
from domain.audit.repository import AuditFilter, list_entries
from domain.shared.errors import Conflict, NotFound
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.paging import PageRequest
from tests.domain.accounts.people.someone import House, outcome_of
from tests.fixtures.people import Member

pytestmark = pytest.mark.integration


async def disable(house: House, email: str) -> int:
    async with house.units.begin() as uow:
        return await disable_account(uow, house.authority.clock, email)


async def enable(house: House, email: str) -> None:
    async with house.units.begin() as uow:
        await enable_account(uow, house.authority.clock, email)


async def told(
    house: House, who: Member, workspace_id: UUID
) -> list[tuple[str | None, str | None]]:
    about = AuditFilter(entity_id=who.actor.user_id)
    async with house.databases.app.session(workspace_id) as session:
        page = await list_entries(workspace_id, about, PageRequest(10)).read_whole(session)
    return [(entry.action, entry.actor_name) for entry in page.rows[-2:]]


async def test_whoever_is_disabled_is_out_and_comes_back_with_a_new_sign_in_only(house: House):
    kim, lu = await house.member(), await house.member()
    email, now = kim.person.email, house.authority.clock.now()
    async with house.units.begin(kim.actor.workspace_id, kim.actor.user_id) as uow:
        command = CreateAccessToken("deploy", ["mission.read"])
        script = await make_token(uow, kim.actor, house.authority.clock, command)
    assert await disable(house, email.upper()) == 1
    assert await outcome_of(house.sign_in(email)) == "WrongCredentials"
    await request_reset(house.units, house.authority, RequestReset(email))
    assert await house.postbox.list_templates(email) == ["access_token_created"]
    await enable(house, email)
    assert not await house.stands(kim.signed_in)
    assert await use_access_token(house.units, script.token, now) is None
    assert await house.stands(await house.sign_in(email))
    assert await house.stands(lu.signed_in)


async def test_both_are_told_to_the_installation_and_to_the_workspaces_of_the_person(house: House):
    kim = await house.member()
    await disable(house, kim.person.email)
    await enable(house, kim.person.email)
    expected = [("account.disable", "command line"), ("account.enable", "command line")]
    for workspace_id in (kim.actor.workspace_id, SYSTEM_WORKSPACE):
        assert await told(house, kim, workspace_id) == expected


async def test_what_there_is_not_to_do_is_refused(house: House):
    kim = await house.member()
    with pytest.raises(Conflict, match="is not disabled"):
        await enable(house, kim.person.email)
    await disable(house, kim.person.email)
    with pytest.raises(Conflict, match="is disabled already"):
        await disable(house, kim.person.email)
    with pytest.raises(NotFound, match=r"nobody@a\.test"):
        await disable(house, "nobody@a.test")
