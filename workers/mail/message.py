"""A letter as a MIME message with plain text and HTML."""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from jinja2 import Environment, PackageLoader, StrictUndefined

from domain.mail.compose import Letter
from domain.mail.rules import TEMPLATES

LONGEST_LINE = 900
"""Less than what servers take (RFC 5322, 2.1.1: 998)."""


def write_message(letter: Letter, sender: str, base_url: str, now: datetime) -> EmailMessage:
    """Put a letter into words.

    The same letter always has the same Message-ID (RFC 5322, 3.6.4), so that servers and readers
    can tell that a second copy, sent because the first reply was lost, is a copy.
    """
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.id.hex}@{domain_of(sender)}>"
    message["Auto-Submitted"] = "auto-generated"
    words = _text.get_template(f"{letter.template}.txt.j2").render(
        {name: one_line(value) for name, value in letter.values.items()},
        link=letter.link,
        base_url=base_url,
    )
    message.set_content(words, cte=choose_encoding(words))
    page = _pages.get_template("letter.html.j2").render(
        subject=letter.subject,
        paragraphs=[one.strip() for one in words.split("\n\n") if one.strip()],
        link=letter.link,
        button=TEMPLATES[letter.template].button,
    )
    message.add_alternative(page, subtype="html", cte=choose_encoding(page))
    return message


def choose_encoding(text: str) -> str | None:
    """Plain ASCII goes as it is, so that a link is whole in a folder's file too; None: as needed."""
    is_plain = text.isascii() and all(len(line) < LONGEST_LINE for line in text.splitlines())
    return "7bit" if is_plain else None


def one_line(text: str) -> str:
    """The text without line breaks of any script, so that a name is no header and no paragraph."""
    return " ".join(text.split())


def domain_of(sender: str) -> str:
    """What stands behind the @ of a sender such as `Metamorph <no-reply@example.com>`."""
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"


_text = Environment(  # noqa: S701 - plain text, where escapes would be read as they are
    loader=PackageLoader("workers.mail"), undefined=StrictUndefined, keep_trailing_newline=True
)
_pages = Environment(
    loader=PackageLoader("workers.mail"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
