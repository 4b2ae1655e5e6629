"""Where messages go: to an SMTP server, or into a folder where there is none."""

import asyncio
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import unquote, urlsplit

import aiosmtplib

from domain.shared.settings import Settings

SEND_SECONDS = 30.0
DEFAULT_PORTS = {"smtp": 587, "smtps": 465}
OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class MailRefused(Exception):
    """The server will not take this message, now or later."""


class MailDelayed(Exception):
    """The message did not leave; it may later."""


class Transport(Protocol):
    """Takes messages."""

    async def send(self, message: EmailMessage) -> None:
        """Send one message.

        Raises:
            MailRefused: trying again would not help.
            MailDelayed: trying again may help.
        """
        ...


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """An SMTP server; STARTTLS is used where it is offered, `smtps` speaks TLS from the start.

    A password leaves this machine encrypted or not at all: whoever sits in between could otherwise
    hide the offer of STARTTLS and read it.
    """

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    use_tls: bool = False

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `smtp://user:password@host:port`, or `smtps://…`."""
        parts = urlsplit(url)
        return cls(
            parts.hostname or "localhost",
            parts.port or DEFAULT_PORTS.get(parts.scheme, 25),
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            use_tls=parts.scheme == "smtps",
        )

    @property
    def start_tls(self) -> bool | None:
        """Whether to insist on STARTTLS; None takes what is offered."""
        if self.use_tls:
            return False
        return True if self.password and self.host not in OWN_MACHINE else None

    async def send(self, message: EmailMessage) -> None:
        """Send one message.

        Only what the server says about this recipient, or about the message itself, is final. All
        else is about the installation, and somebody will put it right: the mails wait for that.
        """
        try:
            await aiosmtplib.send(
                message,
                recipients=[str(message["To"])],
                hostname=self.host,
                port=self.port,
                username=self.username,
                password=self.password,
                use_tls=self.use_tls,
                start_tls=self.start_tls,
                timeout=SEND_SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = [one.code for one in error.recipients]
            kind = MailRefused if all(code >= 500 for code in refused) else MailDelayed
            raise kind(f"{self.host} does not take mail for this address.") from error
        except aiosmtplib.SMTPDataError as error:
            kind = MailRefused if error.code >= 500 else MailDelayed
            raise kind(f"{self.host} does not take this mail: {error.code}.") from error
        except aiosmtplib.SMTPAuthenticationError as error:
            raise MailDelayed(f"{self.host} does not accept the user name or password.") from error
        except aiosmtplib.SMTPResponseException as error:
            raise MailDelayed(f"{self.host} answered with {error.code}.") from error
        except (OSError, TimeoutError) as error:  # and aiosmtplib's own, which are among them
            raise MailDelayed(f"{self.host}:{self.port} cannot be reached.") from error
        except aiosmtplib.SMTPException as error:
            told = "offers no encryption, or no way to sign in that it shares with us"
            raise MailDelayed(f"{self.host} {told}.") from error


@dataclass(frozen=True, slots=True)
class FolderTransport:
    """Files that `metamorph mail` lists: what a development machine has instead of a server."""

    directory: Path

    async def send(self, message: EmailMessage) -> None:
        """Write one message; it appears under its name when it is complete."""
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        try:
            await asyncio.to_thread(self._write, f"{name}.eml", message.as_bytes())
        except OSError as error:
            raise MailDelayed(f"{self.directory} cannot be written: {error.strerror}.") from error

    def _write(self, name: str, content: bytes) -> None:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.directory / f".{name}"
        draft.touch(mode=0o600)
        draft.write_bytes(content)
        draft.replace(self.directory / name)


@dataclass(frozen=True, slots=True)
class NoTransport:
    """Production without a server: nothing may pretend that mails leave."""

    async def send(self, message: EmailMessage) -> None:
        """Keep the message waiting until a server is configured."""
        del message
        raise MailDelayed("No mail server is configured: set METAMORPH_SMTP_URL.")


def choose_transport(settings: Settings) -> Transport:
    """The server that the settings name, else a folder; in production never the folder."""
    if settings.smtp_url:
        return SmtpTransport.parse(settings.smtp_url)
    if settings.environment == "production":
        return NoTransport()
    return FolderTransport(settings.mail_dir)
