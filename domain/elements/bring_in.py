"""Bring a cache in from a file: all of it, or nothing and the numbers of the lines that are wrong."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final
from uuid import UUID

from domain.elements import repository
from domain.elements.by_hand import EDIT
from domain.elements.history import Reason, Status, describe, looks_same
from domain.elements.lines import (
    LONGEST_LINE,
    MOST_ELEMENTS,
    Entry,
    LineRefused,
    check_header,
    read_end,
    read_entry,
)
from domain.elements.outcomes import Learned, Outcomes
from domain.elements.remember import describe_remembered
from domain.shared.actor import Actor
from domain.shared.audit import COMMAND_LINE, Author
from domain.shared.audit import Entry as AuditEntry
from domain.shared.clock import SystemClock
from domain.shared.errors import Conflict, Invalid
from domain.shared.ids import new_id
from domain.shared.unit_of_work import UnitOfWork, UnitsOfWork
from domain.templates import repository as templates

MOST_BYTES: Final = 64 * 1024 * 1024
MOST_TOLD: Final = 20
"""Lines that a refusal names."""
BATCH_SIZE: Final = 200
Chunks = AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class ImportElements:
    """A file as it comes.

    Attributes:
        chunks: its bytes, cut anywhere.
        scope_id: the test that all elements are to belong to, whatever the file says.
    """

    chunks: Chunks
    scope_id: UUID | None = None


@dataclass(slots=True)
class Imported:
    """How many elements are new, changed, the same already, or set aside by a person and so kept."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    set_aside: int = 0

    def add(self, other: "Imported") -> None:
        """Count more."""
        self.added += other.added
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.set_aside += other.set_aside


class FileRefused(Invalid):
    """A file of which nothing is taken; `details` has the number and the fault of each line."""

    def __init__(self, faults: Mapping[int, str]) -> None:
        told = sorted(faults.items())[:MOST_TOLD]
        line, fault = told[0]
        details = tuple(((str(number),), text) for number, text in told)
        super().__init__(f"Line {line}: {fault}", details=details)


@dataclass(slots=True)
class Checked:
    """What a file holds, small enough to be kept until all of it is known to be right."""

    workspace_id: UUID
    scope_id: UUID | None
    lines: dict[str, bytes] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    scopes: dict[UUID, list[int]] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)
    ended: int | None = None

    @property
    def is_hopeless(self) -> bool:
        """Whether enough is wrong to stop reading."""
        return len(self.faults) >= MOST_TOLD

    def take(self, number: int, line: bytes) -> None:
        """Check one line."""
        try:
            if number == 1:
                check_header(line)
            elif self.ended is not None:
                raise LineRefused("The file has ended before.")
            elif (end := read_end(line)) is not None:
                self._end(number, end)
            else:
                self._keep(number, line)
        except LineRefused as refused:
            self.faults[number] = str(refused)

    def read(self, keys: Sequence[str]) -> list[tuple[str, Entry]]:
        """The entries of some keys again."""
        return [(key, read_entry(zlib.decompress(self.lines[key]), self.scope_id)) for key in keys]

    def _end(self, number: int, count: int) -> None:
        self.ended = number
        found = number - 2
        if count != found:
            raise LineRefused(f"There should be {count} elements, but there are {found}.")

    def _keep(self, number: int, line: bytes) -> None:
        if len(self.lines) >= MOST_ELEMENTS:
            raise LineRefused(f"These are more than {MOST_ELEMENTS} elements.")
        entry = read_entry(line, self.scope_id)
        key = entry.key(self.workspace_id)
        if key in self.numbers:
            raise LineRefused(f"This is the element of line {self.numbers[key]} again.")
        self.numbers[key] = number
        self.lines[key] = zlib.compress(line, 1)
        places = self.scopes.setdefault(entry.scope_id, [])
        if len(places) < MOST_TOLD:
            places.append(number)


async def import_elements(units: UnitsOfWork, actor: Actor, command: ImportElements) -> Imported:
    """Make the elements of a file those of the actor's workspace, in one transaction.

    What is known already gets a new version, unless it looks the same; what a person has set aside
    stays so.

    Raises:
        Forbidden: the actor may not edit elements.
        FileRefused: something of it is wrong, or its tests are not of this workspace.
    """
    actor.require(EDIT)
    return await _import(units, actor, actor.workspace_id, command)


async def import_cache(units: UnitsOfWork, workspace_id: UUID, command: ImportElements) -> Imported:
    """The same into any workspace, for whoever may run commands."""
    return await _import(units, COMMAND_LINE, workspace_id, command)


async def _import(
    units: UnitsOfWork, by: Actor | Author, workspace_id: UUID, command: ImportElements
) -> Imported:
    checked = await check_file(workspace_id, command)
    async with units.begin(workspace_id) as uow:
        await _check_scopes(uow, checked)
        imported = await _write(uow, by, checked)
        after = {"added": imported.added, "changed": imported.changed}
        uow.audit(AuditEntry("element.import", by, after=after, workspace_id=workspace_id))
    return imported


