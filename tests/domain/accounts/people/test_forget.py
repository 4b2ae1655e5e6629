"""What has ended is forgotten after a while, and nothing that still counts."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from domain.accounts.access_tokens.create import CreateAccessToken, make_token
from domain.accounts.access_tokens.use import use_access_token
from domain.accounts.forget import KEPT, forget_proofs
from domain.accounts.invitations.accept import AcceptInvitation, accept_invitation
from domain.accounts.invitations.invite import LIFETIME as INVITATION_LIFETIME
from domain.accounts.invitations.invite import InviteMember, invite_member
from domain.accounts.models import AccessToken, Invitation, MailLink
from domain.accounts.people.register import LIFETIME
from domain.shared.database import Base
from domain.shared.unit_of_work import UnitsOfWork
from tests.domain.accounts.acting import Stage
from tests.domain.accounts.people.someone import House, new_address
from tests.factories.accounts import SettableClock
from tests.support.rows import as_owner

pytestmark = pytest.mark.integration

MOMENT = timedelta(seconds=1)
LONG_AGO = timedelta(days=-60)
"""Where tests begin: nothing is forgotten before its moment has really come."""


@pytest.fixture
def units(house: House) -> UnitsOfWork:
    return house.units


async def forget(units: UnitsOfWork, clock: SettableClock) -> int:
    async with units.begin() as uow:
        return await forget_proofs(uow, clock=clock)


async def count(house: House, kind: type[Base]) -> int:
    async with as_owner(house.databases) as connection:
        return int((await connection.execute(select(func.count()).select_from(kind))).scalar_one())


async def test_a_registration_that_nobody_confirmed_is_forgotten_when_its_link_is_over(
    house: House, units: UnitsOfWork, clock: SettableClock
):
    email = new_address()
    await house.register(email, display_name="Zebulon Quux")
    clock.pass_time(LIFETIME - MOMENT)
    assert await forget(units, clock) == 0
    clock.pass_time(2 * MOMENT)
    assert await forget(units, clock) == 1
    assert await house.find_in_tables("Zebulon Quux") == []
    assert await count(house, MailLink) == 0


async def test_an_access_token_is_forgotten_a_month_after_its_end(
    house: House, stage: Stage, units: UnitsOfWork, clock: SettableClock
):
    kim = await house.member()
    clock.pass_time(LONG_AGO)
    short, long = [
        await stage.act(kim, make_token, clock, CreateAccessToken("x", ["mission.read"], days))
        for days in (1, 365)
    ]
    clock.pass_time(timedelta(days=1) + KEPT - MOMENT)
    assert await forget(units, clock) == 0
    clock.pass_time(2 * MOMENT)
    assert await forget(units, clock) == 1
    assert await use_access_token(units, short.token, clock.now()) is None
    assert await use_access_token(units, long.token, clock.now()) is not None
    assert await count(house, AccessToken) == 1


async def test_invitations_of_every_workspace_are_forgotten_a_month_after_they_were_over(
    house: House, stage: Stage, units: UnitsOfWork, clock: SettableClock
):
    hosts, guest = [await house.member() for _ in range(2)], await house.member()
    clock.pass_time(LONG_AGO)
    tokens = []
    for host in hosts:
        groups = [await stage.group(host, "viewer")]
        command = InviteMember(guest.person.email, groups)
        row = await stage.act(host, invite_member, house.authority, command)
        tokens.append(house.authority.links.token_of("invitation", row.id))
    await stage.act(guest, accept_invitation, clock, AcceptInvitation(tokens[0]))
    clock.pass_time(KEPT + MOMENT)
    assert await forget(units, clock) == 1
    assert await count(house, Invitation) == 1
    clock.pass_time(INVITATION_LIFETIME)
    assert await forget(units, clock) == 1
    assert await count(house, Invitation) == 0
