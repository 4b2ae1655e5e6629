"""What the audit log may repeat of a value: no secret, nothing endless, nothing that is not text.

A secret is known by the name of its field (`secret_names`), by its type (bytes are hashes or keys
here, `Secret…` types of pydantic say it themselves), by what stands beside it (`"secret": true`),
or by its shape (tokens, passwords in addresses).
"""

import hashlib
from collections.abc import Mapping, Sequence, Set
from datetime import date
from enum import Enum

import orjson
from pydantic import SecretBytes, SecretStr

from domain.shared.log_secrets import hide_shapes
from domain.shared.secret_names import is_secret_column

MASK = "•••"
TEXT_LENGTH = 2_000
BIGGEST_BYTES = 8_000
BIGGEST_NUMBER = 2**53

VALUE_NAMES = frozenset({"value", "default"})
"""Where a parameter keeps what it stands for."""


def mask_value(name: str, value: object) -> object:
    """A value as JSON, fit for the log.

    Args:
        name: Of the field.
        value: What a column holds, or whatever a verb wants to say.
    """
    plain = _mask(name, value)
    if isinstance(plain, dict | list):
        raw = orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)
        if len(raw) > BIGGEST_BYTES:
            return {"omitted_bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
    return plain


def clean_text(text: str) -> str:
    """Text that PostgreSQL and UTF-8 can hold."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _mask(name: str, value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, bytes | bytearray | memoryview | SecretStr | SecretBytes):
        return MASK
    if isinstance(value, Mapping):
        return _mask_mapping(name, value)
    if isinstance(value, Sequence | Set) and not isinstance(value, str):
        items = sorted(value, key=str) if isinstance(value, Set) else value
        return [_mask(name, item) for item in items]
    if is_secret_column(name):
        return MASK
    return _write_scalar(value)


def _mask_mapping(name: str, value: Mapping[object, object]) -> dict[str, object]:
    is_hidden = is_secret_column(name) or value.get("secret") is True
    return {
        clean_text(str(key)): _mask(
            "secret" if is_hidden and key in VALUE_NAMES else str(key), inner
        )
        for key, inner in value.items()
    }


def _write_scalar(value: object) -> object:
    if isinstance(value, Enum):
        return _write_scalar(value.value)
    if isinstance(value, float) or (isinstance(value, int) and abs(value) <= BIGGEST_NUMBER):
        return value
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    text = hide_shapes(clean_text(str(value)))
    if len(text) > TEXT_LENGTH:
        return f"{text[:TEXT_LENGTH]}… ({len(text)} characters)"
    return text