async def check_file(workspace_id: UUID, command: ImportElements) -> Checked:
    """Read a whole file, and write nothing.

    Raises:
        FileRefused: a line is wrong, or the last one is missing.
    """
    checked, number = Checked(workspace_id, command.scope_id), 0
    async for lines in split(command.chunks, checked):
        await asyncio.to_thread(_take_all, checked, lines, number)
        number += len(lines)
        if checked.is_hopeless:
            break
    if checked.ended is None and not checked.faults:
        checked.faults[number + 1] = "The file ends too early."
    if checked.faults:
        raise FileRefused(checked.faults)
    return checked


def _take_all(checked: Checked, lines: Sequence[bytes], before: int) -> None:
    for place, line in enumerate(lines, before + 1):
        if checked.is_hopeless:
            return
        checked.take(place, line)


async def split(chunks: Chunks, checked: Checked) -> AsyncIterator[list[bytes]]:
    """Cut what comes into lines; what is too long is noted, and ends it."""
    rest, size, number = b"", 0, 0
    async for chunk in chunks:
        size += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        long = next((place for place, one in enumerate([*lines, rest]) if too_long(one)), None)
        if long is not None or size > MOST_BYTES:
            lines = lines if long is None else lines[:long]
            number += len(lines)
            fault = f"A line may have {LONGEST_LINE} bytes, and a file {MOST_BYTES}."
            checked.faults[number + 1] = fault
            yield lines
            return
        number += len(lines)
        if lines:
            yield lines
    if rest:
        yield [rest]


def too_long(line: bytes) -> bool:
    """Whether a line holds more than any element can."""
    return len(line) > LONGEST_LINE


async def _check_scopes(uow: UnitOfWork, checked: Checked) -> None:
    found = await templates.share_tests(uow.session, checked.workspace_id, sorted(checked.scopes))
    faults = {
        number: "There is no such test template in this workspace."
        for scope_id, numbers in checked.scopes.items()
        if scope_id not in found
        for number in numbers
    }
    if faults:
        raise FileRefused(faults)


async def _write(uow: UnitOfWork, by: Actor | Author, checked: Checked) -> Imported:
    """Insert what is new, then change the rest: as runs do it, each in the order of the keys."""
    fresh: set[str] = set()
    for keys in _batches(sorted(checked.lines)):
        entries = await asyncio.to_thread(checked.read, keys)
        rows = [_describe_new(checked.workspace_id, key, entry) for key, entry in entries]
        fresh |= await repository.insert_elements(uow.session, rows)
    imported = Imported()
    for keys in _batches(sorted(checked.lines)):
        entries = await asyncio.to_thread(checked.read, keys)
        who = {"workspace_id": checked.workspace_id, "made_by": by.user_id}
        imported.add(await _change(uow, who, dict(entries), fresh))
    return imported


async def _change(
    uow: UnitOfWork, who: Mapping[str, UUID | None], entries: Mapping[str, Entry], fresh: set[str]
) -> Imported:
    session, imported = uow.session, Imported()
    here = who["workspace_id"]
    assert here is not None
    known = await repository.lock_known(session, here, entries, whole=entries)
    if known.keys() != entries.keys():
        raise Conflict("Some of these elements were forgotten meanwhile; try again.")
    newest = await repository.read_newest(session, [one.id for one in known.values()])
    found: dict[str, Learned] = {}
    for key, entry in entries.items():
        element, learned = known[key], _learn(entry)
        element.is_new = key in fresh
        same = looks_same(element.remembered or {}, learned.remembered)
        if not element.is_new and same and element.status == Status.ACTIVE:
            imported.unchanged += 1
        else:
            found[key] = learned
    outcomes = Outcomes(SystemClock().now(), known, newest)
    outcomes.learn(found)
    imported.added = len(fresh & entries.keys())
    imported.changed = len(outcomes.written) - imported.added
    imported.set_aside = len(found) - len(outcomes.written)
    await repository.update_known(session, list(outcomes.changed.values()))
    await repository.insert_versions(session, [{**who, **row} for row in outcomes.versions])
    return imported


def _learn(entry: Entry) -> Learned:
    return Learned(
        reason=Reason.IMPORTED,
        description=describe(entry.element.fingerprint),
        url_pattern=entry.url_pattern,
        step_key=entry.step_key,
        remembered=describe_remembered(entry.element),
    )


def _describe_new(workspace_id: UUID, key: str, entry: Entry) -> Mapping[str, object]:
    learned = _learn(entry)
    return {
        "id": new_id(),
        "workspace_id": workspace_id,
        "scope_id": entry.scope_id,
        "key": key,
        "step_key": entry.step_key,
        "url_pattern": entry.url_pattern,
        "description": learned.description,
        "remembered": learned.remembered,
        "reason": Reason.IMPORTED.value,
        "last_seen_at": SystemClock().now(),
    }


def _batches(keys: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(keys)
    while batch := list(islice(rest, BATCH_SIZE)):
        yield batch
