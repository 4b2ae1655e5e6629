"""`metamorph audit`: show the audit log, take it along, and prove that it is whole."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO
from uuid import UUID

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.cli.configuration import read_settings
from api.cli.migrate import owner_url
from api.stack.errors import StackError
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.log_secrets import tame

if TYPE_CHECKING:  # the database layer slows every other command down
    from domain.audit.models import AuditEntry
    from domain.audit.repository import AuditFilter, Chain
    from domain.audit.rules import Head
    from domain.audit.verify import Progress, Verdict
    from domain.shared.database import Database

LISTED, MOST_LISTED = 50, 500
INSTALLATION = "-"
"""Slug of the installation's own workspace."""


class Form(StrEnum):
    """What a log is written as."""

    CSV = "csv"
    JSON = "json"


Whose = Annotated[
    str, typer.Option(help="Slug or id of a workspace; `-` is the installation's own.")
]
ActorId = Annotated[str, typer.Option(help="Id of the person who did it.")]
Action = Annotated[str, typer.Option(help="Such as mission.start.")]
EntityType = Annotated[str, typer.Option(help="Such as Mission.")]
EntityId = Annotated[str, typer.Option(help="Id of what it was done to.")]
Since = Annotated[str, typer.Option(help="At this moment or later: 2025-01-31T12:00:00Z.")]
Until = Annotated[str, typer.Option(help="Before this moment.")]
Search = Annotated[str, typer.Option(help="Part of the action, a name, address or request id.")]


def register(app: typer.Typer) -> None:
    """Add this group of commands."""
    audit = typer.Typer(no_args_is_help=True, help="The audit log.")
    audit.command("list")(show)
    audit.command("export")(export)
    audit.command("verify")(verify)
    app.add_typer(audit, name="audit")


def show(
    *,
    workspace: Whose = INSTALLATION,
    actor_id: ActorId = "",
    action: Action = "",
    entity_type: EntityType = "",
    entity_id: EntityId = "",
    since: Since = "",
    until: Until = "",
    search: Search = "",
    newest: Annotated[int, typer.Option("--last", min=1, max=MOST_LISTED)] = LISTED,
    before: Annotated[int, typer.Option(help="Go on with what is older than this number.")] = 0,
) -> None:
    """Show a log, the newest entry first; what each entry changed is in the export."""
    given = pick(
        actor_id=actor_id,
        action=action,
        entity_type=entity_type,
        entity_id=entity_id,
        since=since,
        until=until,
        search=search,
    )
    with owner_url(read_settings()) as url:
        entries = asyncio.run(_list(url, workspace, given, newest, before or None))
    show_table(entries)
    if len(entries) == newest:
        typer.echo(f"Older ones: --before {entries[-1].seq}", err=True)


def export(
    *,
    workspace: Whose = INSTALLATION,
    form: Annotated[Form, typer.Option("--format", help="What to write.")] = Form.JSON,
    output: Annotated[Path | None, typer.Option(help="A file; else standard output.")] = None,
    actor_id: ActorId = "",
    action: Action = "",
    entity_type: EntityType = "",
    entity_id: EntityId = "",
    since: Since = "",
    until: Until = "",
    search: Search = "",
) -> None:
    """Take a log along, the oldest entry first; that this was done is its last entry."""
    given = pick(
        actor_id=actor_id,
        action=action,
        entity_type=entity_type,
        entity_id=entity_id,
        since=since,
        until=until,
        search=search,
    )
    with owner_url(read_settings()) as url, open_output(output) as file:
        asyncio.run(_export(url, workspace, form, given, file))


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


def pick(**given: str) -> dict[str, str]:
    """The conditions that were given, by the names that the REST routes have for them."""
    return {name: value for name, value in given.items() if value}


def show_table(entries: "Sequence[AuditEntry]") -> None:
    """Entries for a terminal, which nothing in them can command."""
    table = Table(box=box.SIMPLE, pad_edge=False)
    for name in ("seq", "at", "who", "action", "what", "address"):
        table.add_column(name, overflow="fold")
    for entry in entries:
        about = " ".join(one for one in (entry.entity_type, entry.entity_label) if one)
        told = (entry.actor_name, entry.action, about, entry.address)
        at = f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}"
        table.add_row(str(entry.seq), at, *(Text(tame(one or "")) for one in told))
    Console().print(table)


@contextlib.contextmanager
def open_output(path: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that only its owner may read and that is there when it is whole."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    draft = path.with_name(f".{path.name}.part")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600, exist_ok=False)
    try:
        with draft.open("wb") as file:
            yield file
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def opened(url: str) -> "AsyncIterator[Database]":
    """The database of a role; what is wrong becomes a line for the terminal."""
    from domain.shared.database import Database
    from domain.shared.errors import DomainError

    database = Database(url, pool_size=1)
    try:
        yield database
    except DomainError as error:
        raise StackError(error.message) from error
    finally:
        await database.close()


async def find_chains_of(database: "Database", workspace: str) -> "list[Chain]":
    """The log of a workspace, or all where none is named."""
    from domain.audit.verify import find_chains

    chains = [one for one in await find_chains(database) if _is_meant(one, workspace)]
    if workspace and not chains:
        raise StackError(f"there is no log of a workspace {workspace}")
    return chains


async def find_whose(database: "Database", workspace: str) -> UUID:
    """The workspace of one log; the installation's is there before it has an entry."""
    if workspace == INSTALLATION:
        return SYSTEM_WORKSPACE
    (chain,) = await find_chains_of(database, workspace or "(unnamed)")
    return chain.workspace_id


async def _list(
    url: str, workspace: str, given: dict[str, str], newest: int, before: int | None
) -> "Sequence[AuditEntry]":
    from domain.audit.export import list_newest

    async with opened(url) as database:
        wanted = make_filter(given)
        whose = await find_whose(database, workspace)
        return await list_newest(database, whose, wanted, limit=newest, before=before)


async def _export(
    url: str, workspace: str, form: Form, given: dict[str, str], file: BinaryIO
) -> None:
    from api.audit_files import write_csv, write_json
    from domain.audit.export import ExportAudit, export_log
    from domain.shared.jobs import SilentOutlet
    from domain.shared.unit_of_work import UnitsOfWork

    write = {Form.CSV: write_csv, Form.JSON: write_json}[form]
    async with opened(url) as database:
        command = ExportAudit(form.value, make_filter(given))
        whose = await find_whose(database, workspace)
        batches = await export_log(UnitsOfWork(database, SilentOutlet()), whose, command)
        async for part in write(batches):
            file.write(part)


def make_filter(given: dict[str, str]) -> "AuditFilter":
    """As the domain takes it."""
    from api.audit_files import read_filter

    return read_filter(list(given.items()))


def _read_head(noted: str) -> "Head":
    from domain.audit.rules import Head

    seq, _, digits = noted.partition(":")
    try:
        return Head(int(seq), bytes.fromhex(digits))
    except ValueError as error:
        raise StackError("--head is a number, a colon and a hash in hexadecimal") from error


async def _verify(url: str, workspace: str, noted: "Head | None") -> "list[Verdict]":
    from domain.audit.verify import verify_chain

    async with opened(url) as database:
        chains = await find_chains_of(database, workspace)
        with _progress(chains) as progress:
            return [await verify_chain(database, one, progress, noted) for one in chains]


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
