"""`metamorph admin`, `accounts` and `workspace`: what must be possible where nobody can sign in."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.configuration import connected_settings
from api.stack.errors import StackError
from domain.shared.errors import DomainError, Invalid

if TYPE_CHECKING:  # the database layer slows every other command down
    from domain.accounts.create_admin import Admin, CreateAdmin
    from domain.shared.unit_of_work import UnitsOfWork

GENERATED_PASSWORD_BYTES = 18


def register(app: typer.Typer) -> None:
    """Add these groups of commands."""
    admin = typer.Typer(no_args_is_help=True, help="Administrators.")
    admin.command("create")(create_admin)
    app.add_typer(admin, name="admin")
    people = typer.Typer(no_args_is_help=True, help="People who have an account.")
    people.command("disable")(disable)
    people.command("enable")(enable)
    app.add_typer(people, name="accounts")
    workspace = typer.Typer(no_args_is_help=True, help="Workspaces.")
    workspace.command("allow-host")(allow_host)
    app.add_typer(workspace, name="workspace")


def create_admin(
    email: Annotated[str, typer.Option(help="What the administrator signs in with.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    name: Annotated[str, typer.Option(help="Shown to others; else made from the address.")] = "",
    workspace: Annotated[str, typer.Option(help="Name of the new workspace.")] = "Main",
) -> None:
    """Make a workspace and its administrator; prints a generated password unless one is given.

    Somebody who exists is left as he is, and the exit code is 0.
    """
    from domain.accounts.create_admin import CreateAdmin

    password = read_password() if password_stdin else generate_password()
    command = CreateAdmin(
        email=email,
        password=password,
        display_name=name or email.partition("@")[0],
        workspace_name=workspace,
    )
    admin = asyncio.run(_create(command))
    if not admin.created:
        typer.echo(f"{email} exists already; nothing was changed.")
        return
    typer.echo(f"{email} can sign in now, as administrator of {workspace}.")
    if not password_stdin:
        typer.echo(f"Password: {password}")


def disable(email: Annotated[str, typer.Argument(help="Of the person.")]) -> None:
    """Keep somebody out: sessions and access tokens end at once, open connections in seconds."""
    ended = asyncio.run(_disable(email))
    typer.echo(f"{email} is out, with {ended} sessions. Back in: metamorph accounts enable {email}")


def enable(email: Annotated[str, typer.Argument(help="Of the person.")]) -> None:
    """Let somebody sign in again; sessions and access tokens of before stay ended."""
    asyncio.run(_enable(email))
    typer.echo(f"{email} can sign in again.")


def allow_host(
    hosts: Annotated[list[str], typer.Argument(help="example.com, localhost:8000, *.domain ...")],
    acting: Annotated[
        str, typer.Option("--as", help="Address of a member; needless where there is one person.")
    ] = "",
) -> None:
    """Let the tests of a workspace reach more hosts."""
    allowed = asyncio.run(_allow(hosts, acting or None))
    typer.echo(f"Tests may reach: {', '.join(allowed)}")


def read_password() -> str:
    """The first line of standard input; a secret in an argument would be seen by everybody."""
    return sys.stdin.readline().rstrip("\r\n")


def generate_password() -> str:
    """A password nobody has to invent: 144 random bits."""
    return secrets.token_urlsafe(GENERATED_PASSWORD_BYTES)


async def _create(command: "CreateAdmin") -> "Admin":
    from domain.accounts import create_admin as verb
    from domain.accounts.passwords import Passwords

    async with open_units() as units:
        return await verb.create_admin(units, Passwords(), command)


async def _disable(email: str) -> int:
    from domain.accounts.people.disable import disable_account
    from domain.shared.clock import SystemClock

    async with open_units() as units, units.begin() as uow:
        return await disable_account(uow, SystemClock(), email)


async def _enable(email: str) -> None:
    from domain.accounts.people.disable import enable_account
    from domain.shared.clock import SystemClock

    async with open_units() as units, units.begin() as uow:
        await enable_account(uow, SystemClock(), email)


async def _allow(hosts: list[str], email: str | None) -> list[str]:
    from domain.accounts.actors import load_operator
    from domain.accounts.workspaces.update import allow_hosts

    async with open_units() as units, units.begin() as uow:
        actor = await load_operator(uow.session, email)
        if actor is None:
            raise StackError(
                f"nobody here has the address {email}"
                if email
                else "say who you are with --as ADDRESS: there is not exactly one person"
            )
        return (await allow_hosts(uow, actor, hosts)).allowed_hosts


@asynccontextmanager
async def open_units() -> "AsyncIterator[UnitsOfWork]":
    """Units of work on one connection; what is wrong becomes a line for the terminal."""
    from domain.shared.database import Database
    from domain.shared.jobs import SilentOutlet
    from domain.shared.unit_of_work import UnitsOfWork

    database = Database(connected_settings().database_url, pool_size=1)
    try:
        yield UnitsOfWork(database, SilentOutlet())
    except Invalid as error:
        others = (message for _, message in error.details)
        raise StackError(" ".join([error.message, *others])) from error
    except DomainError as error:
        raise StackError(error.message) from error
    finally:
        await database.close()
