"""Sealing of secrets at rest: AES-256-GCM, several keys by id, bound to what a value belongs to.

One key is current and seals; the others open what they sealed until it has been sealed anew. Keys
come from `METAMORPH_DATA_KEYS`, whose first is current, and from files, of which the newest is.
"""

import base64
import binascii
import contextlib
import os
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.shared.key_files import (
    Followed,
    MissingKey,
    UnusableKey,
    make_directory,
    make_file,
)
from domain.shared.settings import Settings

KEY_BYTES = 32
NONCE_BYTES = 12
FIRST_FILE = "data.key"
FIRST_ID = "k1"
SETTING = "METAMORPH_DATA_KEYS"
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_FILE = re.compile(r"data-k([1-9]\d{0,8})\.key")


class SealBroken(ValueError):
    """The value was altered, belongs to something else, or was sealed with another key."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """A 256-bit key and the id that stands in what it sealed; `path` is empty for a setting's."""

    id: str
    secret: bytes = field(repr=False)
    path: Path | None = None


class DataKeySource(Protocol):
    """Where a sealer gets its keys from: fixed ones, or a directory that is followed."""

    @property
    def current(self) -> DataKey:
        """The key that seals."""
        ...

    def find(self, key_id: str) -> DataKey | None:
        """The key with this id."""
        ...


@dataclass(frozen=True, slots=True)
class DataKeys:
    """The key that seals, and every key that opens, by id."""

    current: DataKey
    known: Mapping[str, DataKey]

    @classmethod
    def of(cls, secret: bytes) -> "DataKeys":
        """A ring of one key."""
        key = DataKey(FIRST_ID, secret)
        return cls(key, {key.id: key})

    def find(self, key_id: str) -> DataKey | None:
        """The key with this id."""
        return self.known.get(key_id)


class FollowedDataKeys:
    """The keys of an installation as they are now, also when one was added after the start."""

    def __init__(
        self,
        directory: Path,
        configured: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._followed = Followed(directory, lambda: read_data_keys(directory, configured), clock)

    @property
    def current(self) -> DataKey:
        """The key that seals."""
        return self._followed.keys.current

    def find(self, key_id: str) -> DataKey | None:
        """The key with this id, also one that was made a moment ago."""
        return self._followed.keys.find(key_id) or self._followed.look().find(key_id)


class Sealer:
    """Seals and opens short values (NIST SP 800-38D, 96-bit random nonce)."""

    def __init__(self, keys: DataKeySource) -> None:
        self.keys = keys

    @classmethod
    def from_settings(cls, settings: Settings) -> "Sealer":
        """A sealer with the keys of this installation, the first made where that is allowed.

        Raises:
            MissingKey: There is none, and this is no place to make one.
            UnusableKey: The setting or a file holds no key.
        """
        configured = settings.data_keys.get_secret_value()
        if settings.makes_keys and not configured:
            make_first_data_key(settings.keys_dir)
        return cls(FollowedDataKeys(settings.keys_dir, configured))

    def seal(self, value: str, *, belongs_to: str) -> str:
        """Encrypt `value`; it opens only with the same `belongs_to`."""
        key = self.keys.current
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(key.secret).encrypt(nonce, value.encode(), belongs_to.encode())
        return f"{key.id}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *, belongs_to: str) -> str:
        """Decrypt what `seal` returned, with the key it names.

        Raises:
            SealBroken: The value was altered, or sealed for something else or with another key.
        """
        key = self.keys.find(read_key_id(sealed))
        if key is None:
            raise SealBroken(f"The key {read_key_id(sealed)} is not known here.")
        try:
            raw = base64.b64decode(sealed.partition(":")[2], validate=True)
            cipher = AESGCM(key.secret)
            opened = cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], belongs_to.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken("A sealed value cannot be opened with this key.") from error
        return opened.decode()

    def reseal(self, sealed: str, *, belongs_to: str) -> str:
        """The same value under the current key; as it is where it has been.

        Raises:
            SealBroken: as `open` does.
        """
        if read_key_id(sealed) == self.keys.current.id:
            return sealed
        return self.seal(self.open(sealed, belongs_to=belongs_to), belongs_to=belongs_to)


