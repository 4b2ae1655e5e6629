"""Forget what grew old: elements nobody sees any more, decisions, and long histories."""

from datetime import datetime, timedelta
from typing import Final

from domain.elements import repository
from domain.elements.repository import Old
from domain.shared.clock import Clock, SystemClock
from domain.shared.unit_of_work import UnitOfWork, UnitsOfWork

KEPT_ELEMENTS: Final = timedelta(days=180)
"""How long an element is kept after it was last seen, whether it is used or set aside."""
KEPT_DECISIONS: Final = timedelta(days=180)
KEPT_VERSIONS: Final = 50
"""Newest ones of each element; the one that is used stays however old it is."""
PORTION: Final = 1000
MOST_PORTIONS: Final = 100
"""Of each kind in one round: the rest waits for the next one."""


async def forget_old(
    units: UnitsOfWork,
    *,
    elements: timedelta = KEPT_ELEMENTS,
    decisions: timedelta = KEPT_DECISIONS,
    versions: int = KEPT_VERSIONS,
    clock: Clock | None = None,
) -> int:
    """Delete, in all workspaces, what is older than it is kept; return how many rows.

    Each portion is a transaction of its own. The database leaves what is younger than a month, and
    the newest twenty versions, whatever is asked for.
    """
    now = (clock or SystemClock()).now()
    boundaries: dict[Old, datetime | int] = {
        Old.DECISIONS: now - decisions,
        Old.VERSIONS: versions,
        Old.ELEMENTS: now - elements,
    }
    forgotten = 0
    for kind, boundary in boundaries.items():
        for _ in range(MOST_PORTIONS):
            async with units.begin() as uow:
                gone = await forget_portion(uow, kind, boundary)
            forgotten += gone
            if gone < PORTION:
                break
    return forgotten


async def forget_portion(uow: UnitOfWork, kind: Old, boundary: datetime | int) -> int:
    """Delete up to 1,000 rows of one kind; return how many."""
    return await repository.forget(uow.session, kind, boundary, PORTION)
