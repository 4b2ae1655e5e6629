"""What a mail says is decided when it is sent, and its links lead where the settings say."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.accounts.events import AccountDeleted, MailOwed
from domain.accounts.people.register import Register, RegistrationRules, register, verify_mail
from domain.accounts.sessions import Authority
from domain.executions.claim import claim_due
from domain.executions.finish import finish_attempt
from domain.executions.models import Execution
from domain.executions.records import AttemptEnd
from domain.executions.rules import retry_delay_seconds
from domain.executions.states import AttemptOutcome
from domain.mail.forget import KEPT, forget_mails
from domain.mail.rules import TEMPLATES, make_link
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitsOfWork
from tests.factories.accounts import PASSWORD, SettableClock, make_authority
from tests.factories.executions import make_execution
from tests.factories.mails import Postbox
from tests.factories.workspaces import Tenant
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration

TO = "robin@example.test"


@pytest.fixture
def clock() -> SettableClock:
    """A clock the test moves."""
    return SettableClock()


@pytest.fixture
def postbox(databases: Databases, keys_directory: Path, clock: SettableClock) -> Postbox:
    """What was mailed to whom in this test."""
    return Postbox(databases, make_authority(keys_directory, clock))


async def owe(postbox: Postbox, template: str, to: str = TO, **values: str) -> None:
    async with postbox.units.begin() as uow:
        uow.raise_event(MailOwed(SYSTEM_WORKSPACE, template, to, values=values))


async def send_all(postbox: Postbox) -> None:
    """Let the engine carry every mail out."""
    units = UnitsOfWork(postbox.databases.engine, SilentOutlet())
    async with units.begin() as uow:
        due = await claim_due(uow, queue="default", worker="w", lease_seconds=15, limit=100)
    for claim in due:
        async with units.begin() as uow:
            await finish_attempt(uow, claim, AttemptEnd(AttemptOutcome.SUCCEEDED))


async def ask_for_account(authority: Authority, postbox: Postbox) -> None:
    command = Register(TO, PASSWORD, "Robin")
    await register(postbox.units, authority, RegistrationRules("open"), command)


async def test_a_mail_is_an_execution_of_the_installation_that_nobody_of_a_workspace_sees(
    postbox: Postbox, tenant: Tenant
):
    await owe(postbox, "welcome", name="Robin")
    (mail,) = await postbox.read_owed()
    assert (mail.workspace_id, mail.created_by) == (SYSTEM_WORKSPACE, None)
    assert mail.max_attempts == TEMPLATES["welcome"].attempts
    async with tenant.read() as session:
        assert (await session.scalars(select(Execution))).all() == []


async def test_a_mail_that_was_not_committed_is_not_owed(postbox: Postbox):
    class Undone(Exception):
        pass

    with pytest.raises(Undone):
        async with postbox.units.begin() as uow:
            uow.raise_event(MailOwed(SYSTEM_WORKSPACE, "welcome", TO, values={"name": "R"}))
            raise Undone
    assert await postbox.read_owed() == []


async def test_who_verified_meanwhile_is_told_that_there_is_an_account(postbox: Postbox):
    await ask_for_account(postbox.authority, postbox)
    await ask_for_account(postbox.authority, postbox)
    first, second = await postbox.read_letters(TO)
    assert (first.template, second.template) == ("register", "register")
    assert first.link is not None
    token = first.link.partition("#token=")[2]
    await verify_mail(postbox.units, postbox.authority, token, PASSWORD)
    assert [one.template for one in await postbox.read_letters(TO)] == [
        *("account_exists", "account_exists", "welcome")
    ]


async def test_a_mail_that_waited_until_its_link_had_expired_is_not_sent(
    postbox: Postbox, clock: SettableClock
):
    await ask_for_account(postbox.authority, postbox)
    (mail,) = await postbox.read_owed()
    clock.pass_time(timedelta(hours=23))
    assert await postbox.compose(mail) is not None
    clock.pass_time(timedelta(hours=2))
    assert await postbox.compose(mail) is None


@pytest.mark.parametrize(
    ("template", "period"),
    [
        ("register", timedelta(hours=24)),
        ("reset", timedelta(hours=24)),
        ("invitation", timedelta(days=7)),
        ("password_changed", timedelta(days=7)),
    ],
)
def test_a_server_may_be_away_for_as_long_as_a_mail_is_of_use(template: str, period: timedelta):
    failures = range(1, TEMPLATES[template].attempts)
    waited = timedelta(seconds=sum(retry_delay_seconds(number) for number in failures))
    assert period <= waited < period + timedelta(hours=1)


async def test_a_letter_is_the_same_however_often_it_is_composed(postbox: Postbox):
    await ask_for_account(postbox.authority, postbox)
    (mail,) = await postbox.read_owed()
    assert await postbox.compose(mail) == await postbox.compose(mail)


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_a_mail_with_a_link_says_what_for_and_where_and_what_stands_on_the_button(template: str):
    about = TEMPLATES[template]
    assert (about.purpose is None) == (about.page is None) == (about.button == "")


def test_the_token_stands_where_browsers_send_it_to_no_server():
    link = make_link("https://app.test", "verify", "mml_x")
    assert link == "https://app.test/verify#token=mml_x"


async def test_mails_are_forgotten_a_week_after_they_left(postbox: Postbox, clock: SettableClock):
    await owe(postbox, "welcome", name="Robin")
    await send_all(postbox)
    await owe(postbox, "welcome", name="Lu")
    for period, left in ((KEPT - timedelta(hours=1), 2), (timedelta(hours=2), 1)):
        clock.pass_time(period)
        async with postbox.units.begin() as uow:
            await forget_mails(uow, clock=clock)
        assert len(await postbox.read_owed()) == left
    assert (await postbox.read_owed())[0].input["values"] == {"name": "Lu"}


async def test_what_is_no_mail_is_not_forgotten(
    postbox: Postbox, tenant: Tenant, clock: SettableClock
):
    run = await make_execution(tenant)
    clock.pass_time(2 * KEPT)
    async with postbox.units.begin() as uow:
        assert await forget_mails(uow, clock=clock) == 0
    async with tenant.read() as session:
        assert [one.id for one in (await session.scalars(select(Execution))).all()] == [run.id]


async def test_mails_to_whoever_goes_are_forgotten_at_once_but_not_those_of_others(
    postbox: Postbox,
):
    await owe(postbox, "welcome", name="Robin")
    await owe(postbox, "welcome", "lu@example.test", name="Lu")
    await send_all(postbox)
    await owe(postbox, "password_changed")
    async with postbox.units.begin() as uow:
        uow.raise_event(AccountDeleted(SYSTEM_WORKSPACE, TO))
    left = [(mail.input["to"], mail.input["template"]) for mail in await postbox.read_owed()]
    assert left == [("lu@example.test", "welcome"), (TO, "password_changed")]


async def test_names_that_look_like_addresses_are_no_links_in_any_part_of_a_mail(postbox: Postbox):
    names = {"inviter": "https://evil.test/x", "workspace": "www.evil.test"}
    await owe(postbox, "invitation", **names)
    (letter,) = await postbox.read_letters(TO)
    told = f"{letter.subject} {letter.values}"
    assert "https[:]//evil[.]test/x invites you to www[.]evil[.]test" in told
    assert "evil.test" not in told
