"""Mails as executions: the engine sends them, again and again, until they have arrived."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from uuid import UUID

import pytest
from redis.asyncio import Redis
from sqlalchemy import select, text

from domain.accounts.events import MailOwed
from domain.accounts.people.register import Register, RegistrationRules, register, verify_mail
from domain.accounts.sessions import Authority
from domain.executions.models import Execution
from domain.executions.states import Status
from domain.mail.rules import KIND, QUEUE
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.jobs import SilentOutlet
from domain.shared.live import CANCEL_TOPIC, LiveSignals
from domain.shared.settings import Settings
from domain.shared.unit_of_work import UnitsOfWork
from tests.factories.accounts import PASSWORD
from tests.factories.mails import Postbox
from tests.fixtures.database import Databases
from tests.support.rows import find_in_tables
from tests.workers.mail.server import Inbox, serve_mail
from workers.executions.host import Host, LeaseTimes
from workers.executions.pulse import Pulse
from workers.executions.runner import Lane
from workers.mail.transport import choose_transport
from workers.runners.mail import MailRunner

pytestmark = [pytest.mark.integration, pytest.mark.no_rollback]

TO = "robin@example.test"
APP_URL = "https://app.metamorph.example"
LOOK_SECONDS = 0.05
SECONDS = 20


@dataclass(frozen=True)
class Post:
    """An installation with a worker that sends its mails."""

    databases: Databases
    authority: Authority
    host: Host

    @property
    def units(self) -> UnitsOfWork:
        return Postbox(self.databases, self.authority).units

    async def owe(self, template: str, to: str = TO, **values: str) -> None:
        """Owe somebody a mail, and let the worker know."""
        async with self.units.begin() as uow:
            uow.raise_event(MailOwed(SYSTEM_WORKSPACE, template, to, values=values))
        self.host.wake(QUEUE)

    async def register(self, to: str) -> None:
        command = Register(to, PASSWORD, "Robin")
        await register(self.units, self.authority, RegistrationRules("open"), command)
        self.host.wake(QUEUE)

    async def read(self) -> list[Execution]:
        async with self.databases.app.session(SYSTEM_WORKSPACE) as session:
            mails = select(Execution).where(Execution.kind == KIND).order_by(Execution.id)
            return list((await session.scalars(mails)).all())

    async def until(self, holds: Callable[[Execution], object]) -> Execution:
        """The one mail, once something holds for it."""
        async with asyncio.timeout(SECONDS):
            while not holds(mail := (await self.read())[0]):
                await asyncio.sleep(LOOK_SECONDS)
        return mail

    async def make_due(self) -> None:
        """Let the pause before the next attempt pass."""
        async with UnitsOfWork(self.databases.engine, SilentOutlet()).begin() as uow:
            await uow.session.execute(text("UPDATE executions SET due_at = now()"))
        self.host.wake(QUEUE)


@asynccontextmanager
async def sending(
    databases: Databases, authority: Authority, settings: Settings, **changes: object
) -> AsyncIterator[Post]:
    """A worker with these settings, until the block ends."""
    chosen = Settings(**{**settings.model_dump(), "app_url": APP_URL, **changes})
    redis = Redis.from_url(settings.redis_url)
    live = LiveSignals(redis, CANCEL_TOPIC)
    units = UnitsOfWork(databases.app, SilentOutlet())
    runner = MailRunner(units, authority.links, chosen, choose_transport(chosen))
    host = Host(
        UnitsOfWork(databases.engine, SilentOutlet()),
        live,
        "worker",
        [Lane(QUEUE, 4, {KIND: runner})],
        LeaseTimes(lease_seconds=15, heartbeat_seconds=5, stop_grace_seconds=1),
        pulse=Pulse(),
    )
    await live.start()
    await host.start()
    try:
        yield Post(databases, authority, host)
    finally:
        await host.stop()
        await live.stop()
        await redis.aclose()


def read_link(message: EmailMessage) -> str:
    """The line of the plain text that is a link."""
    plain = message.get_body(["plain"])
    assert plain is not None
    return next(line for line in plain.get_content().splitlines() if "#token=" in line)


def smtp_url(port: int) -> str:
    return f"smtp://127.0.0.1:{port}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


async def test_a_registration_leads_to_a_mail_whose_link_makes_the_account(
    databases: Databases, authority: Authority, settings: Settings
):
    async with (
        serve_mail(Inbox()) as inbox,
        sending(databases, authority, settings, smtp_url=smtp_url(inbox.port)) as post,
    ):
        await post.register(TO)
        await inbox.wait()
        mail = await post.until(lambda mail: mail.status == Status.SUCCEEDED)
    link = read_link(inbox.arrived[0])
    assert link.startswith(f"{APP_URL}/verify#token=mml_")
    user_id = await verify_mail(post.units, authority, link.partition("#token=")[2], PASSWORD)
    assert isinstance(user_id, UUID)
    assert (mail.output, mail.attempt) == ({"sent": True}, 1)


async def test_a_dead_server_loses_nothing(
    databases: Databases, authority: Authority, settings: Settings
):
    port = free_port()
    async with sending(databases, authority, settings, smtp_url=smtp_url(port)) as post:
        await post.owe("welcome", name="Robin")
        waiting = await post.until(post_due)
        assert waiting.status == Status.SCHEDULED
        async with serve_mail(Inbox(), port=port) as inbox:
            await post.make_due()
            await inbox.wait()
            mail = await post.until(lambda mail: mail.status == Status.SUCCEEDED)
    assert mail.failures >= 1
    assert len(inbox.arrived) == 1
    assert inbox.arrived[0]["Message-ID"] == f"<{mail.id.hex}@localhost>"


def post_due(mail: Execution) -> bool:
    """Whether a first attempt has failed and the next one waits."""
    return mail.failures == 1 and mail.status == Status.SCHEDULED


async def test_a_worker_that_starts_later_sends_what_was_owed_before(
    databases: Databases, authority: Authority, settings: Settings
):
    async with Postbox(databases, authority).units.begin() as uow:
        uow.raise_event(MailOwed(SYSTEM_WORKSPACE, "welcome", TO, values={"name": "Robin"}))
    async with (
        serve_mail(Inbox()) as inbox,
        sending(databases, authority, settings, smtp_url=smtp_url(inbox.port)),
    ):
        await inbox.wait()
    assert inbox.recipients == [[TO]]


async def test_a_recipient_that_is_refused_is_not_tried_again(
    databases: Databases, authority: Authority, settings: Settings
):
    async with (
        serve_mail(Inbox(answers={"RCPT": "550 5.1.1 no such user"})) as inbox,
        sending(databases, authority, settings, smtp_url=smtp_url(inbox.port)) as post,
    ):
        await post.owe("welcome", name="Robin")
        mail = await post.until(lambda mail: mail.finished_at is not None)
    assert (mail.status, mail.error_code, mail.attempt) == (Status.FAILED, "MAIL_REFUSED", 1)


async def test_a_recipient_that_is_busy_is_tried_again(
    databases: Databases, authority: Authority, settings: Settings
):
    async with (
        serve_mail(Inbox(answers={"RCPT": "450 4.2.1 busy"})) as inbox,
        sending(databases, authority, settings, smtp_url=smtp_url(inbox.port)) as post,
    ):
        await post.owe("welcome", name="Robin")
        await post.until(post_due)
        inbox.answers.clear()
        await post.make_due()
        mail = await post.until(lambda mail: mail.status == Status.SUCCEEDED)
    assert (mail.attempt, len(inbox.arrived)) == (2, 1)


async def test_a_mail_that_may_have_arrived_comes_again_as_the_same_mail(
    databases: Databases, authority: Authority, settings: Settings
):
    async with (
        serve_mail(Inbox(doubtful=1)) as inbox,
        sending(databases, authority, settings, smtp_url=smtp_url(inbox.port)) as post,
    ):
        await post.owe("welcome", name="Robin")
        await post.until(post_due)
        await post.make_due()
        await inbox.wait(2)
    first, second = inbox.arrived
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_body().get_content() == second.get_body().get_content()  # type: ignore[union-attr]


async def test_whoever_is_unknown_gets_no_mail_and_the_work_is_done(
    databases: Databases, authority: Authority, settings: Settings
):
    async with (
        serve_mail(Inbox()) as inbox,
        sending(databases, authority, settings, smtp_url=smtp_url(inbox.port)) as post,
    ):
        await post.owe("reset")
        mail = await post.until(lambda mail: mail.status == Status.SUCCEEDED)
    assert (mail.output, inbox.arrived) == ({"sent": False}, [])


async def test_without_a_server_mails_land_in_a_folder(
    databases: Databases, authority: Authority, settings: Settings
):
    async with sending(databases, authority, settings) as post:
        await post.register(TO)
        mail = await post.until(lambda mail: mail.status == Status.SUCCEEDED)
    (written,) = settings.mail_dir.iterdir()
    assert written.name == f"{mail.id.hex}.eml"


async def test_in_production_without_a_server_mails_wait(
    databases: Databases, authority: Authority, settings: Settings
):
    async with sending(databases, authority, settings, environment="production") as post:
        await post.owe("welcome", name="Robin")
        mail = await post.until(post_due)
    assert mail.status == Status.SCHEDULED
    assert not settings.mail_dir.exists()


async def test_case_37_no_mail_holds_its_link_s_token_in_the_engine(
    databases: Databases, authority: Authority, settings: Settings
):
    async with (
        serve_mail(Inbox()) as inbox,
        sending(databases, authority, settings, smtp_url=smtp_url(inbox.port)) as post,
    ):
        await post.register(TO)
        await post.until(lambda mail: mail.status == Status.SUCCEEDED)
    token = read_link(inbox.arrived[0]).partition("#token=")[2]
    assert token.startswith("mml_")
    assert await find_in_tables(databases, token) == []
