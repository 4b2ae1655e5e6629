"""Opaque global ids: `Type:uuid` in URL-safe base64; whoever forges one finds nothing."""

import base64
import binascii
from uuid import UUID

import strawberry

from domain.shared.errors import NotFound

MAX_ID_LENGTH = 200


def encode_id(type_name: str, identity: UUID) -> strawberry.ID:
    """The global id of an entity."""
    raw = f"{type_name}:{identity.hex}".encode()
    return strawberry.ID(base64.urlsafe_b64encode(raw).decode().rstrip("="))


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


def decode_id(value: str, *type_names: str, thing: str, field: tuple[str, ...] = ()) -> UUID:
    """The UUID of an id that must be of one of `type_names`.

    Raises:
        NotFound: it is not: a wrong id answers as a missing entity.
    """
    parsed = parse_id(value)
    if parsed is None or parsed[0] not in type_names:
        raise NotFound(thing, field=field)
    return parsed[1]
