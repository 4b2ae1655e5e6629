"""`metamorph keys`: make, show, rotate and drop the keys of this installation; never show one."""

import asyncio
import base64
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from api.cli.configuration import read_settings
from api.cli.migrate import owner_url
from api.cli.stack import prepare_directories
from api.stack.errors import StackError
from api.stack.record import find_running
from domain.shared.settings import Settings

if TYPE_CHECKING:  # the database layer slows every other command down
    from domain.shared.sealed.reseal import Outcome
    from domain.shared.unit_of_work import UnitsOfWork

BROKEN_SHOWN = 10
USE = "secrets at rest"
SHOWN_ID = 12
"""Characters of a signing key's id that are shown, and enough to name it."""


def register(app: typer.Typer) -> None:
    """Add this group of commands."""
    keys = typer.Typer(no_args_is_help=True, help="Keys that sign and seal.")
    keys.command("make")(make)
    keys.command("list")(show)
    keys.command("rotate")(rotate)
    keys.command("rotate-data")(rotate_data)
    # An id may begin with a dash.
    keys.command("drop", context_settings={"ignore_unknown_options": True})(drop)
    app.add_typer(keys, name="keys")


def make(
    new_entry: Annotated[
        bool, typer.Option("--print", help="Print a new entry for METAMORPH_DATA_KEYS instead.")
    ] = False,
) -> None:
    """Make the keys that are missing; those that are there stay."""
    from api.stack.keys import make_missing
    from domain.shared.actor import Via

    settings = read_settings()
    with _one_line():
        if new_entry:
            typer.echo(_describe_new_entry(settings))
            return
        if not settings.var_dir.exists():
            prepare_directories(settings.var_dir)
        made = make_missing(settings, Via.COMMAND_LINE)
        _tell(settings)
    for use in made:
        typer.echo(f"Made a key for {use} in {settings.keys_dir}.")
    if not made:
        typer.echo("Nothing is missing.")


def show() -> None:
    """Show which keys there are, by id; exit code 1 when one is missing."""
    from api.stack.keys import HOW, KeyUse, list_keys, list_missing
    from domain.shared.crypto import SETTING

    settings = read_settings()
    with _one_line():
        entries, missing = list_keys(settings), list_missing(settings)
    table = Table("for", "id", "made", "", "where", box=box.SIMPLE, title=str(settings.keys_dir))
    for entry in entries:
        made = f"{entry.made_at:%Y-%m-%d %H:%M} UTC" if entry.made_at else "unknown"
        state = "current" if entry.is_current else "previous"
        if entry.signs_from is not None:
            state = f"signs from {entry.signs_from:%H:%M:%S}"
        place = entry.path.name if entry.path else SETTING
        shown = entry.id[:SHOWN_ID] if entry.use is KeyUse.TOKENS else entry.id
        table.add_row(entry.use, shown, made, state, place)
    for use in missing:
        table.add_row(use, "", "", "missing", "")
    Console().print(table)
    if missing:
        raise StackError(f"no key for {', '.join(missing)}: {HOW}")


def rotate(
    force: Annotated[
        bool, typer.Option("--force", help="Refuse tokens of the key before the current one.")
    ] = False,
    now: Annotated[
        bool, typer.Option("--now", help="Sign with it now; others may not know it for 5 minutes.")
    ] = False,
) -> None:
    """Publish a new key and sign access tokens with it soon; those of the current one stay good."""
    from domain.accounts.rotate_keys import find_last_token_end, rotate_signing_key
    from domain.shared.clock import SystemClock

    settings = read_settings()
    with _one_line():
        keys = rotate_signing_key(settings.keys_dir, SystemClock(), force=force, at_once=now)
        end = find_last_token_end(settings.keys_dir)
        _tell(settings)
    begins = keys.newest.signs_from
    if begins is None or keys.current is keys.newest:
        typer.echo(f"Access tokens are signed with {keys.newest.kid} now.")
    else:
        typer.echo(f"{keys.newest.kid} is published, and signs from {begins:%H:%M:%S} UTC.")
    if keys.previous is not None and end is not None:
        typer.echo(
            f"Tokens of the key before live until {end:%H:%M:%S} UTC; after that it can go: "
            f"metamorph keys drop {keys.previous.kid[:SHOWN_ID]}"
        )


def rotate_data() -> None:
    """Seal all secrets anew with a new key, beside a running stack; goes on where it stopped."""
    settings = read_settings()
    with _one_line(), owner_url(settings) as url:
        asyncio.run(_rotate_data(settings, url))


def drop(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `metamorph keys list` has it.")],
    force: Annotated[
        bool, typer.Option("--force", help="For a signing key: end the tokens it has.")
    ] = False,
) -> None:
    """Forget a previous key; refused while something would be lost with it."""
    from domain.accounts.keys import PREVIOUS_FILE, read_key
    from domain.accounts.rotate_keys import drop_previous_key
    from domain.shared.clock import SystemClock

    settings = read_settings()
    with _one_line():
        previous = read_key(settings.keys_dir / PREVIOUS_FILE)
        if previous is not None and previous.kid[:SHOWN_ID] == key_id[:SHOWN_ID]:
            drop_previous_key(settings.keys_dir, SystemClock(), force=force)
            _tell(settings)
            typer.echo(f"Tokens of {key_id} are refused from now on.")
            return
        with owner_url(settings) as url:
            asyncio.run(_drop_data_key(settings, url, key_id))


