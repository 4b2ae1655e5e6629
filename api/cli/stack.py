"""`metamorph up`, `down` and `status`: the whole stack on this machine."""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.cli.configuration import own_urls, read_settings
from api.stack.control import (
    claim_stack,
    keep_to_itself,
    report_failure,
    report_ready,
    report_running,
    start_in_background,
    stop_stack,
)
from api.stack.errors import StackError
from api.stack.ports import reserve_port
from api.stack.record import StackRecord, find_running
from api.stack.supervisor import READY_SECONDS, StackPlan, Supervisor
from api.stack.units import product_processes, pulse_file
from domain.shared.settings import Settings

_MODULE = (sys.executable, "-m", "api.cli.main")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(up)
    app.command()(down)
    app.command()(status)


def up(
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay, and stop everything on Ctrl-C.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes.")] = 1,
    report_to: Annotated[int, typer.Option(hidden=True)] = -1,
) -> None:
    """Start PostgreSQL, Redis, API, worker and scheduler; return when they are ready.

    A stack that runs already is what was asked for: it is named, and the exit code is 0.
    """
    from api.stack.keys import KeyUse, prepare_keys

    try:
        settings = read_settings()
        if not settings.makes_keys:
            prepare_keys(settings, *KeyUse)
        if foreground:
            _supervise(settings, workers, report_to)
        else:
            _start(settings, workers)
    except StackError as error:
        if report_to < 0:
            raise
        report_failure(report_to, str(error))
        raise typer.Exit(1) from error


def _start(settings: Settings, workers: int) -> None:
    record = find_running(settings.var_dir)
    if record is not None and record.ready:
        typer.echo(f"Running already: {_describe(record)}")
        return
    prepare_directories(settings.var_dir)
    typer.echo("Starting ...", err=True)
    command = (*_MODULE, "up", "--foreground", "--workers", str(workers), "--report-to")
    started = start_in_background(command, settings.var_dir, os.environ)
    typer.echo(f"{'Ready' if started.by_us else 'Running already'}: {_describe(started.record)}")


def _supervise(settings: Settings, workers: int, report_to: int) -> None:
    prepare_directories(settings.var_dir)
    if report_to >= 0:
        keep_to_itself(report_to)

    def announce(record: StackRecord) -> None:
        if report_to >= 0:
            report_ready(report_to)
        else:
            typer.echo(f"Ready: {_describe(record)}")

    claim = claim_stack(settings.var_dir, READY_SECONDS)
    if isinstance(claim, StackRecord):
        if report_to >= 0:
            report_running(report_to)
        else:
            typer.echo(f"Running already: {_describe(claim)}")
        return
    with claim:
        Supervisor(_plan(settings, workers), announce).run()


def _plan(settings: Settings, workers: int) -> StackPlan:
    port = reserve_port(settings.host, settings.port)
    settings = settings.model_copy(update={"port": port})
    environment = {
        **os.environ,
        "METAMORPH_VAR_DIR": str(settings.var_dir),
        "METAMORPH_HOST": settings.host,
        "METAMORPH_PORT": str(port),
    }
    grace = settings.stop_grace_seconds + settings.kill_grace_seconds
    return StackPlan(
        var_dir=settings.var_dir,
        listens_at=(_reachable(settings.host), port),
        base_url=settings.base_url,
        urls=own_urls(settings),
        processes=product_processes(workers, grace),
        migrate=(*_MODULE, "migrate"),
        environment=environment,
    )


def _reachable(host: str) -> str:
    """Where a server that listens on all addresses answers from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound


def prepare_directories(var_dir: Path) -> None:
    """Others may pass through, because servers may run under another account; none may look in."""
    missing = not var_dir.exists()
    for directory in (var_dir, var_dir / "log", var_dir / "run"):
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StackError(
                f"cannot write {directory}: {error.strerror}. Fix its permissions, "
                "or set METAMORPH_VAR_DIR to a directory that can be written"
            ) from error
    if missing:
        var_dir.chmod(0o755)
        (var_dir / "log").chmod(0o700)


def _describe(record: StackRecord) -> str:
    return f"{record.base_url} (supervisor {record.supervisor.pid})"


def down() -> None:
    """Stop the stack; its data stays."""
    var_dir = read_settings().var_dir
    typer.echo("Stopped." if stop_stack(var_dir) else "Not running.")


def status() -> None:
    """Show the running stack's parts; exit code 1 when it is not running."""
    from workers.executions.pulse import find_trouble

    var_dir = read_settings().var_dir
    record = find_running(var_dir)
    if record is None:
        typer.echo("Not running.")
        raise typer.Exit(1)
    table = Table("part", "process", "since", "restarts", "pulse", title=record.base_url)
    parts = {"supervisor": record.supervisor, **record.processes}
    for name, mark in parts.items():
        alive = mark.find() is not None
        since = datetime.fromtimestamp(mark.started).astimezone().isoformat(" ", "seconds")
        restarts = str(record.restarts.get(name, 0))
        pulse = pulse_file(var_dir, name)
        goes = (find_trouble(pulse) or "goes round") if pulse.exists() else ""
        table.add_row(name, str(mark.pid) if alive else "down", since, restarts, goes)
    Console().print(table)
