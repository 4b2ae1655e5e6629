"""Signing keys change while tokens live: two at a time, and none that is needed is pushed out."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain.accounts.keys import PREVIOUS_FILE, FollowedSigningKeys, SigningKeys
from domain.accounts.rotate_keys import drop_previous_key, rotate_signing_key
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
    return AccessTokens(FollowedSigningKeys(directory), ISSUER, clock)


def issue(tokens: AccessTokens) -> str:
    return tokens.issue(new_id(), new_id(), new_id())[0]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    SigningKeys.from_directory(tmp_path)
    return tmp_path


def test_a_new_key_signs_and_the_one_before_is_still_accepted(
    directory: Path, clock: SettableClock
):
    before = SigningKeys.read(directory)
    after = rotate_signing_key(directory, clock)
    assert after.current.kid != before.current.kid
    assert list(after.accepted) == [after.current.kid, before.current.kid]
    assert SigningKeys.read(directory).current.kid == after.current.kid


def test_a_running_process_accepts_tokens_of_a_key_that_was_made_after_it_started(
    directory: Path, clock: SettableClock
):
    old, bystander = running(directory, clock), running(directory, clock)
    before = issue(old)
    rotate_signing_key(directory, clock)
    renewed = issue(running(directory, clock))
    bystander.verify(renewed)
    bystander.verify(before)
    assert bystander.keys.current.kid == SigningKeys.read(directory).current.kid


def test_a_previous_key_that_may_still_have_tokens_is_not_pushed_out(
    directory: Path, clock: SettableClock
):
    before = issue(running(directory, clock))
    rotate_signing_key(directory, clock)
    clock.pass_time(LIFETIME)
    kids = set(SigningKeys.read(directory).accepted)
    with pytest.raises(KeyInUse, match="--force"):
        rotate_signing_key(directory, clock)
    assert set(SigningKeys.read(directory).accepted) == kids
    clock.pass_time(-LIFETIME)
    running(directory, clock).verify(before)


def test_a_previous_key_without_living_tokens_makes_room(directory: Path, clock: SettableClock):
    first = SigningKeys.read(directory).current.kid
    second = rotate_signing_key(directory, clock).current.kid
    clock.pass_time(LIFETIME + SOON)
    third = rotate_signing_key(directory, clock)
    assert list(third.accepted) == [third.current.kid, second]
    assert first not in third.accepted


def test_force_ends_the_tokens_of_the_key_before_the_current_one(
    directory: Path, clock: SettableClock
):
    before = issue(running(directory, clock))
    rotate_signing_key(directory, clock)
    rotate_signing_key(directory, clock, force=True)
    with pytest.raises(Unauthenticated):
        running(directory, clock).verify(before)


def test_a_running_process_refuses_tokens_of_a_key_that_was_dropped(
    directory: Path, clock: SettableClock
):
    seconds = Seconds()
    tokens = AccessTokens(FollowedSigningKeys(directory, seconds), ISSUER, clock)
    before = issue(tokens)
    rotate_signing_key(directory, clock)
    drop_previous_key(directory, clock, force=True)
    seconds.now += LOOK_SECONDS
    with pytest.raises(Unauthenticated):
        tokens.verify(before)
    assert not (directory / PREVIOUS_FILE).exists()


def test_dropping_waits_for_the_last_token_too(directory: Path, clock: SettableClock):
    with pytest.raises(MissingKey):
        drop_previous_key(directory, clock)
    rotate_signing_key(directory, clock)
    with pytest.raises(KeyInUse):
        drop_previous_key(directory, clock)
    clock.pass_time(LIFETIME + SOON)
    drop_previous_key(directory, clock)
    assert len(SigningKeys.read(directory).accepted) == 1


def test_nothing_is_rotated_where_there_is_no_key(tmp_path: Path, clock: SettableClock):
    with pytest.raises(MissingKey):
        rotate_signing_key(tmp_path, clock)
