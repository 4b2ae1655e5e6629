"""`metamorph elements`: take a workspace's element cache along, and bring one in."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO
from uuid import UUID

import typer

from api.cli.audit import open_output, opened
from api.cli.configuration import read_settings
from api.cli.migrate import owner_url
from api.stack.errors import StackError

if TYPE_CHECKING:  # the database layer slows every other command down
    from domain.elements.bring_in import Imported
    from domain.shared.database import Database
    from domain.shared.unit_of_work import UnitsOfWork

CHUNK_BYTES = 64 * 1024
STANDARD_INPUT = Path("-")

Whose = Annotated[str, typer.Option(help="Slug or id of the workspace.")]
Scope = Annotated[str, typer.Option(help="Id of one test template.")]


def register(app: typer.Typer) -> None:
    """Add this group of commands."""
    elements = typer.Typer(no_args_is_help=True, help="The cache of page elements.")
    elements.command("export")(export)
    elements.command("import")(bring_in)
    app.add_typer(elements, name="elements")


def export(
    *,
    workspace: Whose,
    scope: Scope = "",
    output: Annotated[Path | None, typer.Option(help="A file; else standard output.")] = None,
) -> None:
    """Write the elements that runs would be given, as lines of JSON."""
    with owner_url(read_settings()) as url, open_output(output) as file:
        asyncio.run(_export(url, workspace, scope, file))


def bring_in(
    file: Annotated[Path, typer.Argument(help="What `export` wrote; `-` is standard input.")],
    *,
    workspace: Whose,
    scope: Annotated[
        str, typer.Option(help="Id of the test template that all of them are to belong to.")
    ] = "",
) -> None:
    """Take the elements of a file: all of them, or none and the lines that are wrong."""
    try:
        source = sys.stdin.buffer if file == STANDARD_INPUT else file.open("rb")
    except OSError as error:
        raise StackError(f"cannot read {file}: {error.strerror}") from error
    with owner_url(read_settings()) as url, source:
        imported = asyncio.run(_bring_in(url, workspace, scope, source))
    typer.echo(
        f"{imported.added} new, {imported.changed} changed, {imported.unchanged} unchanged, "
        f"{imported.set_aside} left as they were set aside."
    )


async def _export(url: str, workspace: str, scope: str, file: BinaryIO) -> None:
    from domain.elements.export import ExportElements, export_cache

    async with opened(url) as database:
        here = await find_workspace(database, workspace)
        command = ExportElements(parse_scope(scope))
        async for line in await export_cache(units_of(database), here, command):
            file.write(line)


async def _bring_in(url: str, workspace: str, scope: str, file: BinaryIO) -> "Imported":
    from domain.elements.bring_in import FileRefused, ImportElements, import_cache

    async with opened(url) as database:
        here = await find_workspace(database, workspace)
        command = ImportElements(read_chunks(file), parse_scope(scope))
        try:
            return await import_cache(units_of(database), here, command)
        except FileRefused as refused:
            told = [f"line {path[0]}: {message}" for path, message in refused.details]
            raise StackError("\n".join(["nothing was imported", *told])) from refused


async def find_workspace(database: "Database", named: str) -> UUID:
    """The workspace with this slug or id."""
    from domain.elements.repository import find_workspace as find

    async with database.session() as session:
        found = await find(session, named)
    if found is None:
        raise StackError(f"there is no workspace {named}")
    return found


def parse_scope(text: str) -> UUID | None:
    """The id of a test template, or none."""
    from api.routes.elements import parse_scope as parse

    return parse(text) if text else None


def units_of(database: "Database") -> "UnitsOfWork":
    """Units of work that wake nobody."""
    from domain.shared.jobs import SilentOutlet
    from domain.shared.unit_of_work import UnitsOfWork

    return UnitsOfWork(database, SilentOutlet())


async def read_chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    """A file, a part at a time."""
    while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
        yield chunk
