"""Which errors of PostgreSQL mean: try again in a moment."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from domain.shared.lost import is_lost

pytestmark = pytest.mark.unit


class Refused(Exception):
    """What a driver raises, with PostgreSQL's code."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("refused")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "lost"),
    [
        ("08006", True),  # the connection broke
        ("53100", True),  # the disk is full
        ("53300", True),  # too many connections
        ("57P01", True),  # it shuts down
        ("40001", True),  # could not be serialised
        ("40P01", True),  # a deadlock was found
        ("23505", False),  # not unique
        ("42601", False),  # no SQL
        ("40002", False),  # a constraint at commit
    ],
)
def test_what_may_work_in_a_moment_is_told_from_what_is_wrong(sqlstate: str, lost: bool):
    assert is_lost(DBAPIError("SELECT 1", None, Refused(sqlstate))) is lost


def test_a_server_without_a_free_connection_is_away():
    assert is_lost(asyncpg.TooManyConnectionsError("sorry, too many clients already"))
