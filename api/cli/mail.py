"""`metamorph mail`: the mails that landed in a folder, because no server is configured."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from api.cli.configuration import read_settings
from api.stack.errors import StackError

LISTED = 50


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("mail")(mail)


def mail(
    number: Annotated[int, typer.Argument(help="Show this one of the list.")] = 0,
    newest: Annotated[int, typer.Option("--last", help="List so many.", min=1)] = LISTED,
) -> None:
    """List the mails of this installation, or show one; for development, where none leaves."""
    settings = read_settings()
    found = find_mails(settings.mail_dir)
    if number == 0:
        show_list(found, newest, settings.mail_dir)
        return
    if not 1 <= number <= len(found):
        raise StackError(f"there is no mail {number}: there are {len(found)}")
    message = read_mail(found[number - 1])
    body = message.get_body(("plain",))
    for name in ("Date", "From", "To", "Subject"):
        typer.echo(f"{name}: {message[name]}")
    typer.echo("")
    typer.echo(body.get_content() if body is not None else "")


def find_mails(directory: Path) -> list[Path]:
    """Every mail, newest first: their names begin with the time."""
    return sorted(directory.glob("[!.]*.eml"), reverse=True)


def read_mail(path: Path) -> EmailMessage:
    """One mail."""
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def show_list(found: list[Path], newest: int, directory: Path) -> None:
    """A table, or where mails would be."""
    if not found:
        typer.echo(f"No mail has landed in {directory}.")
        return
    table = Table(box=box.SIMPLE, pad_edge=False)
    for name in ("#", "when", "to", "subject"):
        table.add_column(name, overflow="fold")
    for number, path in enumerate(found[:newest], 1):
        message = read_mail(path)
        moment = parsedate_to_datetime(str(message["Date"])).astimezone()
        when = f"{moment:%Y-%m-%d %H:%M:%S}"
        table.add_row(str(number), when, str(message["To"]), str(message["Subject"]))
    console = Console()
    console.print(table)
    console.print("Read one with its link: metamorph mail NUMBER")
