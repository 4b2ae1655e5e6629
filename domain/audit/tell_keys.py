"""Tell the installation's log what was done to keys, from the notes that lie beside them."""

from collections.abc import Iterator
from pathlib import Path

import orjson

from domain.shared.audit import COMMAND_LINE, SYSTEM, Author, Entity, Entry
from domain.shared.key_changes import PREFIX
from domain.shared.key_files import changing
from domain.shared.unit_of_work import UnitsOfWork

AUTHORS: dict[str, Author] = {one.via.value: one for one in (COMMAND_LINE, SYSTEM)}


async def tell_changes(units: UnitsOfWork, directory: Path) -> int:
    """Write what was noted into the installation's log, in order; returns how much that was.

    Nothing is lost; a process that dies right after the commit has it told twice.

    Raises:
        Unavailable: The database is away; the notes stay.
    """
    if not any(list_notes(directory)):
        return 0
    with changing(directory):
        notes = sorted(list_notes(directory))
        async with units.begin() as uow:
            for path in notes:
                uow.audit(read_note(path))
        for path in notes:
            path.unlink()
    return len(notes)


def list_notes(directory: Path) -> Iterator[Path]:
    """The files, in no order."""
    return directory.glob(f"{PREFIX}*.json")


def read_note(path: Path) -> Entry:
    """The entry that a note asks for."""
    note = orjson.loads(path.read_bytes())
    return Entry(
        note["action"], AUTHORS[note["by"]], Entity("Key", label=note["label"]), after=note["after"]
    )
