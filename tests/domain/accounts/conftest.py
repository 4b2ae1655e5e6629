"""Fixtures for the tests of accounts."""

from pathlib import Path

import pytest

from domain.accounts.sessions import Authority
from tests.domain.accounts.acting import Stage
from tests.factories.accounts import SettableClock, make_authority
from tests.fixtures.database import Databases
from tests.fixtures.people import MakeMember


@pytest.fixture
def clock() -> SettableClock:
    """A clock the test moves."""
    return SettableClock()


@pytest.fixture
def authority(keys_directory: Path, clock: SettableClock) -> Authority:
    """An authority on the test's clock."""
    return make_authority(keys_directory, clock)


@pytest.fixture
def stage(databases: Databases, authority: Authority, workspace_member: MakeMember) -> Stage:
    """Where people of workspaces act."""
    return Stage(databases, authority, workspace_member)
