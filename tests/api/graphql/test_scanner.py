"""What graphql-cop would report: nothing in production, and in development what is chosen there."""

import httpx
import pytest
import strawberry
from strawberry.asgi import GraphQL
from strawberry.schema.config import StrawberryConfig

from tests.api.graphql.scanner import scan
from tests.api.graphql.server import serve_toy

pytestmark = pytest.mark.contract

CHOSEN_IN_DEVELOPMENT = {"Introspection", "GraphQL IDE", "Field Suggestions"}
"""README, settings: ENVIRONMENT. Tools of developers need them, and `production` closes them."""


@strawberry.type
class Query:
    """Something to ask for."""

    hello: str = "Hello"


@pytest.fixture
def stock() -> httpx.AsyncClient:
    """An endpoint as a library brings it."""
    schema = strawberry.Schema(
        Query, config=StrawberryConfig(batching_config={"max_operations": 20})
    )
    app = GraphQL[None, None](schema)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://stock.test")


async def test_production_gives_a_scanner_nothing():
    async with serve_toy(environment="production", graphiql=None) as server:
        assert await scan(server.client) == set()


async def test_development_gives_a_scanner_what_developers_need():
    async with serve_toy(environment="development", graphiql=None) as server:
        assert await scan(server.client) == CHOSEN_IN_DEVELOPMENT


async def test_the_scanner_finds_what_a_stock_endpoint_allows(stock: httpx.AsyncClient):
    async with stock:
        assert await scan(stock) == CHOSEN_IN_DEVELOPMENT | {
            "Alias Overloading",
            "Field Duplication",
            "Directive Overloading",
            "Array-based Query Batching",
            "GET Method Query Support",
        }
