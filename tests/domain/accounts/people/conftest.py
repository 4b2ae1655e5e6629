"""People who register, prove themselves and leave, and the mails they get."""

import pytest

from domain.accounts.sessions import Authority
from tests.domain.accounts.people.someone import House
from tests.factories.mails import Postbox
from tests.fixtures.database import Databases
from tests.fixtures.people import MakeMember


@pytest.fixture
def postbox(databases: Databases, authority: Authority) -> Postbox:
    """What was mailed to whom in this test."""
    return Postbox(databases, authority)


@pytest.fixture
def house(postbox: Postbox, workspace_member: MakeMember) -> House:
    """An installation where people come and go."""
    return House(postbox, workspace_member)
