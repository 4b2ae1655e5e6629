"""The nested list as one writes it by hand: two statements, plain dicts, orjson, one route."""

import contextlib
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

MISSIONS = "SELECT id, name, description, created_at FROM missions WHERE workspace_id = $1 ORDER BY created_at DESC, id DESC LIMIT 20"
TESTS = "SELECT id, mission_id, name, kind, position, tags FROM mission_tests WHERE workspace_id = $1 AND mission_id = ANY($2) ORDER BY position"
HERE = "SELECT set_config('app.workspace_id', $1, true)"


async def list_missions(request: Request) -> Response:
    """Twenty missions with their tests, under row-level security."""
    workspace = UUID(os.environ["BENCH_WORKSPACE"])
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(HERE, str(workspace))
        missions = await connection.fetch(MISSIONS, workspace)
        tests = await connection.fetch(TESTS, workspace, [row["id"] for row in missions])
    children: dict[UUID, list[dict[str, object]]] = defaultdict(list)
    for row in tests:
        children[row["mission_id"]].append(
            {"id": row["id"], "name": row["name"], "kind": row["kind"], "tags": row["tags"]}
        )
    body = [
        {
            "id": row["id"],
            "name": row["name"],
            "description": row["description"],
            "createdAt": row["created_at"],
            "tests": children[row["id"]],
        }
        for row in missions
    ]
    return Response(
        orjson.dumps({"data": {"missions": body}}, default=str), media_type="application/json"
    )


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """The pool."""
    app.state.pool = await asyncpg.create_pool(os.environ["BENCH_DATABASE"], max_size=10)
    yield
    await app.state.pool.close()


if __name__ == "__main__":
    routes = [Route("/missions", list_missions, methods=["POST"])]
    uvicorn.run(
        Starlette(routes=routes, lifespan=lifespan),
        port=int(os.environ["BENCH_PORT"]),
        log_level="error",
        access_log=False,
    )
