"""Sealing of secrets at rest: AES-256-GCM with a key id, bound to what the value belongs to."""

import base64
import contextlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
KEY_FILE = "data.key"
KEY_ID = "k1"


class SealBroken(ValueError):
    """The value was altered, belongs to something else, or was sealed with another key."""


class Sealer:
    """Seals and opens short values with one 256-bit key (NIST SP 800-38D, 96-bit random nonce)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def from_directory(cls, directory: Path) -> "Sealer":
        """Read the data key of this installation, making it (0600) at the first call."""
        return cls(read_or_make_key(directory / KEY_FILE))

    def seal(self, value: str, *, belongs_to: str) -> str:
        """Encrypt `value`; it opens only with the same `belongs_to`."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, value.encode(), belongs_to.encode())
        return f"{KEY_ID}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *, belongs_to: str) -> str:
        """Decrypt what `seal` returned.

        Raises:
            SealBroken: The value was altered, or sealed for something else or with another key.
        """
        key_id, _, body = sealed.partition(":")
        if key_id != KEY_ID:
            raise SealBroken(f"The key {key_id} is not known here.")
        raw = base64.b64decode(body)
        try:
            opened = self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], belongs_to.encode())
        except InvalidTag as error:
            raise SealBroken("A sealed value cannot be opened with this key.") from error
        return opened.decode()


def read_or_make_key(path: Path) -> bytes:
    """Return the key in `path`; of several processes that make it at once, one wins, for all.

    The file appears under its name only when it is complete, so nobody reads half a key.
    """
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()
    return path.read_bytes()
