"""Messages on their way: what a server says decides whether it is tried again."""

import socket
from email.message import EmailMessage
from pathlib import Path

import pytest

from domain.shared.settings import Settings
from tests.workers.mail.server import PASSWORD, USER, Inbox, make_certificate, serve_mail
from workers.mail.transport import (
    FolderTransport,
    MailDelayed,
    MailRefused,
    NoTransport,
    SmtpTransport,
    Transport,
    choose_transport,
)

pytestmark = pytest.mark.integration

SMTP_URL = "smtp://127.0.0.1:2525"


def make_message(number: int = 1) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Metamorph <no-reply@metamorph.example>"
    message["To"] = "robin@example.test"
    message["Subject"] = "Hello"
    message["Message-ID"] = f"<{number:032x}@metamorph.example>"
    message.set_content("Grüße\n")
    return message


def transport_to(inbox: Inbox, sign_in: str = "", scheme: str = "smtp") -> SmtpTransport:
    return SmtpTransport.parse(f"{scheme}://{sign_in}127.0.0.1:{inbox.port}")


SIGN_IN = f"{USER}:{PASSWORD.replace(' ', '%20')}@"


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate that this process trusts."""
    made = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made))
    return made


async def test_a_message_arrives_for_its_one_recipient():
    async with serve_mail(Inbox()) as inbox:
        await transport_to(inbox).send(make_message())
    assert inbox.recipients == [["robin@example.test"]]
    assert inbox.senders == ["no-reply@metamorph.example"]
    assert inbox.arrived[0].get_content().strip() == "Grüße"


async def test_starttls_is_used_where_it_is_offered(certificate: Path):
    async with serve_mail(Inbox(), certificate=certificate) as inbox:
        await transport_to(inbox).send(make_message())
    assert inbox.encrypted == [True]


async def test_smtps_is_encrypted_from_the_start(certificate: Path):
    async with serve_mail(Inbox(), certificate=certificate, smtps=True) as inbox:
        await transport_to(inbox, scheme="smtps").send(make_message())
    assert len(inbox.arrived) == 1


async def test_name_and_password_sign_in_over_tls(certificate: Path):
    async with serve_mail(Inbox(), certificate=certificate, asks_password=True) as inbox:
        await transport_to(inbox, SIGN_IN).send(make_message())
    assert (inbox.encrypted, inbox.signed_in) == ([True], [True])


async def test_a_server_that_nobody_vouches_for_gets_no_mail(tmp_path: Path):
    certificate = make_certificate(tmp_path)
    async with serve_mail(Inbox(), certificate=certificate) as inbox:
        with pytest.raises(MailDelayed):
            await transport_to(inbox).send(make_message())
    assert inbox.arrived == []


async def test_a_password_leaves_this_machine_encrypted_or_not_at_all(monkeypatch):
    """Where the offer of STARTTLS is missing, somebody may have taken it away."""
    monkeypatch.setattr("workers.mail.transport.OWN_MACHINE", frozenset())
    async with serve_mail(Inbox(), asks_password=True) as inbox:
        with pytest.raises(MailDelayed, match="no encryption"):
            await transport_to(inbox, SIGN_IN).send(make_message())
    assert inbox.arrived == []


async def test_a_wrong_password_is_tried_again_once_somebody_has_corrected_it():
    async with serve_mail(Inbox(), asks_password=True) as inbox:
        with pytest.raises(MailDelayed, match="user name or password") as delayed:
            await transport_to(inbox, "metamorph:wrong@").send(make_message())
        assert "wrong" not in str(delayed.value)
        await transport_to(inbox, SIGN_IN).send(make_message())
    assert inbox.signed_in == [True]


@pytest.mark.parametrize(
    ("command", "answer", "expected"),
    [
        ("RCPT", "550 5.1.1 no such user", MailRefused),
        ("RCPT", "553 5.1.3 bad address", MailRefused),
        ("RCPT", "450 4.2.1 mailbox busy", MailDelayed),
        ("RCPT", "421 4.7.0 too fast", MailDelayed),
        ("DATA", "554 5.7.1 looks like spam", MailRefused),
        ("DATA", "451 4.3.0 try later", MailDelayed),
        ("MAIL", "553 5.7.1 sender not yours", MailDelayed),
        ("MAIL", "530 5.7.0 sign in first", MailDelayed),
        ("MAIL", "452 4.3.1 disk full", MailDelayed),
    ],
)
async def test_only_what_is_said_about_recipient_or_content_is_final(command, answer, expected):
    async with serve_mail(Inbox(answers={command: answer})) as inbox:
        with pytest.raises((MailRefused, MailDelayed)) as refused:
            await transport_to(inbox).send(make_message())
    assert refused.type is expected
    assert inbox.arrived == []


async def test_a_server_that_is_away_is_asked_again():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(MailDelayed, match="cannot be reached"):
        await SmtpTransport("127.0.0.1", port).send(make_message())


async def test_what_speaks_no_smtp_is_asked_again(monkeypatch):
    monkeypatch.setattr("workers.mail.transport.SEND_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        transport = SmtpTransport("127.0.0.1", silent.getsockname()[1])
        with pytest.raises(MailDelayed, match="cannot be reached"):
            await transport.send(make_message())


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.test", SmtpTransport("mail.test", 587)),
        ("smtps://mail.test", SmtpTransport("mail.test", 465, use_tls=True)),
        ("smtp://a%40b:p%2Fw%3A@mail.test:25", SmtpTransport("mail.test", 25, "a@b", "p/w:")),
        ("smtp://[::1]:2525", SmtpTransport("::1", 2525)),
    ],
)
def test_an_address_of_a_server_is_read(url: str, expected: SmtpTransport):
    assert SmtpTransport.parse(url) == expected


def test_a_transport_does_not_tell_its_password():
    assert PASSWORD not in repr(SmtpTransport("mail.test", 25, USER, PASSWORD))


async def test_the_folder_takes_whole_messages_for_its_owner_s_eyes_alone(tmp_path: Path):
    folder = tmp_path / "var" / "mail"
    message = make_message()
    for _ in range(2):
        await FolderTransport(folder).send(message)
    (written,) = folder.iterdir()
    assert written.name == f"{1:032x}.eml"
    assert written.read_bytes() == message.as_bytes()
    assert (folder.stat().st_mode & 0o777, written.stat().st_mode & 0o077) == (0o700, 0)


async def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path):
    (tmp_path / "mail").write_text("a file")
    with pytest.raises(MailDelayed, match="cannot be written"):
        await FolderTransport(tmp_path / "mail").send(make_message())


@pytest.mark.parametrize(
    ("environment", "url", "expected"),
    [
        ("development", "", FolderTransport),
        ("test", "", FolderTransport),
        ("production", "", NoTransport),
        ("production", SMTP_URL, SmtpTransport),
        ("development", SMTP_URL, SmtpTransport),
    ],
)
def test_production_never_writes_mails_into_a_folder(
    tmp_path: Path, environment, url, expected: type[Transport]
):
    settings = Settings(environment=environment, smtp_url=url, var_dir=tmp_path)
    assert type(choose_transport(settings)) is expected


async def test_production_without_a_server_keeps_its_mails(tmp_path: Path):
    with pytest.raises(MailDelayed, match="METAMORPH_SMTP_URL"):
        await NoTransport().send(make_message())
    assert list(tmp_path.iterdir()) == []
