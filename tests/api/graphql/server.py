"""A toy server on a real port of this machine, in the tests' own event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from api.graphql.bounds import Bounds
from api.graphql_endpoint import GraphQLEndpoint
from domain.shared.settings import Settings
from graph.support.limits import Limits
from graph.support.metering import Meter
from tests.api.graphql.toy import Toy, ToyContexts, schema
from tests.support.plain import NOBODY

PROTOCOL = Subprotocol("graphql-transport-ws")
QUICK = replace(Bounds(), recheck_seconds=0.02, event_recheck_seconds=0.0)
"""As in production, but looking at sign-ins so often that a test need not wait."""


@dataclass(frozen=True)
class ToyServer:
    """Where it listens, and what its resolvers noted."""

    url: str
    toy: Toy
    contexts: ToyContexts
    endpoint: GraphQLEndpoint
    client: httpx.AsyncClient

    async def post(self, query: str, token: str = "", **more: object) -> httpx.Response:
        """Send a document."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, **more}
        return await self.client.post("/graphql", json=body, headers=headers)

    @asynccontextmanager
    async def socket(self, **options: object) -> AsyncIterator[ClientConnection]:
        """Open a socket without saying anything yet."""
        address = self.url.replace("http", "ws") + "/graphql"
        defaults = {"subprotocols": [PROTOCOL], "max_size": None, "ping_interval": None}
        async with connect(address, **{**defaults, **options}) as connection:
            yield connection


@asynccontextmanager
async def serve_toy(
    *,
    environment: str = "test",
    limits: Limits | None = None,
    bounds: Bounds = QUICK,
    graphiql: bool | None = False,
    is_at_home: bool = False,
    trusted_documents: Path | None = None,
    untrusted_documents_from: str = "anyone",
    meter: Meter | None = None,
) -> AsyncIterator[ToyServer]:
    """Start a toy server, and stop it in the end; at home, its public address is its own."""
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    settings = Settings.model_validate(
        {
            "environment": environment,
            "public_url": url if is_at_home else "https://metamorph.example",
            "allowed_origins": ["https://app.example"],
            "graphiql": graphiql,
            "trusted_documents": trusted_documents,
            "untrusted_documents_from": untrusted_documents_from,
        }
    )
    toy = Toy()
    contexts = ToyContexts(settings, toy, meter)
    endpoint = GraphQLEndpoint(schema, settings, contexts, limits, bounds)
    config = uvicorn.Config(
        Starlette(routes=endpoint.routes),
        log_level="critical",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    async with httpx.AsyncClient(base_url=url, timeout=20, verify=NOBODY) as client:
        yield ToyServer(url, toy, contexts, endpoint, client)
    server.should_exit = True
    await task
