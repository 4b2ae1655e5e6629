"""Seals anew, under the current key, what the database keeps sealed: row by row, beside everybody.

A row is written only if it still holds what was read, so that nobody's change is lost; whoever was
faster has sealed with the current key. Rows that are sealed anew already are passed over, so that
a run which was broken off goes on where it stopped.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.shared.crypto import SealBroken, Sealer, read_key_id
from domain.shared.sealed import repository
from domain.shared.sealed.places import Row, SealedPlace
from domain.shared.unit_of_work import UnitOfWork, UnitsOfWork

BATCH_ROWS = 100
MOST_PASSES = 5
"""A second one finds what others wrote during the first, by processes that had yet to look."""


@dataclass(slots=True)
class Outcome:
    """How a run ended.

    Attributes:
        resealed: Rows that were written.
        broken: `table.column` and row id of values that no key opens; they stay as they are.
        old: Values that are still sealed with another key than the current one.
    """

    resealed: int = 0
    broken: list[tuple[str, UUID]] = field(default_factory=list)
    old: int = 0


async def count_by_key(units: UnitsOfWork, places: Sequence[SealedPlace]) -> Counter[str]:
    """How many values each key has sealed, by its id; an empty id stands for what is no seal."""
    counted: Counter[str] = Counter()

    def note(sealed: str, _belongs_to: str) -> str:
        counted[read_key_id(sealed)] += 1
        return sealed

    for place in places:
        async for rows in _read_all(units, place):
            for row_id, value in rows:
                place.rewrite(row_id, value, note)
    return counted


async def count_rows(units: UnitsOfWork, places: Sequence[SealedPlace]) -> int:
    """How many rows hold sealed values."""
    async with units.database.session() as session:
        counts = [await repository.count_rows(session, place) for place in places]
    return sum(counts)


async def reseal(
    units: UnitsOfWork,
    sealer: Sealer,
    places: Sequence[SealedPlace],
    progress: Callable[[int], None],
) -> Outcome:
    """Seal everything with the current key.

    Args:
        units: Units of work of a role that sees all workspaces.
        sealer: Opens with every key, seals with the current one.
        places: All columns with sealed values.
        progress: Told how many rows were looked at, after each batch of the first pass.
    """
    outcome = Outcome()
    for number in range(MOST_PASSES):
        outcome.broken = []
        for place in places:
            async for rows in _read_all(units, place):
                async with units.begin() as uow:
                    outcome.resealed += await _reseal_rows(uow, sealer, place, rows, outcome)
                if number == 0:
                    progress(len(rows))
        counted = await count_by_key(units, places)
        outcome.old = counted.total() - counted[sealer.keys.current.id]
        if outcome.old <= len(outcome.broken):
            break
    return outcome


async def _reseal_rows(
    uow: UnitOfWork, sealer: Sealer, place: SealedPlace, rows: Sequence[Row], outcome: Outcome
) -> int:
    written = 0
    for row_id, value in rows:
        renewed = _renew(sealer, place, row_id, value, outcome)
        if renewed != value:
            written += await repository.replace_value(uow.session, place, row_id, value, renewed)
    return written


def _renew(
    sealer: Sealer, place: SealedPlace, row_id: UUID, value: object, outcome: Outcome
) -> object:
    """The value under the current key; what cannot be opened stays as it is."""

    def renew(sealed: str, belongs_to: str) -> str:
        try:
            return sealer.reseal(sealed, belongs_to=belongs_to)
        except SealBroken:
            outcome.broken.append((place.name, row_id))
            return sealed

    return place.rewrite(row_id, value, renew)


async def _read_all(units: UnitsOfWork, place: SealedPlace) -> AsyncIterator[list[Row]]:
    """Rows with sealed values, batch by batch, by id."""
    last: UUID | None = None
    while True:
        async with units.database.session() as session:
            rows = await repository.read_batch(session, place, last, BATCH_ROWS)
        if rows:
            yield rows
        if len(rows) < BATCH_ROWS:
            return
        last = rows[-1][0]
