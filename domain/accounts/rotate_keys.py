"""Rotate the key that signs access tokens: published first, then used; the one before goes last."""

import secrets
from datetime import datetime, timedelta
from pathlib import Path

from domain.accounts.keys import (
    JWKS_CACHE_SECONDS,
    PREVIOUS_FILE,
    SIGNING_FILE,
    SigningKey,
    SigningKeys,
    generate_key,
    read_key,
    write_begin,
)
from domain.accounts.tokens import CLOCK_SKEW, LIFETIME
from domain.shared.clock import Clock
from domain.shared.key_changes import KeyChange, note_change
from domain.shared.key_files import (
    LOOK_SECONDS,
    KeyInUse,
    MissingKey,
    changing,
    read_made_at,
    write_draft,
)

USE = "access tokens"
PUBLISHED_FIRST = timedelta(seconds=JWKS_CACHE_SECONDS + LOOK_SECONDS) + CLOCK_SKEW
"""Longer than anybody keeps a document that some process published without the new key."""


def rotate_signing_key(
    directory: Path, clock: Clock, *, force: bool = False, at_once: bool = False
) -> SigningKeys:
    """Make a new key that is published now and signs soon; the current one becomes the previous.

    At every moment somebody who reads finds the key that signed last, so no token fails. The
    moment from which the new one signs stands in its file, so that all processes agree.

    Args:
        directory: Of the keys.
        clock: Tells the time.
        force: Push the previous key out although it may have tokens.
        at_once: Sign with the new key now: whoever verifies with a copy of the published keys
            refuses its tokens for some minutes.

    Raises:
        MissingKey: There is nothing to rotate yet.
        KeyInUse: The previous key may still have tokens, and nobody forces it out.
    """
    with changing(directory):
        SigningKeys.read(directory)
        begins = clock.now() + (timedelta() if at_once else PUBLISHED_FIRST)
        if not force:
            require_unused(directory, clock)
        current, previous = directory / SIGNING_FILE, directory / PREVIOUS_FILE
        draft = write_draft(current, write_begin(begins) + generate_key())
        kept = previous.with_name(f".{previous.name}.{secrets.token_hex(8)}")
        kept.hardlink_to(current)
        kept.replace(previous)
        kept.unlink(missing_ok=True)  # two names of one file: then `replace` does nothing
        draft.replace(current)
        keys = SigningKeys.read(directory, clock)
        change = KeyChange("key.rotate", USE, keys.newest.kid)
        note_change(directory, change, signs_from=begins, forced=force)
        return keys


def drop_previous_key(directory: Path, clock: Clock, *, force: bool = False) -> SigningKey:
    """Accept no token of the previous key any more.

    Raises:
        MissingKey: There is none.
        KeyInUse: It may still have tokens, and nobody forces it out.
    """
    with changing(directory):
        previous = read_key(directory / PREVIOUS_FILE)
        if previous is None:
            raise MissingKey("there is no previous signing key")
        if not force:
            require_unused(directory, clock)
        (directory / PREVIOUS_FILE).unlink()
        note_change(directory, KeyChange("key.drop", USE, previous.kid), forced=force)
        return previous


def find_last_token_end(directory: Path) -> datetime | None:
    """When the last token of the previous key has expired; None where there is no such key.

    It signed until every process had seen its successor.
    """
    newest = read_key(directory / SIGNING_FILE)
    if newest is None or not (directory / PREVIOUS_FILE).exists():
        return None
    replaced = newest.signs_from or read_made_at(directory / SIGNING_FILE)
    return replaced + timedelta(seconds=LOOK_SECONDS) + LIFETIME + CLOCK_SKEW


def require_unused(directory: Path, clock: Clock) -> None:
    """Make sure that no token of the previous key can still be alive.

    Raises:
        KeyInUse: Says until when.
    """
    end = find_last_token_end(directory)
    if end is not None and clock.now() < end:
        raise KeyInUse(
            f"tokens of the previous signing key live until {end:%H:%M:%S} UTC: "
            "wait until then, or have them refused with --force"
        )
