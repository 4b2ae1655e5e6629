"""`metamorph mail`: the mails that landed in a folder, and those that no server would take."""

import asyncio
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from api.cli.accounts import open_units
from api.cli.configuration import read_settings
from api.stack.errors import StackError
from domain.shared.log_secrets import tame

if TYPE_CHECKING:  # the database layer slows every other command down
    from domain.executions.models import Execution

LISTED = 50


class NumbersShow(TyperGroup):
    """`metamorph mail 3` is short for `metamorph mail show 3`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words behind the command."""
        return super().parse_args(ctx, ["show", *args] if args and args[0].isdecimal() else args)


def register(app: typer.Typer) -> None:
    """Add this group of commands."""
    mail = typer.Typer(
        cls=NumbersShow, invoke_without_command=True, help="Mails; a NUMBER shows one of the list."
    )
    mail.callback()(list_mails)
    mail.command("show")(show)
    mail.command("failed")(failed)
    mail.command("retry")(retry)
    app.add_typer(mail, name="mail")


def list_mails(
    context: typer.Context,
    newest: Annotated[int, typer.Option("--last", help="List so many.", min=1)] = LISTED,
) -> None:
    """List the mails of this installation; for development, where none leaves."""
    if context.invoked_subcommand is None:
        settings = read_settings()
        show_list(find_mails(settings.mail_dir), newest, settings.mail_dir)


def show(number: Annotated[int, typer.Argument(help="Of the list.")]) -> None:
    """Show one mail of the list."""
    found = find_mails(read_settings().mail_dir)
    if not 1 <= number <= len(found):
        raise StackError(f"there is no mail {number}: there are {len(found)}")
    message = read_mail(found[number - 1])
    body = message.get_body(("plain",))
    for name in ("Date", "From", "To", "Subject"):
        typer.echo(f"{name}: {tame(str(message[name]))}")
    typer.echo("")
    typer.echo(tame(body.get_content(), many_lines=True) if body is not None else "")


def failed() -> None:
    """List the mails of the last seven days that were given up."""
    mails = asyncio.run(_list_failed())
    if not mails:
        typer.echo("No mail was given up.")
        return
    table = Table(box=box.SIMPLE, pad_edge=False)
    for name in ("id", "owed", "what", "to", "why"):
        table.add_column(name, overflow="fold")
    for mail in mails:
        owed = f"{mail.created_at.astimezone():%Y-%m-%d %H:%M}"
        told = (str(mail.input["template"]), str(mail.input["to"]), mail.error_message or "")
        table.add_row(str(mail.id), owed, *(Text(tame(one)) for one in told))
    console = Console()
    console.print(table)
    console.print("Queue them again: metamorph mail retry, or one: metamorph mail retry ID")


def retry(
    mail_id: Annotated[str, typer.Argument(metavar="[ID]", help="Of one mail; else all.")] = "",
) -> None:
    """Queue mails again that were given up, unless what they say is of no use any more."""
    try:
        only = UUID(mail_id) if mail_id else None
    except ValueError as error:
        raise StackError(f"{mail_id} is no id: metamorph mail failed lists them") from error
    mails = asyncio.run(_retry(only))
    for mail in mails:
        typer.echo(f"Queued again: {mail.input['template']} to {tame(str(mail.input['to']))}")
    if not mails:
        typer.echo("No mail was given up that is still of use.")


async def _list_failed() -> "Sequence[Execution]":
    from domain.mail.retry import list_failed

    async with open_units() as units, units.database.session() as session:
        return await list_failed(session)


async def _retry(only: UUID | None) -> "Sequence[Execution]":
    from domain.mail import retry as verb
    from domain.shared.clock import SystemClock

    async with open_units() as units, units.begin() as uow:
        if only is not None:
            return [await verb.retry_mail(uow, SystemClock(), only)]
        return await verb.retry_mails(uow, SystemClock())


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
        told = (str(message["To"]), str(message["Subject"]))
        table.add_row(str(number), when, *(Text(tame(one)) for one in told))
    console = Console()
    console.print(table)
    console.print("Read one with its link: metamorph mail NUMBER")
