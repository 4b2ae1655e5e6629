"""The same query as Strawberry's documentation would write it: resolvers, a DataLoader, its own view.

Nobody is asked who he is, and documents are parsed anew each time, as they are by default.
"""

import os
from collections import defaultdict
from datetime import datetime
from uuid import UUID

import asyncpg
import strawberry
import uvicorn
from starlette.applications import Starlette
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

from benchmarks.references.handwritten import HERE, MISSIONS, TESTS, open_pool

Rows = list[asyncpg.Record]


@strawberry.type
class Test:
    """A row of `mission_tests`."""

    __test__ = False

    id: strawberry.ID
    name: str
    kind: str
    tags: list[str]


@strawberry.type
class Mission:
    """A row of `missions`."""

    id: strawberry.ID
    name: str
    description: str
    created_at: datetime

    @strawberry.field
    async def tests(self, info: strawberry.Info) -> list[Test]:
        """One batch for all missions."""
        rows: Rows = await info.context["tests"].load(UUID(self.id))
        return [
            Test(id=strawberry.ID(str(r["id"])), name=r["name"], kind=r["kind"], tags=r["tags"])
            for r in rows
        ]


@strawberry.type
class Edge:
    """As the product's lists have it."""

    node: Mission


@strawberry.type
class Connection:
    """As the product's lists have it."""

    edges: list[Edge]


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    async def missions(self, info: strawberry.Info, first: int) -> Connection:
        """The newest."""
        rows = await fetch(info.context["pool"], MISSIONS, info.context["workspace"])
        return Connection(
            edges=[
                Edge(
                    node=Mission(
                        id=strawberry.ID(str(row["id"])),
                        name=row["name"],
                        description=row["description"],
                        created_at=row["created_at"],
                    )
                )
                for row in rows[:first]
            ]
        )


async def fetch(pool: asyncpg.Pool, sql: str, workspace: UUID, *values: object) -> Rows:
    """Rows of one workspace."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(HERE, str(workspace), "")
        found: Rows = await connection.fetch(sql, workspace, *values)
        return found


class Textbook(GraphQL[object, None]):
    """The view, with a context."""

    async def get_context(self, request: object, response: object) -> object:
        """A new loader for every request."""
        pool, workspace = application.state.pool, UUID(os.environ["BENCH_WORKSPACE"])

        async def load(ids: list[UUID]) -> list[Rows]:
            found: dict[UUID, Rows] = defaultdict(list)
            for row in await fetch(pool, TESTS, workspace, ids):
                found[row["mission_id"]].append(row)
            return [found[one] for one in ids]

        return {"pool": pool, "workspace": workspace, "tests": DataLoader(load_fn=load)}


application = Starlette(lifespan=open_pool)
application.mount("/graphql", Textbook(strawberry.Schema(Query)))

if __name__ == "__main__":
    uvicorn.run(
        application, port=int(os.environ["BENCH_PORT"]), log_level="error", access_log=False
    )
