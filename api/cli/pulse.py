"""`metamorph pulse`: whether the worker or scheduler beside which it runs goes round, for probes."""

from pathlib import Path

import typer

from api.cli.configuration import read_settings
from api.stack.errors import StackError


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(pulse)


def pulse() -> None:
    """Look at METAMORPH_PULSE_FILE; exit code 1 and one line when its process does not go round."""
    from workers.executions.pulse import find_trouble

    settings = read_settings()
    if not settings.pulse_file:
        raise StackError("METAMORPH_PULSE_FILE must name the file that the process keeps")
    if trouble := find_trouble(Path(settings.pulse_file)):
        raise StackError(trouble)
