"""The nested list as one writes it by hand: plain SQL, dicts and orjson in one route.

It asks who is there as the product does: the token is verified, and its session looked up.
"""

import contextlib
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import jwt
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.accounts.keys import SigningKeys

MISSIONS = "SELECT id, name, description, created_at FROM missions WHERE workspace_id = $1 ORDER BY created_at DESC, id DESC LIMIT 20"
TESTS = "SELECT id, mission_id, name, kind, position, tags FROM mission_tests WHERE workspace_id = $1 AND mission_id = ANY($2) ORDER BY position"
HERE = "SELECT set_config('app.workspace_id', $1, true), set_config('app.user_id', $2, true)"
SESSION = """
SELECT array_agg(DISTINCT p.permission) FROM user_groups g
JOIN group_permissions p ON p.group_id = g.group_id
WHERE g.user_id = $1 AND g.workspace_id = $2 AND EXISTS (
    SELECT 1 FROM sessions WHERE id = $3 AND user_id = $1 AND ended_at IS NULL AND expires_at > now()
)
"""


async def list_missions(request: Request) -> Response:
    """Twenty missions with their tests, for whoever may see missions."""
    token = request.headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(
        token, request.app.state.key, algorithms=["RS256"], options={"verify_aud": False}
    )
    user, workspace = UUID(claims["sub"]), UUID(claims["ws"])
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(HERE, str(workspace), str(user))
        held = await connection.fetchval(SESSION, user, workspace, UUID(claims["sid"]))
        if "mission.read" not in (held or ()):
            return Response(status_code=403)
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
    app.state.key = SigningKeys.read(Path(os.environ["BENCH_KEYS"])).current.public
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
