"""`metamorph audit`: whether the audit log is whole."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from api.cli.configuration import read_settings
from api.cli.migrate import owner_url
from api.stack.errors import StackError
from domain.shared.ids import SYSTEM_WORKSPACE

if TYPE_CHECKING:  # the database layer slows every other command down
    from domain.audit.repository import Chain
    from domain.audit.rules import Head
    from domain.audit.verify import Progress, Verdict


def register(app: typer.Typer) -> None:
    """Add this group of commands."""
    audit = typer.Typer(no_args_is_help=True, help="The audit log.")
    audit.callback()(_keep_group)
    audit.command("verify")(verify)
    app.add_typer(audit, name="audit")


def verify(
    workspace: Annotated[
        str, typer.Option(help="Slug or id of one workspace; `-` is the installation's own.")
    ] = "",
    noted: Annotated[
        str,
        typer.Option(
            "--head", help="SEQ:HASH that an earlier run printed; the log must still contain it."
        ),
    ] = "",
) -> None:
    """Compute every hash of the audit log anew; exit code 1 where an entry is not what it was.

    Needs the owner's role, which sees all workspaces. Keep what it prints in another place: whoever
    owns the database could write a whole log anew, but not so that it contains that hash.
    """
    head = _read_head(noted) if noted else None
    if head is not None and not workspace:
        raise StackError("--head is of one workspace: name it with --workspace")
    with owner_url(read_settings()) as url:
        verdicts = asyncio.run(_verify(url, workspace, head))
    for verdict in verdicts:
        typer.echo(_describe(verdict))
    if any(verdict.broken is not None for verdict in verdicts):
        raise typer.Exit(1)


def _keep_group() -> None:
    """A group of one command would otherwise become that command."""


def _read_head(noted: str) -> "Head":
    from domain.audit.rules import Head

    seq, _, digits = noted.partition(":")
    try:
        return Head(int(seq), bytes.fromhex(digits))
    except ValueError as error:
        raise StackError("--head is a number, a colon and a hash in hexadecimal") from error


async def _verify(url: str, workspace: str, noted: "Head | None") -> "list[Verdict]":
    from domain.audit.verify import find_chains, verify_chain
    from domain.shared.database import Database
    from domain.shared.errors import DomainError

    database = Database(url, pool_size=1)
    try:
        chains = [one for one in await find_chains(database) if _is_meant(one, workspace)]
        if workspace and not chains:
            raise StackError(f"there is no log of a workspace {workspace}")
        with _progress(chains) as progress:
            return [await verify_chain(database, one, progress, noted) for one in chains]
    except DomainError as error:
        raise StackError(error.message) from error
    finally:
        await database.close()


def _is_meant(chain: "Chain", workspace: str) -> bool:
    return workspace in ("", chain.slug, str(chain.workspace_id))


@contextlib.contextmanager
def _progress(chains: "list[Chain]") -> "Iterator[Progress]":
    """A bar over all entries; on standard error, so that results can be piped."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("Verifying"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("verify", total=sum(chain.entries for chain in chains))
        yield lambda _, entries: bar.advance(task, entries)


def _describe(verdict: "Verdict") -> str:
    chain, head = verdict.chain, verdict.head
    name = chain.slug or f"{chain.workspace_id} (deleted)"
    if chain.workspace_id == SYSTEM_WORKSPACE:
        name = "installation (-)"
    if verdict.broken is not None:
        return f"{name}: BROKEN: entry {verdict.broken.seq} {verdict.broken.fault}"
    if head.seq == 0:
        return f"{name}: intact, empty"
    return f"{name}: intact, {head.seq} entries, head {head.seq}:{head.hash.hex()}"
