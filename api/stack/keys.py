"""The keys of an installation: which there are, which are missing, and making those."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from api.stack.errors import StackError
from domain.accounts.keys import (
    PREVIOUS_FILE,
    SIGNING_FILE,
    SigningKeys,
    make_first_signing_key,
)
from domain.evidence.links import KEY_FILE as LINKS_FILE
from domain.shared.actor import Via
from domain.shared.crypto import (
    DataKey,
    make_first_data_key,
    read_data_keys,
    read_key,
    read_or_make_key,
)
from domain.shared.key_changes import KeyChange, note_change
from domain.shared.key_files import KeyTrouble, MissingKey, UnusableKey, read_made_at
from domain.shared.settings import Settings

HOW = "make what is missing with: metamorph keys make"


class KeyUse(StrEnum):
    """What a key is for."""

    TOKENS = "access tokens"
    DATA = "secrets at rest"
    LINKS = "signed links"


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A key as people may see it.

    Attributes:
        id: Stands in what it signed or sealed; empty for the one of links.
        path: None for a key of a setting.
        is_current: Whether it signs or seals; another one still verifies or opens.
        signs_from: When it begins to sign, if it is only published so far.
    """

    use: KeyUse
    id: str
    path: Path | None
    is_current: bool
    signs_from: datetime | None = None

    @property
    def made_at(self) -> datetime | None:
        """When it was made; unknown for a key of a setting."""
        return read_made_at(self.path) if self.path is not None else None


def list_keys(settings: Settings) -> list[KeyEntry]:
    """Every key there is, current ones first in their kind.

    Raises:
        UnusableKey: Something that should be a key is none.
    """
    found: list[KeyEntry] = []
    for read in _READERS.values():
        try:
            found += read(settings)
        except MissingKey:
            continue
        except OSError as error:
            raise unreadable(error) from error
    return found


def list_missing(settings: Settings) -> list[KeyUse]:
    """What there is no key for; signing keys are not read, which takes a while, only looked for.

    Raises:
        UnusableKey: Something that should be a key is none.
    """
    return [use for use in KeyUse if not _is_there(use, settings)]


def make_missing(settings: Settings, by: Via = Via.SYSTEM) -> list[KeyUse]:
    """Make what is missing, files that only their owner can read; tells what that was.

    Args:
        by: Who has them made, for the audit log.
    """
    missing = list_missing(settings)
    for use in missing:
        _MAKERS[use](settings.keys_dir)
        made = next(one for one in _READERS[use](settings) if one.is_current)
        note_change(settings.keys_dir, KeyChange("key.make", use.value, made.id), by)
    return missing


def prepare_keys(settings: Settings, *uses: KeyUse) -> None:
    """Make sure at the start of a process that every key it uses is there.

    Raises:
        StackError: One is missing in production, where making it would hide that it was lost; or
            something that should be a key is none.
    """
    try:
        if settings.makes_keys:
            make_missing(settings)
        missing = [use for use in list_missing(settings) if use in uses]
    except KeyTrouble as error:
        raise StackError(str(error)) from error
    if missing:
        raise StackError(f"no key for {', '.join(missing)} in {settings.keys_dir}: {HOW}")


def _is_there(use: KeyUse, settings: Settings) -> bool:
    if use is KeyUse.TOKENS:
        return (settings.keys_dir / SIGNING_FILE).exists()
    try:
        return bool(_READERS[use](settings))
    except MissingKey:
        return False
    except OSError as error:
        raise unreadable(error) from error


def unreadable(error: OSError) -> UnusableKey:
    """A file that is there and cannot be read."""
    return UnusableKey(f"cannot read {error.filename}: {error.strerror}")


def _list_signing_keys(settings: Settings) -> list[KeyEntry]:
    keys = SigningKeys.read(settings.keys_dir)
    signs, newest = keys.current, keys.newest
    files = [(newest, SIGNING_FILE), *((one, PREVIOUS_FILE) for one in [keys.previous] if one)]
    found = [
        KeyEntry(
            KeyUse.TOKENS,
            key.kid,
            settings.keys_dir / name,
            is_current=key.kid == signs.kid,
            signs_from=newest.signs_from if key is newest and key is not signs else None,
        )
        for key, name in files
    ]
    return sorted(found, key=lambda entry: not entry.is_current)


def _list_data_keys(settings: Settings) -> list[KeyEntry]:
    keys = read_data_keys(settings.keys_dir, settings.data_keys.get_secret_value())

    def describe(key: DataKey) -> KeyEntry:
        return KeyEntry(KeyUse.DATA, key.id, key.path, is_current=key.id == keys.current.id)

    return sorted(map(describe, keys.known.values()), key=lambda entry: not entry.is_current)


def _list_link_keys(settings: Settings) -> list[KeyEntry]:
    path = settings.keys_dir / LINKS_FILE
    read_key(path)
    return [KeyEntry(KeyUse.LINKS, "", path, is_current=True)]


_READERS: dict[KeyUse, Callable[[Settings], list[KeyEntry]]] = {
    KeyUse.TOKENS: _list_signing_keys,
    KeyUse.DATA: _list_data_keys,
    KeyUse.LINKS: _list_link_keys,
}
_MAKERS: dict[KeyUse, Callable[[Path], object]] = {
    KeyUse.TOKENS: make_first_signing_key,
    KeyUse.DATA: make_first_data_key,
    KeyUse.LINKS: lambda directory: read_or_make_key(directory / LINKS_FILE),
}
