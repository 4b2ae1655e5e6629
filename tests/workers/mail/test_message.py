"""What a mail says: plainly and in HTML, with its link, and with nothing that a name smuggles in."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from domain.mail.compose import Letter
from domain.mail.rules import TEMPLATES, make_link
from domain.shared.ids import new_id
from workers.mail.message import write_message

pytestmark = pytest.mark.unit

SENDER = "Metamorph <no-reply@metamorph.example>"
BASE = "https://app.metamorph.example"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
VALUES = {
    "name": "Robin",
    "inviter": "Kim",
    "workspace": "Red team",
    "address": "robin@example.test",
    "device": "Firefox",
    "left": "7",
    "until": "2026-06-01",
}
EVIL = "Kim\r\nBcc: eve@evil.test\r\n\r\n<script>alert(1)</script> & \"friends\" 'of' {link}"


def letter(template: str, **values: str) -> Letter:
    """A letter about something."""
    about, filled = TEMPLATES[template], {**VALUES, **values}
    link = None if about.page is None else make_link(BASE, about.page, "mml_token")
    subject = about.subject.format_map(filled)
    return Letter(new_id(), "robin@example.test", template, subject, link, filled)


def write(one: Letter) -> EmailMessage:
    """The message as a server gets it."""
    message = write_message(one, SENDER, BASE, NOW)
    read = message_from_bytes(message.as_bytes(policy=policy.SMTP), policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def texts(message: EmailMessage) -> tuple[str, str]:
    """The plain text and the page."""
    plain, page = message.get_body(["plain"]), message.get_body(["html"])
    assert plain is not None
    assert page is not None
    return plain.get_content().replace("\r\n", "\n"), page.get_content()


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_every_mail_is_there_as_text_and_as_a_page_and_says_where_its_link_leads(template: str):
    one = letter(template)
    message = write(one)
    plain, page = texts(message)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    for text in (plain, page):
        assert "{{" not in text
        assert text.count("\n") > 1
    if one.link is not None:
        assert f"\n{one.link}\n" in plain
        assert f'href="{one.link}"' in page
    addresses = set(re.findall(r"https?://[^\s\"<>)]+", plain + page))
    assert all(address.rstrip(".,").startswith(BASE) for address in addresses)


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_a_page_loads_nothing_from_anywhere(template: str):
    _, page = texts(write(letter(template)))
    for loading in ("src=", "url(", "<img", "<script", "<link", "@import"):
        assert loading not in page


def test_the_headers_are_what_servers_and_readers_expect():
    one = letter("register")
    message = write(one)
    assert message["From"] == SENDER
    assert message["To"] == "robin@example.test"
    assert message["Subject"] == "Confirm your address"
    assert message["Date"].datetime == NOW
    assert message["Message-ID"] == f"<{one.id.hex}@metamorph.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "Bcc" not in message


def test_a_link_is_whole_in_the_raw_message_where_nothing_needs_to_be_encoded():
    one = letter("register")
    raw = write_message(one, SENDER, BASE, NOW).as_bytes()
    assert str(one.link).encode() in raw
    assert max(len(line) for line in raw.splitlines()) < 998


def test_long_lines_are_broken_as_servers_need_it():
    raw = write_message(letter("welcome", name="x" * 5000), SENDER, BASE, NOW).as_bytes()
    assert max(len(line) for line in raw.splitlines()) < 998


def test_a_second_copy_can_be_told_from_another_mail():
    one = letter("reset")
    first, again, other = write(one), write(one), write(letter("reset"))
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]


@pytest.mark.parametrize("field", sorted(VALUES))
@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_what_people_are_called_adds_no_header_no_part_and_no_markup(template: str, field: str):
    message = write(letter(template, **{field: EVIL}))
    usual = write(letter(template))
    assert message.keys() == usual.keys()
    assert len(list(message.iter_parts())) == 2
    plain, page = texts(message)
    assert "<script>" not in page
    assert not any(line.startswith("Bcc") for line in plain.splitlines())
    assert "Bcc" not in message
    assert message["To"] == "robin@example.test"


@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\x1e"])
def test_no_line_ending_of_any_script_breaks_a_subject(ending: str):
    message = write(letter("invitation", inviter=f"Kim{ending}Bcc: eve@evil.test"))
    assert message["Subject"] == "Kim Bcc: eve@evil.test invites you to Red team"
    assert message["Bcc"] is None


def test_a_name_cannot_pass_for_the_link():
    one = letter("invitation", inviter="https://evil.test/invitation")
    plain, page = texts(write(one))
    assert re.findall(r'href="([^"]*)"', page) == [one.link]
    assert plain.count("\n\n") == texts(write(letter("invitation")))[0].count("\n\n")


def test_names_of_any_script_arrive_as_they_are():
    name = "Zoë 王 Ж 🐎"
    plain, page = texts(write(letter("welcome", name=name)))
    assert name in plain
    assert name in page
    subject = write(letter("invitation", inviter=name))["Subject"]
    assert subject == f"{name} invites you to Red team"


def test_a_value_that_a_mail_needs_and_lacks_is_a_mistake_of_ours_and_not_an_empty_mail():
    one = letter("welcome")
    with pytest.raises(Exception, match="undefined"):
        write(replace(one, values={}))
