"""`metamorph doctor`: what is there, what is missing, and how to get it."""

import asyncio

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api.cli.configuration import read_settings
from api.stack.checks import Finding, Health, check_database, examine

_COLOURS = {Health.OK: "green", Health.MISSING: "red", Health.LATER: "yellow"}


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(doctor)


def doctor() -> None:
    """Look for everything that is needed; exit code 1 when something is missing."""
    settings = read_settings()
    findings = [*examine(settings), asyncio.run(check_database(settings))]
    Console().print(_table(findings))
    if any(finding.health is Health.MISSING for finding in findings):
        raise typer.Exit(1)


def _table(findings: list[Finding]) -> Table:
    table = Table("needed", "", "found", "what to do")
    for finding in findings:
        colour = _COLOURS[finding.health]
        mark = f"[{colour}]{finding.health}[/]"
        table.add_row(finding.subject, mark, escape(finding.found), escape(finding.advice))
    return table
