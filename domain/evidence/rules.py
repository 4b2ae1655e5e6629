"""What evidence may be called, how large it may be, and who may remove it."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from uuid import UUID

from domain.shared.actor import Actor

MEBIBYTE = 1024 * 1024
MAX_NAME_LENGTH = 120
MAX_SUFFIX_LENGTH = 12
SHORTEST_SECRET = 4
UPLOAD_SECONDS = 300
"""How long an upload or download link can be used, and how long one transfer may take."""
PENDING_SECONDS = 3600
"""After this an upload that was never completed is forgotten."""

_SEPARATORS = re.compile(r"[/\\]+")
_RESERVED = re.compile(r'[<>:"|?*]')


@dataclass(frozen=True, slots=True)
class EvidenceLimits:
    """How much may be stored, in bytes: one file, and everything of one workspace."""

    file_bytes: int = 100 * MEBIBYTE
    workspace_bytes: int = 20 * 1024 * MEBIBYTE


def clean_name(name: str, *, secrets: Iterable[str] = (), otherwise: str = "file") -> str:
    """Return a name that is safe to show, to save and to put into a header.

    Directories, control and formatting characters (bidirectional overrides among them) and what
    common file systems reserve are dropped; the suffix survives shortening.

    Args:
        name: What the client or the browser run called it.
        secrets: Values that no name may contain.
        otherwise: The name to use when nothing is left, or a secret would be.
    """
    last = _SEPARATORS.split(unicodedata.normalize("NFC", name))[-1]
    visible = "".join(one for one in last if unicodedata.category(one)[0] != "C")
    tidy = " ".join(_RESERVED.sub("", visible).split()).strip(" .")
    folded = tidy.casefold()
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET and secret.casefold() in folded:
            return otherwise
    return _shorten(tidy) or otherwise


def _shorten(name: str) -> str:
    if len(name) <= MAX_NAME_LENGTH:
        return name
    suffix = PurePosixPath(name).suffix
    if len(suffix) > MAX_SUFFIX_LENGTH:
        suffix = ""
    return name[: MAX_NAME_LENGTH - len(suffix)].rstrip(" .") + suffix


def may_delete(actor: Actor, created_by: UUID | None) -> bool:
    """Whoever uploaded a file may take it back; what a run captured only an admin may remove."""
    if created_by == actor.user_id and "evidence.add" in actor.permissions:
        return True
    return "workspace.edit" in actor.permissions
