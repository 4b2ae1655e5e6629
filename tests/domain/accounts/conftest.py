"""Fixtures for the tests of accounts."""

from pathlib import Path

import pytest

from domain.accounts.sessions import Authority
from tests.factories.accounts import SettableClock, make_authority


@pytest.fixture
def clock() -> SettableClock:
    """A clock the test moves."""
    return SettableClock()


@pytest.fixture
def authority(keys_directory: Path, clock: SettableClock) -> Authority:
    """An authority on the test's clock."""
    return make_authority(keys_directory, clock)
