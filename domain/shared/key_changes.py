"""What happened to keys, for the audit log.

Keys are files, and change where no database need be: so what was done waits beside them, in a file
of its own, until `domain.audit.tell_keys` finds it and tells the installation's log.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from domain.shared.actor import Via
from domain.shared.ids import new_id
from domain.shared.key_files import make_file

PREFIX = "untold-"


@dataclass(frozen=True, slots=True)
class KeyChange:
    """One thing that was done to keys.

    Attributes:
        action: Such as `key.rotate`.
        use: What the key is for.
        id: Of the key, as far as it has one; never the key.
    """

    action: str
    use: str
    id: str = ""


def note_change(
    directory: Path, change: KeyChange, by: Via = Via.COMMAND_LINE, **more: object
) -> None:
    """Leave a note beside the keys, right after the change."""
    at = datetime.now(UTC).isoformat()
    note = {
        "action": change.action,
        "by": by.value,
        "label": f"{change.use} {change.id}".strip(),
    }
    after = {"use": change.use, "key_id": change.id or None, "at": at, **more}
    content = orjson.dumps({**note, "after": after}, default=str)
    make_file(directory / f"{PREFIX}{new_id()}.json", content)
