"""A refresh token that is used twice was copied: the session ends, and its owner is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.accounts.credentials.hashing import hash_token
from domain.accounts.errors import SessionEnded
from domain.accounts.refresh import BURST, RefreshSession, Refusal, exchange, refresh
from domain.shared.origin import Origin
from tests.domain.accounts.people.someone import House
from tests.factories.accounts import SettableClock
from tests.fixtures.people import Member

pytestmark = pytest.mark.integration

HERE = Origin.of("Firefox", "192.0.2.1")
FIRST, LATE = timedelta(milliseconds=50), timedelta(seconds=2)


async def test_case_33_the_owner_is_told_once_from_where_the_copied_token_came(house: House):
    kim = await house.member()
    thief = Origin.of("Thief/1.0 " + "x" * 300, "203.0.113.9")
    token = kim.signed_in.refresh_token
    newer = await refresh(house.units, house.authority, RefreshSession(token))
    for _ in range(3):
        with pytest.raises(SessionEnded):
            await refresh(house.units, house.authority, RefreshSession(token, thief))
    assert not await house.stands(newer)
    assert await house.postbox.list_templates(kim.person.email) == ["session_ended"]
    told = (await house.postbox.read_letter(kim.person.email, "session_ended")).values
    assert told["address"] == "203.0.113.9"
    assert told["device"].startswith("Thief/1.0 xxx")
    assert len(told["device"]) == 120


async def test_whoever_only_comes_late_is_not_told_of(house: House):
    kim = await house.member()
    with pytest.raises(SessionEnded):
        await refresh(house.units, house.authority, RefreshSession("unknown"))
    await refresh(house.units, house.authority, RefreshSession(kim.signed_in.refresh_token))
    assert await house.postbox.list_templates(kim.person.email) == []


async def overlap(house: House, clock: SettableClock, kim: Member) -> RefreshSession:
    """Use a token twice at once; returns the command of a third request that comes later."""
    token = kim.signed_in.refresh_token
    clock.pass_time(timedelta(minutes=1))
    await refresh(house.units, house.authority, RefreshSession(token, HERE))
    async with house.units.begin(origin=HERE) as uow:
        earlier = house.authority.clock.now() - FIRST
        overtaken = await exchange(uow, house.authority, hash_token(token), earlier)
    assert overtaken is Refusal.OVERTAKEN
    return RefreshSession(token, HERE)


async def refusal_of(house: House, command: RefreshSession) -> str:
    with pytest.raises(SessionEnded) as refused:
        await refresh(house.units, house.authority, command)
    return refused.value.message


async def test_case_34_a_late_one_of_many_that_were_sent_at_once_ends_nothing(
    house: House, clock: SettableClock
):
    kim = await house.member()
    late = await overlap(house, clock, kim)
    clock.pass_time(LATE)
    assert await refusal_of(house, late) == Refusal.OVERTAKEN
    assert await house.stands(kim.signed_in)


async def test_case_33_a_late_one_from_elsewhere_is_a_thief_s(house: House, clock: SettableClock):
    for elsewhere in (Origin.of("Firefox", "192.0.2.2"), Origin.of("curl", "192.0.2.1")):
        kim = await house.member()
        late = await overlap(house, clock, kim)
        clock.pass_time(LATE)
        assert await refusal_of(house, replace(late, origin=elsewhere)) == Refusal.REUSED
        assert not await house.stands(kim.signed_in)


async def test_case_33_a_very_late_one_is_a_thief_s(house: House, clock: SettableClock):
    kim = await house.member()
    late = await overlap(house, clock, kim)
    clock.pass_time(BURST + timedelta(seconds=1))
    assert await refusal_of(house, late) == Refusal.REUSED
    assert not await house.stands(kim.signed_in)


async def test_case_33_without_any_that_overlapped_the_next_use_is_a_thief_s(
    house: House, clock: SettableClock
):
    kim = await house.member()
    command = RefreshSession(kim.signed_in.refresh_token, HERE)
    await refresh(house.units, house.authority, command)
    clock.pass_time(timedelta(milliseconds=1))
    assert await refusal_of(house, command) == Refusal.REUSED
