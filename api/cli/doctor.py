"""`metamorph doctor`: what is there, what is missing, and how to get it."""

import asyncio
from typing import TYPE_CHECKING

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api.cli.configuration import read_settings

if TYPE_CHECKING:  # the checks reach for the database layer, which slows every other command down
    from api.stack.checks import Finding

_COLOURS = {"ok": "green", "missing": "red", "later": "yellow"}


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(doctor)


def doctor() -> None:
    """Look for everything that is needed; exit code 1 when something is missing."""
    from api.stack.checks import Health, check_database, examine

    settings = read_settings()
    findings = [*examine(settings), asyncio.run(check_database(settings))]
    Console().print(_table(findings))
    if any(finding.health is Health.MISSING for finding in findings):
        raise typer.Exit(1)


def _table(findings: "list[Finding]") -> Table:
    table = Table(box=box.SIMPLE)
    for heading in ("needed", "", "found", "what to do"):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        colour = _COLOURS[finding.health]
        mark = f"[{colour}]{finding.health}[/]"
        table.add_row(finding.subject, mark, escape(finding.found), escape(finding.advice))
    return table
