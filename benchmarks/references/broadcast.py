"""A server that only passes on: what Redis publishes goes to every WebSocket, nothing is asked."""

import asyncio
import json
import os

import uvloop
from redis.asyncio import Redis
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.typing import Subprotocol

CHANNEL = "bench:broadcast"


async def main() -> None:
    """Serve until the process ends."""
    connections: set[ServerConnection] = set()
    event = {"seq": 1, "kind": "step.started"}
    first = json.dumps({"data": {"executionEvents": event}}, separators=(",", ":"))

    async def stay(connection: ServerConnection) -> None:
        connections.add(connection)
        await connection.send(first)
        await connection.wait_closed()
        connections.discard(connection)

    protocol = Subprotocol("graphql-transport-ws")
    port = int(os.environ["BENCH_PORT"])
    serving = serve(stay, "127.0.0.1", port, subprotocols=[protocol], compression=None)
    async with serving, Redis.from_url(os.environ["BENCH_REDIS"]).pubsub() as pubsub:
        await pubsub.subscribe(CHANNEL)
        async for message in pubsub.listen():
            if message["type"] == "message":
                broadcast(connections, message["data"].decode())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
