"""Opaque global ids: `Type:uuid` in URL-safe base64; whoever forges one finds nothing."""

import base64
import binascii
from uuid import UUID

import strawberry

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
