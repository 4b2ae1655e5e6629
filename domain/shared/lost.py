"""A PostgreSQL that is away: how its errors are told from those of a statement that is wrong."""

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.shared.errors import Unavailable

LOST_DATABASE: tuple[type[BaseException], ...] = (
    OperationalError,
    InterfaceError,
    DBAPIError,
    PoolTimeout,
    ConnectionError,
    TimeoutError,
    FileNotFoundError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
)
_LOST_STATES = ("08", "53", "57P", "40001", "40P01")
"""No connection; no memory, disk or connection left; shutting down; the two kinds of bad luck."""
_LOST_WORDS = ("connection is closed", "connection was closed", "connection has been released")


def tell_loss() -> Unavailable:
    """What callers are told of a database that is away."""
    return Unavailable("The database is away. Try again in a moment.")


def is_lost(error: BaseException) -> bool:
    """Tell what may work in a moment from a statement that is wrong."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        state = getattr(error.orig, "sqlstate", None) or ""
        words = str(error.orig)
        return state.startswith(_LOST_STATES) or any(word in words for word in _LOST_WORDS)
    if isinstance(error, asyncpg.InterfaceError):
        return any(word in str(error) for word in _LOST_WORDS)
    if isinstance(error, FileNotFoundError):
        return error.filename is None  # a socket that is not there; files name themselves
    return isinstance(error, LOST_DATABASE)
