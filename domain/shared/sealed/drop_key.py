"""Drop a data key: only once nothing is sealed with it, and nothing can be any more."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from domain.shared.clock import Clock
from domain.shared.crypto import DataKey, DataKeys, read_data_keys
from domain.shared.key_files import KeyInUse, MissingKey, changing, read_made_at
from domain.shared.sealed.places import SealedPlace
from domain.shared.sealed.reseal import count_by_key
from domain.shared.unit_of_work import UnitsOfWork

SETTLING = timedelta(minutes=2)
"""Until then a transaction may be open whose process had not seen the newest key yet."""


async def drop_data_key(
    units: UnitsOfWork,
    places: Sequence[SealedPlace],
    directory: Path,
    clock: Clock,
    *,
    key_id: str,
    configured: str = "",
) -> DataKey:
    """Remove the file of a key; one that stands in the setting is for people to take out.

    Args:
        units: Units of work of a role that sees all workspaces.

    Raises:
        MissingKey: There is no such key.
        KeyInUse: It seals, something is sealed with it, or something may be in a moment.
    """
    with changing(directory):
        keys = read_data_keys(directory, configured)
        key = _find(keys, key_id, clock)
        sealed = (await count_by_key(units, places))[key_id]
        if sealed:
            raise KeyInUse(
                f"{sealed} values are sealed with {key_id}: run metamorph keys rotate-data first"
            )
        if key.path is not None:
            key.path.unlink()
        return key


def _find(keys: DataKeys, key_id: str, clock: Clock) -> DataKey:
    key = keys.find(key_id)
    if key is None:
        raise MissingKey(f"there is no key {key_id}")
    if key.id == keys.current.id:
        raise KeyInUse(f"{key_id} is what seals now: run metamorph keys rotate-data first")
    if keys.current.path is not None:
        settled = read_made_at(keys.current.path) + SETTLING
        if clock.now() < settled:
            raise KeyInUse(
                f"until {settled:%H:%M:%S} UTC something may still be sealed with {key_id}: wait"
            )
    return key