def _tell(settings: Settings) -> None:
    """Tell the audit log at once where there is a database; else the scheduler does, when it runs."""
    from domain.audit.tell_keys import tell_changes

    record = find_running(settings.var_dir)
    url = settings.owner_database_url or (record.urls.owner if record else "")

    async def tell() -> None:
        async with open_units(url) as units:
            await tell_changes(units, settings.keys_dir)

    if not url:
        return
    try:
        asyncio.run(tell())
    except Exception as error:  # noqa: BLE001 - the keys are changed already, and the notes stay
        typer.echo(f"The audit log is told later: {type(error).__name__}", err=True)


async def _rotate_data(settings: Settings, url: str) -> None:
    from domain.audit.tell_keys import tell_changes
    from domain.sealed import PLACES
    from domain.shared.crypto import Sealer, make_next_data_key, read_data_keys
    from domain.shared.key_changes import KeyChange, note_change
    from domain.shared.key_files import changing
    from domain.shared.sealed.reseal import count_by_key, count_rows, reseal

    configured = settings.data_keys.get_secret_value()
    async with _units(url) as units:
        with changing(settings.keys_dir):
            keys = read_data_keys(settings.keys_dir, configured)
            counted = await count_by_key(units, PLACES)
            is_settled = counted.total() == counted[keys.current.id]
            if is_settled and configured:
                typer.echo(
                    f"All {counted.total()} values are sealed with {keys.current.id}. To rotate, "
                    "put a new key first: metamorph keys make --print"
                )
                return
            if is_settled:
                made = make_next_data_key(settings.keys_dir)
                note_change(settings.keys_dir, KeyChange("key.rotate", USE, made.id))
                typer.echo(f"Made {made.id}, which seals from now on.")
        sealer = Sealer.from_settings(settings)
        with _progress(await count_rows(units, PLACES)) as progress:
            outcome = await reseal(units, sealer, PLACES, progress)
        change = KeyChange("key.reseal", USE, sealer.keys.current.id)
        note_change(settings.keys_dir, change, rows=outcome.resealed, broken=len(outcome.broken))
        await tell_changes(units, settings.keys_dir)
    _tell_outcome(sealer.keys.current.id, sorted({*keys.known} - {sealer.keys.current.id}), outcome)


def _tell_outcome(current: str, others: list[str], outcome: "Outcome") -> None:
    from domain.shared.sealed.drop_key import SETTLING

    typer.echo(f"Sealed {outcome.resealed} rows anew with {current}.")
    if outcome.broken:
        for place, row_id in outcome.broken[:BROKEN_SHOWN]:
            typer.echo(f"Cannot be opened with any key: {place} of {row_id}", err=True)
        raise StackError(f"{len(outcome.broken)} values cannot be opened and stay as they are")
    if outcome.old:
        raise StackError(
            f"{outcome.old} values were sealed with an older key meanwhile: run this again"
        )
    minutes = int(SETTLING.total_seconds() // 60)
    for key_id in others:
        typer.echo(
            f"In {minutes} minutes {key_id} can go: metamorph keys drop {key_id}. "
            "Backups made before need it; keep a copy as long as you keep those."
        )


async def _drop_data_key(settings: Settings, url: str, key_id: str) -> None:
    from domain.audit.tell_keys import tell_changes
    from domain.sealed import PLACES
    from domain.shared.clock import SystemClock
    from domain.shared.crypto import SETTING
    from domain.shared.key_changes import KeyChange, note_change
    from domain.shared.sealed.drop_key import drop_data_key

    async with _units(url) as units:
        key = await drop_data_key(
            units,
            PLACES,
            settings.keys_dir,
            SystemClock(),
            key_id=key_id,
            configured=settings.data_keys.get_secret_value(),
        )
        if key.path is not None:
            note_change(settings.keys_dir, KeyChange("key.drop", USE, key_id))
        await tell_changes(units, settings.keys_dir)
    if key.path is None:
        typer.echo(f"Nothing is sealed with {key_id}: take it out of {SETTING}.")
    else:
        typer.echo(f"{key_id} is gone.")


def _describe_new_entry(settings: Settings) -> str:
    """`id:base64` with an id that no key has yet."""
    from api.stack.keys import KeyUse, list_keys
    from domain.shared.crypto import KEY_BYTES

    taken = {entry.id for entry in list_keys(settings) if entry.use is KeyUse.DATA}
    number = next(n for n in range(1, len(taken) + 2) if f"k{n}" not in taken)
    return f"k{number}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


@contextlib.asynccontextmanager
async def open_units(url: str) -> "AsyncIterator[UnitsOfWork]":
    """Units of work of the schema's owner, who sees all workspaces."""
    from domain.shared.database import Database
    from domain.shared.jobs import SilentOutlet
    from domain.shared.unit_of_work import UnitsOfWork

    database = Database(url, pool_size=1)
    try:
        yield UnitsOfWork(database, SilentOutlet())
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def _units(url: str) -> "AsyncIterator[UnitsOfWork]":
    """The same for what can be run again."""
    from domain.shared.errors import DomainError

    try:
        async with open_units(url) as units:
            yield units
    except DomainError as error:
        raise StackError(f"{error.message} Run this again: it goes on where it stopped") from error


@contextlib.contextmanager
def _progress(total: int) -> "Iterator[Callable[[int], None]]":
    """A bar that is moved by the number of rows."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("Sealing anew"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("reseal", total=total)
        yield lambda rows: bar.advance(task, rows)


@contextlib.contextmanager
def _one_line() -> Iterator[None]:
    """What is wrong with keys is told in one line."""
    from domain.shared.key_files import KeyTrouble

    try:
        yield
    except KeyTrouble as error:
        raise StackError(str(error)) from error
