"""Opaque global ids: `Type:uuid` in URL-safe base64; whoever forges one finds nothing."""

import base64
import binascii
from collections.abc import Callable
from uuid import UUID

import strawberry

MAX_ID_LENGTH = 200
URL_SAFE = bytes.maketrans(b"+/", b"-_")


def encode_id(type_name: str, identity: UUID) -> strawberry.ID:
    """The global id of an entity."""
    raw = f"{type_name}:{identity.hex}".encode()
    encoded = binascii.b2a_base64(raw, newline=False).translate(URL_SAFE)
    return strawberry.ID(encoded.decode().rstrip("="))


def id_encoder(type_name: str) -> Callable[[UUID], strawberry.ID]:
    """`encode_id` for many entities of one type."""
    head = f"{type_name}:".encode()
    length = len(encode_id(type_name, UUID(int=0)))

    def encode(identity: UUID) -> strawberry.ID:
        raw = binascii.b2a_base64(head + identity.hex.encode(), newline=False)
        return strawberry.ID(raw[:length].translate(URL_SAFE).decode())

    return encode


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
