"""Mails that were given up go out once more where an operator says so."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from domain.accounts.events import MailOwed
from domain.executions.states import Status
from domain.mail import retry
from domain.mail.retry import list_failed, retry_mail, retry_mails
from domain.shared.clock import SystemClock
from domain.shared.errors import Conflict, NotFound
from domain.shared.ids import SYSTEM_WORKSPACE, new_id
from tests.factories.accounts import SettableClock, make_authority
from tests.factories.mails import Postbox, refuse_mail
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration


@pytest.fixture
def postbox(databases: Databases, keys_directory: Path) -> Postbox:
    """What was mailed to whom in this test."""
    return Postbox(databases, make_authority(keys_directory))


async def give_up(postbox: Postbox, to: str, template: str = "welcome") -> UUID:
    """Owe somebody a mail, and let its server refuse it."""
    async with postbox.units.begin() as uow:
        uow.raise_event(MailOwed(SYSTEM_WORKSPACE, template, to, values={"name": "R"}))
    return await refuse_mail(postbox.databases)


async def test_mails_that_were_given_up_are_queued_again_once(postbox: Postbox):
    lost = [await give_up(postbox, f"{name}@example.test") for name in ("robin", "lu")]
    async with postbox.units.begin() as uow:
        assert [mail.id for mail in await list_failed(uow.session)] == lost
        assert [mail.id for mail in await retry_mails(uow, SystemClock())] == lost
    async with postbox.units.begin() as uow:
        assert await retry_mails(uow, SystemClock()) == []
        assert await list_failed(uow.session) == []
    *before, first, second = await postbox.read_owed()
    assert [mail.status for mail in before] == [Status.FAILED, Status.FAILED]
    assert [first.replay_of, second.replay_of] == lost
    assert (first.status, first.input) == (Status.SCHEDULED, before[0].input)


async def test_one_mail_is_queued_again_by_its_id(postbox: Postbox):
    chosen, other = await give_up(postbox, "robin@a.test"), await give_up(postbox, "lu@a.test")
    async with postbox.units.begin() as uow:
        await retry_mail(uow, SystemClock(), chosen)
    async with postbox.units.begin() as uow:
        assert [mail.id for mail in await list_failed(uow.session)] == [other]
        for missing in (chosen, new_id()):
            with pytest.raises(NotFound):
                await retry_mail(uow, SystemClock(), missing)


async def test_a_mail_whose_time_is_over_is_not_queued_again(postbox: Postbox):
    lost = await give_up(postbox, "robin@a.test")
    later = SettableClock()
    later.time = SystemClock().now() + timedelta(days=8)
    async with postbox.units.begin() as uow:
        assert await retry_mails(uow, later) == []
        with pytest.raises(Conflict, match="time is over"):
            await retry_mail(uow, later, lost)


async def test_mails_whose_time_is_over_hide_no_other(
    postbox: Postbox, monkeypatch: pytest.MonkeyPatch
):
    await give_up(postbox, "robin@a.test", template="reset")
    lost = await give_up(postbox, "lu@a.test")
    later = SettableClock()
    later.time = SystemClock().now() + timedelta(days=2)
    monkeypatch.setattr(retry, "MOST", 1)
    async with postbox.units.begin() as uow:
        assert [mail.id for mail in await retry_mails(uow, later)] == [lost]
