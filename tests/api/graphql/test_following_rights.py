"""Following together, each sees what he may see, and only as long as he may."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from sqlalchemy import delete
from websockets.asyncio.client import ClientConnection

from api.app import Parts
from api.graphql.bounds import Bounds
from domain.accounts.end_sessions import end_session
from domain.accounts.groups import repository as groups
from domain.accounts.members.remove import end_membership
from domain.accounts.models import Group, UserGroup
from domain.shared.ids import new_id
from graph.support import feeds
from tests.api.graphql.following import House, hear, hear_end, open_house, until
from tests.factories.accounts import units_of
from tests.fixtures.database import Databases
from tests.fixtures.people import MakeMember, Member

pytestmark = [pytest.mark.integration, pytest.mark.no_rollback]

PROMISED_SECONDS = 5.0
BESIDE_THE_LOOKS = PROMISED_SECONDS - Bounds().recheck_seconds
"""What is left of that for everything else: these tests look more often than the product does."""
READERS, PROVERS = "readers", "provers"
GROUPS = {READERS: "execution.read", PROVERS: "evidence.read"}
LINK = "subscription ($id: ID!) { executionEvents(id: $id) { seq execution { reportUrl } } }"


@pytest.fixture(autouse=True)
def _only_signals_wake(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a client gets it does not owe to the periodic look."""
    monkeypatch.setattr(feeds, "LOOK_SECONDS", 60.0)


@pytest.fixture
async def owner(databases: Databases, workspace_member: MakeMember) -> Member:
    """Whose workspace has a group for each permission that counts here."""
    owner = await workspace_member()
    workspace = owner.actor.workspace_id
    async with units_of(databases.app).begin(workspace) as uow:
        for name, permission in GROUPS.items():
            group = Group(id=new_id(), workspace_id=workspace, name=name)
            await groups.store_group(uow.session, group, {permission})
    return owner


