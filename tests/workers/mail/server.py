"""A real SMTP server on a port of this machine, in the tests' own event loop."""

import asyncio
import datetime
import ipaddress
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "metamorph", "a secret for mails"


@dataclass
class Inbox:
    """What arrived, and what the server answers; a handler of aiosmtpd."""

    port: int = 0
    arrived: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    senders: list[str | None] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    signed_in: list[bool] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    """By command, `MAIL`, `RCPT` or `DATA`: what to answer instead of 250."""
    doubtful: int = 0
    """How many messages are taken and yet answered with 451."""
    something: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd calls it by the command
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        mail_options: list[str],
    ) -> str:
        if "MAIL" not in self.answers:
            envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it by the command
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        if "RCPT" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it by the command
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        content = envelope.content
        assert isinstance(content, bytes)
        self.arrived.append(message_from_bytes(content, policy=policy.default))
        self.recipients.append(list(envelope.rcpt_tos))
        self.senders.append(envelope.mail_from)
        self.encrypted.append(session.ssl is not None)
        self.signed_in.append(bool(session.authenticated))
        self.something.set()
        if self.doubtful > 0:
            self.doubtful -= 1
            return "451 4.3.0 taken, or not"
        return "250 OK"

    async def wait(self, mails: int = 1, seconds: float = 20) -> None:
        """Until that many have arrived."""
        async with asyncio.timeout(seconds):
            while len(self.arrived) < mails:
                self.something.clear()
                await self.something.wait()


def check_password(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
) -> AuthResult:
    """Whether it is the one user that the server knows."""
    known = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=data == known, handled=False)


@asynccontextmanager
async def serve_mail(
    inbox: Inbox,
    *,
    port: int = 0,
    certificate: Path | None = None,
    smtps: bool = False,
    asks_password: bool = False,
) -> AsyncIterator[Inbox]:
    """Serve until the block ends; with a certificate over TLS, or after STARTTLS."""
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)

    def make() -> SMTP:
        with warnings.catch_warnings():
            # It warns of passwords without TLS, which is what some tests are about.
            warnings.simplefilter("ignore", UserWarning)
            return SMTP(
                inbox,
                hostname="mail.test",
                tls_context=None if smtps else context,
                authenticator=check_password if asks_password else None,
                auth_required=asks_password,
                auth_require_tls=context is not None and not smtps,
            )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        make, "127.0.0.1", port, ssl=context if smtps else None, reuse_address=True
    )
    inbox.port = server.sockets[0].getsockname()[1]
    try:
        yield inbox
    finally:
        server.close()
        await server.wait_closed()


def make_certificate(directory: Path, host: str = "127.0.0.1") -> Path:
    """A key and a certificate that it signed itself, in one file."""

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(host))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = directory / "mail.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
