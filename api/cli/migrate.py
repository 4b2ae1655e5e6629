"""`metamorph migrate`: the database's revisions."""

import contextlib
from collections.abc import Iterator
from typing import Annotated

import typer

from api.cli.configuration import read_settings
from api.stack.errors import StackError
from api.stack.postgres import EmbeddedPostgres
from api.stack.record import find_running
from domain.shared.settings import Settings


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(migrate)


def migrate(
    down: Annotated[bool, typer.Option("--down", help="One revision back.")] = False,
    to: Annotated[str, typer.Option(help="A revision, `head` or `base`.")] = "",
) -> None:
    """Bring the database to the newest revision; works with the stack up or down."""
    from migrations import apply

    with owner_url(read_settings()) as url:
        if down or to == "base":
            apply.downgrade(url, to or "-1")
        else:
            apply.upgrade(url, to or "head")


@contextlib.contextmanager
def owner_url(settings: Settings) -> Iterator[str]:
    """The owner's URL: configured, of the running stack, or of a server started just for this."""
    if url := settings.owner_database_url:
        yield url
    elif settings.database_url:
        raise StackError(
            "METAMORPH_OWNER_DATABASE_URL must be set too: only that role may change the schema"
        )
    elif (record := find_running(settings.var_dir)) is not None:
        yield record.urls.owner
    else:
        postgres = EmbeddedPostgres(settings.var_dir / "postgres")
        try:
            yield postgres.start().owner
        finally:
            postgres.stop()