@pytest.fixture
async def house(
    parts: Parts, databases: Databases, owner: Member, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    async with open_house(parts, databases, owner, monkeypatch) as house:
        yield house
        await house.nothing_left()


async def put_into(house: House, member: Member, name: str) -> None:
    """Into one of the groups."""
    workspace = member.actor.workspace_id
    async with units_of(house.parts.database).begin(workspace) as uow:
        known = await groups.list_groups(uow.session, workspace)
        (found,) = [one.id for one in known if one.name == name]
        row = UserGroup(user_id=member.actor.user_id, group_id=found, workspace_id=workspace)
        uow.session.add(row)


async def take_from_all(house: House, member: Member) -> None:
    """Out of every group."""
    async with units_of(house.parts.database).begin(member.actor.workspace_id) as uow:
        mine = UserGroup.user_id == member.actor.user_id
        await uow.session.execute(delete(UserGroup).where(mine))


async def log_out(house: House, member: Member) -> None:
    """End the session."""
    units, authority = units_of(house.parts.database), house.parts.authority
    async with units.begin(member.actor.workspace_id, member.actor.user_id) as uow:
        await end_session(uow, member.actor, authority.clock, member.actor.session_id)


async def remove(house: House, member: Member) -> None:
    """End the membership."""
    workspace, user = member.actor.workspace_id, member.actor.user_id
    async with units_of(house.parts.database).begin(workspace) as uow:
        await end_membership(uow.session, workspace, user, house.parts.authority.clock.now())


WAYS = {"logs out": log_out, "is removed": remove, "may not any more": take_from_all}


def event_of(message: dict[str, Any]) -> dict[str, Any]:
    """What a message shows."""
    assert message["type"] == "next", message
    event: dict[str, Any] = message["payload"]["data"]["executionEvents"]
    return event


async def hear_seqs(sockets: Sequence[ClientConnection]) -> list[int]:
    """The number of the next event on each."""
    return [event_of(await hear(socket))["seq"] for socket in sockets]


@pytest.mark.parametrize("how", WAYS)
async def test_who_may_not_any_more_is_cut_off_in_time_and_the_others_go_on(
    house: House, owner: Member, workspace_member: MakeMember, how: str
):
    leaver = await workspace_member(READERS, of=owner)
    stayer = await workspace_member(READERS, of=owner)
    async with house.socket(leaver) as leaving, house.socket(stayer) as staying:
        for socket in (leaving, staying):
            await house.follow(socket)
        await until(lambda: house.endpoint.open_streams == 2)
        await house.happen("step.finished")
        assert await hear_seqs([leaving, staying]) == [1, 1]
        await WAYS[how](house, leaver)
        async with asyncio.timeout(BESIDE_THE_LOOKS):
            told, code = await hear_end(leaving)
        assert (told, code in (4401, 4403)) == ([], True)
        await house.happen("step.finished")
        assert await hear_seqs([staying]) == [2]
        assert house.endpoint.open_streams == 1


@pytest.mark.parametrize("how", WAYS)
async def test_an_event_stream_ends_in_time_too(
    house: House, owner: Member, workspace_member: MakeMember, how: str
):
    leaver = await workspace_member(READERS, of=owner)
    streaming = asyncio.create_task(house.stream(leaver))
    await until(lambda: house.endpoint.open_streams == 1)
    await WAYS[how](house, leaver)
    async with asyncio.timeout(BESIDE_THE_LOOKS):
        told = await streaming
    assert told[-1]["errors"][0]["extensions"]["code"] in ("UNAUTHENTICATED", "FORBIDDEN")


async def test_each_sees_of_the_same_event_what_he_may_see(
    house: House, owner: Member, workspace_member: MakeMember
):
    reader = await workspace_member(READERS, of=owner)
    prover = await workspace_member(READERS, PROVERS, of=owner)
    async with house.socket(reader) as blind, house.socket(prover) as seeing:
        for socket in (blind, seeing):
            await house.follow(socket, text=LINK)
        await until(lambda: house.endpoint.open_streams == 2)
        for number in (1, 2):
            await house.happen("step.finished")
            shown, hidden = await hear(seeing), await hear(blind)
            assert event_of(shown)["seq"] == event_of(hidden)["seq"] == number
            assert event_of(shown)["execution"]["reportUrl"].startswith("http")
            assert event_of(hidden)["execution"]["reportUrl"] is None
            assert hidden["payload"]["errors"][0]["extensions"]["code"] == "FORBIDDEN"
            assert "errors" not in shown["payload"]


async def test_who_may_see_more_does_so_from_then_on_and_misses_nothing(
    house: House, owner: Member, workspace_member: MakeMember
):
    member = await workspace_member(READERS, of=owner)
    links = []
    async with house.socket(member) as socket:
        await house.follow(socket, text=LINK)
        await until(lambda: house.endpoint.open_streams == 1)
        for number in range(1, 300):
            await house.happen("step.finished")
            event = event_of(await hear(socket))
            assert event["seq"] == number
            links.append(event["execution"]["reportUrl"])
            if number == 3:
                await put_into(house, member, PROVERS)
            if links[-1] is not None:
                break
    assert links[:3] == [None] * 3
    assert links[-1] is not None


async def test_what_was_gained_and_lost_between_two_looks_closes_too(
    house: House, owner: Member, workspace_member: MakeMember
):
    """An operation that began while it was allowed does not outlive that."""
    house.look_every(0.5)
    member = await workspace_member("nothing", of=owner)
    async with house.socket(member) as socket:
        await put_into(house, member, READERS)
        await house.follow(socket)
        await house.happen("step.finished")
        assert event_of(await hear(socket))["seq"] == 1
        await take_from_all(house, member)
        async with asyncio.timeout(PROMISED_SECONDS):
            told, code = await hear_end(socket)
        assert (told, code) == ([], 4403)
