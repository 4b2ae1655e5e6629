"""Signing keys change while tokens live: two at a time, and none that is needed is pushed out."""

from datetime import timedelta
from functools import cache
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from domain.accounts.keys import (
    JWKS_CACHE_SECONDS,
    PREVIOUS_FILE,
    FollowedSigningKeys,
    SigningKeys,
)
from domain.accounts.rotate_keys import PUBLISHED_FIRST, drop_previous_key, rotate_signing_key
from domain.accounts.tokens import LIFETIME, AccessTokens
from domain.shared.errors import Unauthenticated
from domain.shared.ids import new_id
from domain.shared.key_files import LOOK_SECONDS, KeyInUse, MissingKey
from tests.factories.accounts import ISSUER, SettableClock
from tests.support.seconds import Seconds

pytestmark = pytest.mark.unit

SOON = timedelta(minutes=1)


def running(directory: Path, clock: SettableClock) -> AccessTokens:
    """The tokens of a process that has started."""
    return AccessTokens(FollowedSigningKeys(directory, clock=clock), ISSUER, clock)


def issue(tokens: AccessTokens) -> str:
    return tokens.issue(new_id(), new_id(), new_id())[0]


@pytest.fixture(autouse=True)
def _each_key_is_proven_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """That its numbers are primes takes a thirtieth of a second, each time that one is read."""
    monkeypatch.setattr(serialization, "load_pem_private_key", cache(load_pem_private_key))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    SigningKeys.from_directory(tmp_path)
    return tmp_path


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def test_a_new_key_is_published_at_once_and_signs_when_every_copy_without_it_has_expired(
    directory: Path, clock: SettableClock
):
    before = SigningKeys.read(directory).current.kid
    processes = [running(directory, clock), running(directory, clock)]
    after = rotate_signing_key(directory, clock)
    processes.append(running(directory, clock))
    assert [key["kid"] for key in after.jwks["keys"]] == [after.newest.kid, before]
    clock.pass_time(timedelta(seconds=JWKS_CACHE_SECONDS + 1))
    assert {kid_of(issue(one)) for one in processes} == {before}
    clock.pass_time(PUBLISHED_FIRST - timedelta(seconds=JWKS_CACHE_SECONDS + 1))
    for one in processes:
        one.keys.find(after.newest.kid)  # as whoever verifies the first token of another process
    assert {kid_of(issue(one)) for one in processes} == {after.newest.kid}


def test_a_new_key_signs_at_once_where_the_operator_says_so_or_where_it_is_the_only_one(
    directory: Path, clock: SettableClock
):
    forced = rotate_signing_key(directory, clock, at_once=True)
    assert kid_of(issue(running(directory, clock))) == forced.newest.kid
    clock.pass_time(LIFETIME + SOON)
    waiting = rotate_signing_key(directory, clock)
    assert kid_of(issue(running(directory, clock))) == forced.newest.kid
    drop_previous_key(directory, clock, force=True)
    assert kid_of(issue(running(directory, clock))) == waiting.newest.kid


def test_a_running_process_accepts_tokens_of_a_key_that_was_made_after_it_started(
    directory: Path, clock: SettableClock
):
    old, bystander = running(directory, clock), running(directory, clock)
    before = issue(old)
    rotate_signing_key(directory, clock, at_once=True)
    renewed = issue(running(directory, clock))
    bystander.verify(renewed)
    bystander.verify(before)
    assert bystander.keys.current.kid == kid_of(renewed)


def test_the_key_before_is_kept_until_the_last_token_that_it_signed_has_expired(
    directory: Path, clock: SettableClock
):
    rotate_signing_key(directory, clock)
    clock.pass_time(PUBLISHED_FIRST - timedelta(seconds=1))
    last = issue(running(directory, clock))
    clock.pass_time(LIFETIME - timedelta(seconds=1))
    with pytest.raises(KeyInUse):
        drop_previous_key(directory, clock)
    running(directory, clock).verify(last)


def test_a_previous_key_that_may_still_have_tokens_is_not_pushed_out(
    directory: Path, clock: SettableClock
):
    before = issue(running(directory, clock))
    rotate_signing_key(directory, clock, at_once=True)
    clock.pass_time(LIFETIME)
    kids = set(SigningKeys.read(directory).accepted)
    with pytest.raises(KeyInUse, match="--force"):
        rotate_signing_key(directory, clock, at_once=True)
    assert set(SigningKeys.read(directory).accepted) == kids
    clock.pass_time(-LIFETIME)
    running(directory, clock).verify(before)


def test_a_previous_key_without_living_tokens_makes_room(directory: Path, clock: SettableClock):
    first = SigningKeys.read(directory).current.kid
    second = rotate_signing_key(directory, clock, at_once=True).current.kid
    clock.pass_time(LIFETIME + SOON)
    third = rotate_signing_key(directory, clock, at_once=True)
    assert list(third.accepted) == [third.current.kid, second]
    assert first not in third.accepted


def test_force_ends_the_tokens_of_the_key_before_the_current_one(
    directory: Path, clock: SettableClock
):
    before = issue(running(directory, clock))
    rotate_signing_key(directory, clock, at_once=True)
    rotate_signing_key(directory, clock, force=True, at_once=True)
    with pytest.raises(Unauthenticated):
        running(directory, clock).verify(before)


def test_a_running_process_refuses_tokens_of_a_key_that_was_dropped(
    directory: Path, clock: SettableClock
):
    seconds = Seconds()
    tokens = AccessTokens(FollowedSigningKeys(directory, seconds, clock), ISSUER, clock)
    before = issue(tokens)
    rotate_signing_key(directory, clock, at_once=True)
    drop_previous_key(directory, clock, force=True)
    seconds.now += LOOK_SECONDS
    with pytest.raises(Unauthenticated):
        tokens.verify(before)
    assert not (directory / PREVIOUS_FILE).exists()


def test_dropping_waits_for_the_last_token_too(directory: Path, clock: SettableClock):
    with pytest.raises(MissingKey):
        drop_previous_key(directory, clock)
    rotate_signing_key(directory, clock, at_once=True)
    with pytest.raises(KeyInUse):
        drop_previous_key(directory, clock)
    clock.pass_time(LIFETIME + SOON)
    drop_previous_key(directory, clock)
    assert len(SigningKeys.read(directory).accepted) == 1


def test_nothing_is_rotated_where_there_is_no_key(tmp_path: Path, clock: SettableClock):
    with pytest.raises(MissingKey):
        rotate_signing_key(tmp_path, clock)
