"""`metamorph documents`: make the manifest of the GraphQL documents that an installation trusts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.cli.configuration import read_settings
from api.stack.errors import StackError
from domain.shared.log_secrets import tame

if TYPE_CHECKING:  # the schema slows every other command down
    from api.graphql.manifests import Entry, Manifest

SHOWN_DIGEST = 12
"""Characters of a hash that are shown, and enough to recognise it."""


def register(app: typer.Typer) -> None:
    """Add this group of commands."""
    documents = typer.Typer(no_args_is_help=True, help="Trusted GraphQL documents.")
    documents.command("build")(build)
    app.add_typer(documents, name="documents")


def build(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Files or folders of operations (.graphql, .gql), "
            "manifests of other tools or of before (.json)."
        ),
    ],
    output: Annotated[Path, typer.Option(help="The manifest: METAMORPH_TRUSTED_DOCUMENTS.")],
    ids: Annotated[
        Path | None,
        typer.Option(help="A file for the client: what to send as documentId, by operation."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 when it is out of date.")
    ] = False,
) -> None:
    """Check a client's operations as the server does, and write them by their SHA-256.

    Fragments may stand in any of the files. Every operation becomes a document of its own.
    """
    manifest, most_allowed = _build(paths)
    if check:
        _compare(manifest, output, ids)
    else:
        _write(manifest, output, ids)
    Console().print(_table(manifest.entries, most_allowed))
    count = len(manifest.texts)
    state = "is up to date" if check else "is written"
    typer.echo(f"{output} {state}: {count} document{'s' if count > 1 else ''}.")


def _build(paths: list[Path]) -> "tuple[Manifest, int]":
    """The manifest, and what one operation may cost.

    Raises:
        StackError: something is wrong with the files; each mistake was told.
    """
    from api.graphql.manifests import Mistakes, build_manifest
    from graph.schema import schema
    from graph.support.limits import Limits

    limits = Limits.from_settings(read_settings())
    try:
        return build_manifest(schema, limits, paths), limits.cost
    except Mistakes as mistakes:
        for mistake in mistakes.found:
            typer.echo(tame(str(mistake)), err=True)
        count = len(mistakes.found)
        words = "1 mistake" if count == 1 else f"{count} mistakes"
        raise StackError(f"{words}, nothing was written") from mistakes


def _write(manifest: "Manifest", output: Path, ids: Path | None) -> None:
    from api.graphql.manifests import write_file

    files = [(output, manifest.texts)] + ([(ids, manifest.ids)] if ids else [])
    for path, content in files:
        try:
            write_file(path, content)
        except OSError as error:
            raise StackError(f"cannot write {path}: {error.strerror}") from error


def _compare(manifest: "Manifest", output: Path, ids: Path | None) -> None:
    differences = list(manifest.differences(_read(output)))
    for difference in differences:
        typer.echo(f"{output} {tame(difference)}", err=True)
    stale = [output] if differences else []
    if ids is not None and _read(ids) != manifest.ids:
        stale.append(ids)
    if stale:
        names = " and ".join(map(str, stale))
        raise StackError(f"out of date: {names}; run this again without --check")


def _read(path: Path) -> dict[str, str]:
    from api.graphql.document_files import read_texts

    try:
        return read_texts(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a manifest"
        raise StackError(f"cannot read {path}: {reason}") from error


def _table(entries: "list[Entry]", most_allowed: int) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False)
    for heading in ("operation", "kind", "cost", "sha256", "where"):
        table.add_column(heading, overflow="fold")
    for entry in entries:
        least, most = entry.least_cost, entry.most_cost
        cost = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        style = "yellow" if most > most_allowed else ""
        digest = f"{entry.digest[:SHOWN_DIGEST]}…"
        name = entry.name or "(no name)"
        table.add_row(name, entry.kind, Text(cost, style), digest, Text(tame(str(entry.place))))
    return table
