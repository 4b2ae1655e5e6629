"""Reads as one writes them by hand: plain SQL, dicts and orjson, a route for each shape.

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
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.accounts.keys import SigningKeys

MISSION = "SELECT id, name, description, created_at FROM missions WHERE workspace_id = $1"
LIVING = f"{MISSION} AND deleted_at IS NULL"
MISSIONS = f"{LIVING} ORDER BY created_at DESC, id DESC LIMIT 20"
HUNDRED = f"{LIVING} ORDER BY created_at DESC, id DESC LIMIT 100"
ONE = f"{LIVING} AND id = $2"
COUNT = "SELECT count(*) FROM missions WHERE workspace_id = $1 AND deleted_at IS NULL"
TESTS = "SELECT id, mission_id, name, kind, position, tags FROM mission_tests WHERE workspace_id = $1 AND mission_id = ANY($2) ORDER BY position"
HERE = "SELECT set_config('app.workspace_id', $1, true), set_config('app.user_id', $2, true)"
SESSION = """
SELECT array_agg(DISTINCT p.permission) FROM user_groups g
JOIN group_permissions p ON p.group_id = g.group_id
WHERE g.user_id = $1 AND g.workspace_id = $2 AND EXISTS (
    SELECT 1 FROM sessions WHERE id = $3 AND user_id = $1 AND ended_at IS NULL AND expires_at > now()
)
"""
Shown = dict[str, object]


@contextlib.asynccontextmanager
async def entered(request: Request) -> AsyncIterator[tuple[asyncpg.Connection, UUID]]:
    """A transaction of whoever may see missions, and his workspace."""
    token = request.headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(
        token, request.app.state.key, algorithms=["RS256"], options={"verify_aud": False}
    )
    user, workspace = UUID(claims["sub"]), UUID(claims["ws"])
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(HERE, str(workspace), str(user))
        held = await connection.fetchval(SESSION, user, workspace, UUID(claims["sid"]))
        if "mission.read" not in (held or ()):
            raise HTTPException(403)
        yield connection, workspace


async def list_missions(request: Request) -> Response:
    """Twenty missions with their tests."""
    async with entered(request) as (connection, workspace):
        missions = await connection.fetch(MISSIONS, workspace)
        tests = await connection.fetch(TESTS, workspace, [row["id"] for row in missions])
    children: dict[UUID, list[Shown]] = defaultdict(list)
    for row in tests:
        children[row["mission_id"]].append(
            {"id": row["id"], "name": row["name"], "kind": row["kind"], "tags": row["tags"]}
        )
    return answer([{**show(row), "tests": children[row["id"]]} for row in missions])


async def list_hundred(request: Request) -> Response:
    """A flat list."""
    async with entered(request) as (connection, workspace):
        missions = await connection.fetch(HUNDRED, workspace)
    return answer([show(row) for row in missions])


async def show_one(request: Request) -> Response:
    """One by its id."""
    wanted = UUID(orjson.loads(await request.body())["id"])
    async with entered(request) as (connection, workspace):
        row = await connection.fetchrow(ONE, workspace, wanted)
    return answer(show(row))


async def count_missions(request: Request) -> Response:
    """How many there are."""
    async with entered(request) as (connection, workspace):
        found = await connection.fetchval(COUNT, workspace)
    return answer(found)


def show(row: asyncpg.Record) -> Shown:
    """A mission."""
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "createdAt": row["created_at"],
    }


def answer(shown: object) -> Response:
    """As JSON."""
    body = orjson.dumps({"data": {"missions": shown}}, default=str)
    return Response(body, media_type="application/json")


@contextlib.asynccontextmanager
async def open_pool(app: Starlette) -> AsyncIterator[None]:
    """The pool, and the key that tokens are verified with."""
    app.state.key = SigningKeys.read(Path(os.environ["BENCH_KEYS"])).current.public
    app.state.pool = await asyncpg.create_pool(os.environ["BENCH_DATABASE"], max_size=10)
    yield
    await app.state.pool.close()


ROUTES = {
    "/nested": list_missions,
    "/flat": list_hundred,
    "/one": show_one,
    "/count": count_missions,
}

if __name__ == "__main__":
    uvicorn.run(
        Starlette(
            routes=[Route(path, one, methods=["POST"]) for path, one in ROUTES.items()],
            lifespan=open_pool,
        ),
        port=int(os.environ["BENCH_PORT"]),
        log_level="error",
        access_log=False,
    )
