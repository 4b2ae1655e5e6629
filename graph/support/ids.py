"""Opaque global ids: `Type:uuid` in URL-safe base64; whoever forges one finds nothing."""

import base64
import binascii
from collections.abc import Sequence
from uuid import UUID

import strawberry

MAX_ID_LENGTH = 200
URL_SAFE = bytes.maketrans(b"+/", b"-_")


def encode_id(type_name: str, identity: UUID) -> strawberry.ID:
    """The global id of an entity."""
    raw = f"{type_name}:{identity.hex}".encode()
    encoded = binascii.b2a_base64(raw, newline=False).translate(URL_SAFE)
    return strawberry.ID(encoded.decode().rstrip("="))


class IdEncoder:
    """`encode_id` for entities of one type, one by one or a whole column at once.

    Args:
        type_name: What stands before their UUIDs.
    """

    def __init__(self, type_name: str) -> None:
        self._head = f"{type_name}:".encode()
        self._length = len(encode_id(type_name, UUID(int=0)))
        self._tail = b"\0" * (-(len(self._head) + 32) % 3)

    def __call__(self, identity: UUID) -> strawberry.ID:
        """One id."""
        return self.encode_all([identity])[0]

    def encode_all(self, identities: Sequence[UUID]) -> list[strawberry.ID]:
        """Many: blocks of whole groups of three bytes can be encoded in one go and cut again."""
        if not identities:
            return []
        head, tail, length = self._head, self._tail, self._length
        digits = binascii.hexlify(b"".join([one.bytes for one in identities]), b"|", 16)
        raw = head + digits.replace(b"|", tail + head) + tail
        text = binascii.b2a_base64(raw, newline=False).translate(URL_SAFE).decode()
        step = (len(head) + 32 + len(tail)) // 3 * 4
        return [text[at : at + length] for at in range(0, len(text), step)]  # type: ignore[misc]


def parse_id(value: str) -> tuple[str, UUID] | None:
    """Type name and UUID, or None for anything that `encode_id` did not make."""
    if len(value) > MAX_ID_LENGTH:
        return None
    try:
        padded = value.encode() + b"=" * (-len(value) % 4)
        type_name, _, identity = (
            base64.b64decode(padded, altchars=b"-_", validate=True).decode().partition(":")
        )
        parsed = UUID(hex=identity)
    except (ValueError, binascii.Error):
        return None
    return (type_name, parsed) if encode_id(type_name, parsed) == value else None