def read_key_id(sealed: str) -> str:
    """The id of the key that sealed a value; empty for what is none."""
    key_id, _, _ = sealed.partition(":")
    return key_id if _KEY_ID.fullmatch(key_id) else ""


def read_data_keys(directory: Path, configured: str = "") -> DataKeys:
    """Read the ring from the setting and the files.

    Raises:
        MissingKey: There is no key at all.
        UnusableKey: Something that should be a key is none, or one id stands for two keys.
    """
    first = parse_data_keys(configured)
    files = read_key_files(directory)
    known = {key.id: key for key in files} | {key.id: key for key in first}
    for file in files:
        if known[file.id].secret != file.secret:
            raise UnusableKey(f"{file.path} and {SETTING} have different keys named {file.id}")
    ranked = [*first, *reversed(files)]
    if not ranked:
        raise MissingKey("there is no key for secrets at rest")
    return DataKeys(ranked[0], known)


def parse_data_keys(configured: str) -> list[DataKey]:
    """The keys of `id:base64,id:base64`, in their order.

    Raises:
        UnusableKey: Says which part is wrong, and nothing of its content.
    """
    keys: dict[str, DataKey] = {}
    parts = [part.strip() for part in configured.split(",") if part.strip()]
    for number, part in enumerate(parts, 1):
        key_id, _, body = part.partition(":")
        if not _KEY_ID.fullmatch(key_id) or key_id in keys:
            raise UnusableKey(f"{SETTING}: part {number} does not begin with an id of its own")
        secret = b""
        with contextlib.suppress(binascii.Error, ValueError):
            secret = base64.b64decode(body, altchars=b"-_" if set(body) & {*"-_"} else None)
        if len(secret) != KEY_BYTES:
            raise UnusableKey(f"{SETTING}: {key_id} is not {KEY_BYTES} bytes in base64")
        keys[key_id] = DataKey(key_id, secret)
    return list(keys.values())


def read_key_files(directory: Path) -> list[DataKey]:
    """The keys in files, the newest last.

    Raises:
        UnusableKey: Names a file that holds no key.
    """
    numbered = {1: directory / FIRST_FILE} if (directory / FIRST_FILE).exists() else {}
    for path in directory.glob("data-*.key"):
        if match := _FILE.fullmatch(path.name):
            numbered[int(match[1])] = path
    return [
        DataKey(f"k{number}", read_key(path), path) for number, path in sorted(numbered.items())
    ]


def make_first_data_key(directory: Path) -> bool:
    """Make a data key where there is none; of several processes that do, one wins, for all."""
    if read_key_files(directory):
        return False
    make_directory(directory)
    return make_file(directory / FIRST_FILE, secrets.token_bytes(KEY_BYTES))


def make_next_data_key(directory: Path) -> DataKey:
    """Make the key that seals from now on; call it as the only one who changes keys."""
    last = read_key_files(directory)[-1]
    number = int(last.id.removeprefix("k")) + 1
    path = directory / f"data-k{number}.key"
    make_file(path, secrets.token_bytes(KEY_BYTES))
    return DataKey(f"k{number}", read_key(path), path)


def read_key(path: Path) -> bytes:
    """The key in a file.

    Raises:
        MissingKey: There is no file.
        UnusableKey: It holds something else.
    """
    try:
        secret = path.read_bytes()
    except FileNotFoundError as error:
        raise MissingKey(f"there is no {path}") from error
    if len(secret) != KEY_BYTES:
        raise UnusableKey(f"{path} does not hold a key of {KEY_BYTES} bytes")
    return secret


def read_or_make_key(path: Path) -> bytes:
    """Return the key in `path`; of several processes that make it at once, one wins, for all."""
    with contextlib.suppress(MissingKey):
        return read_key(path)
    make_directory(path.parent)
    make_file(path, secrets.token_bytes(KEY_BYTES))
    return read_key(path)
