"""Registering: by a link in a mail, within a day, once; and nobody learns who has an account."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from domain.accounts.errors import LinkInvalid
from domain.accounts.invitations.invite import LIFETIME as INVITATION_LIFETIME
from domain.accounts.invitations.invite import (
    InviteMember,
    RevokeInvitation,
    invite_member,
    revoke_invitation,
)
from domain.accounts.models import Invitation, MailLink, User
from domain.accounts.people.register import LIFETIME, RegistrationRules
from domain.accounts.permissions import EVERYBODY, PERMISSIONS
from domain.accounts.repository import find_members_permissions
from domain.shared.errors import Conflict, Forbidden, Invalid
from tests.domain.accounts.acting import Stage
from tests.domain.accounts.people.someone import NEW_PASSWORD, House, new_address, outcome_of
from tests.factories.accounts import PASSWORD, SettableClock
from tests.fixtures.people import Member

pytestmark = pytest.mark.integration

TERMS = RegistrationRules("open", "2026-11")


async def invite(stage: Stage, by: Member, email: str, *groups: str) -> str:
    """Invite an address; returns the token."""
    ids = [await stage.group(by, name) for name in groups or ("viewer",)]
    row = await stage.act(by, invite_member, stage.authority, InviteMember(email, ids))
    return stage.authority.links.token_of("invitation", row.id)


async def test_the_link_of_the_mail_makes_an_account_with_a_workspace_of_its_own(house: House):
    email = new_address()
    await house.register(f" {email.upper()} ")
    assert await house.find_user(email) is None
    letter = await house.postbox.read_letter(email, "register")
    assert letter.link is not None
    assert letter.link.startswith("https://app.metamorph.test/verify#token=mml_")
    user_id = await house.verify(letter.link.partition("=")[2])
    signed_in = await house.sign_in(email)
    assert signed_in.user_id == user_id
    async with house.databases.app.session(signed_in.workspace_id) as session:
        held = await find_members_permissions(session, user_id, signed_in.workspace_id)
    assert held is not None
    assert held | EVERYBODY == frozenset(PERMISSIONS)
    assert await house.postbox.list_templates(email) == ["account_exists", "welcome"]


async def test_before_the_link_is_followed_nobody_can_sign_in(house: House):
    email = new_address()
    await house.register(email)
    assert await outcome_of(house.sign_in(email)) == "WrongCredentials"


async def test_when_the_account_was_made_its_password_is_as_new(house: House, clock: SettableClock):
    email = new_address()
    await house.newcomer(email)
    user = await house.find_user(email)
    assert user is not None
    assert user.password_changed_at == clock.now()


async def test_an_account_that_exists_gets_a_mail_and_stays_as_it_is(house: House):
    kim = await house.member()
    email = kim.person.email
    before = await house.find_user(email)
    await house.register(email, password=NEW_PASSWORD, display_name="Mallory")
    letter = await house.postbox.read_letter(email, "account_exists")
    assert letter.link is None
    assert await house.postbox.list_templates(email) == ["account_exists"]
    after = await house.find_user(email)
    assert before is not None
    assert after is not None
    assert (after.display_name, after.password_hash) == (before.display_name, before.password_hash)
    assert await outcome_of(house.sign_in(email, NEW_PASSWORD)) == "WrongCredentials"
    assert await house.stands(kim.signed_in)


async def test_nobody_takes_an_address_that_got_an_account_meanwhile(house: House):
    email = new_address()
    await house.register(email, display_name="Mallory", password=NEW_PASSWORD)
    earlier = await house.postbox.read_token(email, "register")
    await house.newcomer(email)
    with pytest.raises(Conflict, match="already"):
        await house.verify(earlier, NEW_PASSWORD)
    assert await outcome_of(house.sign_in(email, NEW_PASSWORD)) == "WrongCredentials"
    await house.sign_in(email)


async def test_who_clicks_on_what_a_stranger_asked_for_makes_no_account(house: House):
    email = new_address()
    await house.register(email)
    token = await house.postbox.read_token(email, "register")
    with pytest.raises(Invalid) as raised:
        await house.verify(token, "a password of the owner")
    assert raised.value.field == ("password",)
    assert await house.find_user(email) is None
    assert await house.verify(token)


async def test_case_37_a_link_works_once(house: House):
    email = new_address()
    await house.register(email)
    token = await house.postbox.read_token(email, "register")
    await house.verify(token)
    for _ in range(2):
        with pytest.raises(LinkInvalid):
            await house.verify(token)


@pytest.mark.no_rollback
async def test_case_37_of_parallel_uses_of_a_link_one_makes_the_account(house: House):
    email = new_address()
    await house.register(email)
    token = await house.postbox.read_token(email, "register")
    outcomes = await asyncio.gather(*(outcome_of(house.verify(token)) for _ in range(5)))
    assert sorted(outcomes) == ["LinkInvalid"] * 4 + ["done"]
    await house.sign_in(email)


@pytest.mark.no_rollback
async def test_two_who_registered_one_address_do_not_both_get_it(house: House):
    email = new_address()
    chosen = {}
    for password in (PASSWORD, NEW_PASSWORD):
        await house.register(email, password=password)
        chosen[await house.postbox.read_token(email, "register")] = password
    verifying = (outcome_of(house.verify(*one)) for one in chosen.items())
    outcomes = await asyncio.gather(*verifying)
    assert sorted(outcomes) == ["Conflict", "done"]


async def test_case_37_a_link_expires_after_a_day(house: House, clock: SettableClock):
    email, later = new_address(), new_address()
    for one in (email, later):
        await house.register(one)
    tokens = [await house.postbox.read_token(one, "register") for one in (email, later)]
    clock.pass_time(LIFETIME - timedelta(seconds=1))
    await house.verify(tokens[0])
    clock.pass_time(timedelta(seconds=1))
    with pytest.raises(LinkInvalid):
        await house.verify(tokens[1])
    assert timedelta(hours=24) == LIFETIME


async def test_case_37_no_table_holds_the_token_of_a_link(house: House):
    email = new_address()
    await house.register(email)
    token = await house.postbox.read_token(email, "register")
    assert await house.find_in_tables(token, token.removeprefix("mml_")) == []
    assert "mail_links" in await house.find_in_tables(email)


@pytest.mark.parametrize("token", ["", "mml_", "mml_" + "A" * 43, "\x00", "\ud800", "x" * 100_000])
async def test_a_token_that_was_never_sent_makes_nothing(house: House, token: str):
    with pytest.raises(LinkInvalid):
        await house.verify(token)


async def test_the_link_for_one_thing_does_not_do_another(house: House):
    email = new_address()
    await house.register(email)
    async with house.databases.app.session() as session:
        link = (await session.scalars(select(MailLink))).one()
    for purpose in ("reset", "change_mail", "invitation"):
        with pytest.raises(LinkInvalid):
            await house.verify(house.authority.links.token_of(purpose, link.id))


async def test_what_was_asked_for_is_forgotten_once_the_account_is_made(house: House):
    email = new_address()
    await house.register(email, display_name="Robin of Locksley")
    async with house.databases.app.session() as session:
        asked = (await session.scalars(select(MailLink.details))).one()
    await house.verify(await house.postbox.read_token(email, "register"))
    held = await house.find_in_tables(str(asked["password_hash"]))
    assert held == ["users"]


@pytest.mark.parametrize("mode", ["closed", "invite_only"])
async def test_nobody_registers_where_nobody_may(house: House, mode):
    email = new_address()
    with pytest.raises(Forbidden):
        await house.register(email, RegistrationRules(mode))
    assert await house.postbox.list_templates(email) == []


async def test_a_closed_installation_takes_no_invitation_either(house: House, stage: Stage):
    kim, email = await stage.founder(), new_address()
    token = await invite(stage, kim, email)
    with pytest.raises(Forbidden):
        await house.register(email, RegistrationRules("closed"), invitation=token)


async def test_whoever_was_invited_is_a_member_at_once(house: House, stage: Stage):
    kim, email = await stage.founder(), new_address()
    token = await invite(stage, kim, email, "viewer", "red")
    await house.register(email, RegistrationRules("invite_only"), invitation=token)
    signed_in = await house.sign_in(email)
    assert signed_in.workspace_id == kim.actor.workspace_id
    robin = Member(kim.person, signed_in, kim.actor)
    async with house.databases.app.session(kim.actor.workspace_id) as session:
        held = await find_members_permissions(
            session, robin.signed_in.user_id, kim.actor.workspace_id
        )
    assert held is not None
    assert "mission.edit" in held
    assert "member.invite" not in held
    with pytest.raises(Invalid):  # it works once
        await house.register(new_address(), RegistrationRules("invite_only"), invitation=token)


async def test_whoever_was_invited_accepts_the_terms_like_everybody(
    house: House, stage: Stage, clock: SettableClock
):
    kim, email = await stage.founder(), new_address()
    token = await invite(stage, kim, email)
    with pytest.raises(Invalid, match="Accept the terms"):
        await house.register(email, TERMS, invitation=token)
    await house.register(email, TERMS, invitation=token, accepted_terms="2026-11")
    user = await house.find_user(email)
    assert user is not None
    assert (user.terms_version, user.terms_accepted_at) == ("2026-11", clock.now())
    assert await house.postbox.list_templates(email) == ["welcome"]


async def test_case_40_an_invitation_takes_nobody_with_another_address(house: House, stage: Stage):
    kim, email = await stage.founder(), new_address()
    token = await invite(stage, kim, email)
    for other in (new_address(), f"x{email}", email.replace("@", "+1@")):
        with pytest.raises(Invalid, match="another address"):
            await house.register(other, RegistrationRules("invite_only"), invitation=token)
        assert await house.find_user(other) is None
    await house.register(email, RegistrationRules("invite_only"), invitation=token)


async def test_an_invitation_that_is_over_makes_no_account(
    house: House, stage: Stage, clock: SettableClock
):
    kim, revoked, expired = await stage.founder(), new_address(), new_address()
    tokens = [await invite(stage, kim, one) for one in (revoked, expired)]
    async with house.databases.app.session(kim.actor.workspace_id) as session:
        row = (await session.scalars(select(Invitation).where(Invitation.email == revoked))).one()
    await stage.act(kim, revoke_invitation, clock, RevokeInvitation(row.id))
    with pytest.raises(Invalid):
        await house.register(revoked, invitation=tokens[0])
    clock.pass_time(INVITATION_LIFETIME)
    with pytest.raises(Invalid):
        await house.register(expired, invitation=tokens[1])


async def test_an_invitation_does_not_change_an_account_that_exists(house: House, stage: Stage):
    kim, lu = await stage.founder(), await stage.founder()
    token = await invite(stage, kim, lu.person.email)
    with pytest.raises(Conflict, match="Sign in"):
        await house.register(lu.person.email, password=NEW_PASSWORD, invitation=token)
    await house.sign_in(lu.person.email)


async def test_terms_are_recorded_with_their_version_and_the_moment_they_were_accepted(
    house: House, clock: SettableClock
):
    email = new_address()
    accepted_at = clock.now()
    await house.register(email, TERMS, accepted_terms="2026-11")
    clock.pass_time(timedelta(hours=3))
    await house.verify(await house.postbox.read_token(email, "register"))
    user = await house.find_user(email)
    assert user is not None
    assert (user.terms_version, user.terms_accepted_at) == ("2026-11", accepted_at)


@pytest.mark.parametrize("accepted", [None, "", "2025-01"])
async def test_whoever_does_not_accept_the_terms_gets_no_account(house: House, accepted):
    with pytest.raises(Invalid, match="Accept the terms") as refused:
        await house.register(new_address(), TERMS, accepted_terms=accepted)
    assert refused.value.field == ("accepted_terms",)


async def test_everything_that_is_wrong_is_said_at_once(house: House):
    with pytest.raises(Invalid) as refused:
        await house.register("nobody", TERMS, password="short", display_name=" \r\n ")
    fields = {refused.value.field, *(path for path, _ in refused.value.details)}
    assert fields == {("email",), ("display_name",), ("password",), ("accepted_terms",)}


@pytest.mark.parametrize(
    "address",
    [
        "robin",
        "@example.test",
        "robin@",
        "ro bin@example.test",
        "robin@example..test",
        "robin\r\nBcc:eve@evil.test@example.test",
        "robin@example.test\nBcc: eve@evil.test",
        "robin,eve@example.test",
        "<eve@example.test",
        "robin>,<eve@example.test",
        '"robin"@example.test',
        "robin(eve)@example.test",
        "robin:eve;@example.test",
        ".robin@example.test",
        "robin.@example.test",
        "robin@-example.test",
        "röbin@example.test",
        "robin\x00@example.test",
        "\ud800@example.test",
        "x" * 65 + "@example.test",
        "robin@" + "x" * 400 + ".test",
    ],
)
async def test_what_is_no_plain_address_is_refused(house: House, address: str):
    with pytest.raises(Invalid) as refused:
        await house.register(address)
    assert refused.value.field == ("email",)


async def test_a_disabled_person_does_not_come_back_by_registering(house: House):
    email = new_address()
    user_id = await house.newcomer(email)
    async with house.units.begin() as uow:
        now = {"disabled_at": house.authority.clock.now()}
        await uow.session.execute(update(User).where(User.id == user_id).values(now))
    await house.register(email, password=NEW_PASSWORD)
    assert (await house.postbox.read_letters(email))[-1].template == "account_exists"
    assert await outcome_of(house.sign_in(email, PASSWORD)) == "WrongCredentials"
