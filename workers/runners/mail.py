"""Mails: composed from what holds now, put into words, handed to a server or a folder."""

from domain.accounts.credentials.link_tokens import LinkTokens
from domain.executions.records import AttemptEnd, Claim
from domain.executions.states import AttemptOutcome
from domain.mail.compose import compose
from domain.shared.clock import SystemClock
from domain.shared.settings import Settings
from domain.shared.unit_of_work import UnitsOfWork
from workers.executions.runner import Report
from workers.mail.message import write_message
from workers.mail.transport import MailDelayed, MailRefused, Transport


class MailRunner:
    """Sends one mail per execution.

    Args:
        units: The application's units of work.
        tokens: Makes the tokens of links.
        settings: Sender and addresses of links.
        transport: Where messages go.
    """

    overtime_seconds = 0.0

    def __init__(
        self, units: UnitsOfWork, tokens: LinkTokens, settings: Settings, transport: Transport
    ) -> None:
        self._units = units
        self._tokens = tokens
        self._clock = SystemClock()
        self._settings = settings
        self._transport = transport

    async def run(self, claim: Claim, report: Report) -> AttemptEnd:
        """Send the mail, unless nobody is to get it."""
        del report
        base = self._settings.links_url
        letter = await compose(self._units, self._tokens, self._clock, base, claim)
        if letter is None:
            return AttemptEnd(AttemptOutcome.SUCCEEDED, {"sent": False})
        message = write_message(letter, self._settings.mail_from, base, self._clock.now())
        try:
            await self._transport.send(message)
        except MailRefused as error:
            return _fail("MAIL_REFUSED", error, is_final=True)
        except MailDelayed as error:
            return _fail("MAIL_DELAYED", error, is_final=False)
        return AttemptEnd(AttemptOutcome.SUCCEEDED, {"sent": True})


def _fail(code: str, error: Exception, *, is_final: bool) -> AttemptEnd:
    return AttemptEnd(AttemptOutcome.FAILED, None, code, str(error), is_final=is_final)
