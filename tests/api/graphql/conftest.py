"""A toy server for each test, and the log kept off the terminal."""

from collections.abc import AsyncIterator, Iterator, MutableMapping

import pytest
from structlog.testing import capture_logs

from tests.api.graphql.server import ToyServer, serve_toy


@pytest.fixture(autouse=True)
def lines() -> Iterator[list[MutableMapping[str, object]]]:
    """What was logged during a test."""
    with capture_logs() as captured:
        yield captured


@pytest.fixture
async def server() -> AsyncIterator[ToyServer]:
    """As in development."""
    async with serve_toy() as running:
        yield running


@pytest.fixture
async def production() -> AsyncIterator[ToyServer]:
    """As in production."""
    async with serve_toy(environment="production") as running:
        yield running
