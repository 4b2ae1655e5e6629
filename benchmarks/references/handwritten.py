"""Reads as one writes them by hand: plain SQL, dicts and orjson, a route for each shape.

It asks who is there as the product does: the token is verified, and its session looked up.
"""

import contextlib
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from datetime import datetime
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

LIVING = "workspace_id = $1 AND deleted_at IS NULL"
MISSION = f"SELECT id, name, description, created_at FROM missions WHERE {LIVING}"
MISSIONS = f"{MISSION} ORDER BY created_at DESC, id DESC LIMIT $2"
ONE = f"{MISSION} AND id = $2"
COUNT = f"SELECT count(*) FROM missions WHERE {LIVING}"
SCENARIOS = (
    f"SELECT id, mission_id, name FROM mission_scenarios WHERE {LIVING}"
    " AND mission_id = ANY($2) ORDER BY position"
)
TESTS = (
    f"SELECT id, mission_id, name, kind, tags FROM mission_tests WHERE {LIVING}"
    " AND mission_id = ANY($2) ORDER BY position"
)
TESTS_OF_SCENARIOS = (
    f"SELECT id, scenario_id, name FROM mission_tests WHERE {LIVING}"
    " AND scenario_id = ANY($2) ORDER BY position"
)
TEMPLATE = f"SELECT id, name, kind, tags, created_at FROM test_templates WHERE {LIVING}"
TEMPLATES = f"{TEMPLATE} ORDER BY created_at DESC, id DESC LIMIT $2"
TEMPLATES_AFTER = (
    f"{TEMPLATE} AND (created_at, id) < ($3, $4) ORDER BY created_at DESC, id DESC LIMIT $2"
)
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
    """A transaction of whoever may see missions and templates, and his workspace."""
    token = request.headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(
        token, request.app.state.key, algorithms=["RS256"], options={"verify_aud": False}
    )
    user, workspace = UUID(claims["sub"]), UUID(claims["ws"])
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(HERE, str(workspace), str(user))
        held = await connection.fetchval(SESSION, user, workspace, UUID(claims["sid"]))
        if not {"mission.read", "template.read"} <= set(held or ()):
            raise HTTPException(403)
        yield connection, workspace


async def list_missions(request: Request) -> Response:
    """Twenty missions with their tests."""
    async with entered(request) as (connection, workspace):
        missions = await connection.fetch(MISSIONS, workspace, 20)
        tests = await connection.fetch(TESTS, workspace, [row["id"] for row in missions])
    children = group(tests, "mission_id", show_test)
    return answer("missions", [{**show(row), "tests": children[row["id"]]} for row in missions])


async def list_hundred(request: Request) -> Response:
    """A flat list."""
    async with entered(request) as (connection, workspace):
        missions = await connection.fetch(MISSIONS, workspace, 100)
    return answer("missions", [show(row) for row in missions])


async def list_levels(request: Request) -> Response:
    """Five missions down to their tests, and from each of these up again, by what is known."""
    async with entered(request) as (connection, workspace):
        missions = await connection.fetch(MISSIONS, workspace, 5)
        scenarios = await connection.fetch(SCENARIOS, workspace, [row["id"] for row in missions])
        ids = [row["id"] for row in scenarios]
        tests = await connection.fetch(TESTS_OF_SCENARIOS, workspace, ids)
    tops = {row["id"]: show_name(row) for row in missions}
    middles = {
        row["id"]: {**show_name(row), "mission": tops[row["mission_id"]]} for row in scenarios
    }
    leaves = group(
        tests,
        "scenario_id",
        lambda row: {**show_name(row), "scenario": middles[row["scenario_id"]]},
    )
    branches = group(
        scenarios, "mission_id", lambda row: {**show_name(row), "tests": leaves[row["id"]]}
    )
    return answer(
        "missions", [{**show_name(row), "scenarios": branches[row["id"]]} for row in missions]
    )


async def show_one(request: Request) -> Response:
    """One by its id."""
    wanted = UUID(orjson.loads(await request.body())["id"])
    async with entered(request) as (connection, workspace):
        row = await connection.fetchrow(ONE, workspace, wanted)
    return answer("mission", show(row))


async def count_missions(request: Request) -> Response:
    """How many there are."""
    async with entered(request) as (connection, workspace):
        found = await connection.fetchval(COUNT, workspace)
    return answer("missions", {"totalCount": found})


async def page_templates(request: Request) -> Response:
    """The newest test templates, or those that follow one."""
    after = orjson.loads(await request.body()).get("after")
    key = () if after is None else read_key(after)
    async with entered(request) as (connection, workspace):
        rows = await connection.fetch(TEMPLATES_AFTER if key else TEMPLATES, workspace, 100, *key)
    return answer(
        "testTemplates", [{**show_test(row), "createdAt": row["created_at"]} for row in rows]
    )


def read_key(after: str) -> tuple[datetime, UUID]:
    """Time and id of a row, with a blank between them."""
    moment, identity = after.split()
    return datetime.fromisoformat(moment), UUID(identity)


def group(
    rows: list[asyncpg.Record], key: str, make: Callable[[asyncpg.Record], Shown]
) -> dict[UUID, list[Shown]]:
    """Children by their parent."""
    children: dict[UUID, list[Shown]] = defaultdict(list)
    for row in rows:
        children[row[key]].append(make(row))
    return children


def show_name(row: asyncpg.Record) -> Shown:
    """What it is called."""
    return {"id": row["id"], "name": row["name"]}


def show(row: asyncpg.Record) -> Shown:
    """A mission."""
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "createdAt": row["created_at"],
    }


def show_test(row: asyncpg.Record) -> Shown:
    """A test, or a template of one."""
    return {"id": row["id"], "name": row["name"], "kind": row["kind"], "tags": row["tags"]}


def answer(field: str, shown: object) -> Response:
    """As JSON."""
    body = orjson.dumps({"data": {field: shown}}, default=str)
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
    "/levels": list_levels,
    "/one": show_one,
    "/count": count_missions,
    "/page": page_templates,
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
