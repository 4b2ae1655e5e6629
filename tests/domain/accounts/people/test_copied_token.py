"""A refresh token that is used twice was copied: the session ends, and its owner is told."""

import pytest

from domain.accounts.errors import SessionEnded
from domain.accounts.refresh import RefreshSession, refresh
from domain.accounts.sessions import Origin
from tests.domain.accounts.people.someone import House

pytestmark = pytest.mark.integration


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
