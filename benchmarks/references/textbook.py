"""The same schema as Strawberry's documentation would write it: resolvers, a DataLoader per relation.

Nobody is asked who he is, and documents are parsed anew each time, as they are by default. Ids are
those of the rows, and rows are read with every column of their type.
"""

import os
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import strawberry
import uvicorn
from asyncpg import Pool, Record
from starlette.applications import Starlette
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

from benchmarks.references.handwritten import (
    COUNT,
    HERE,
    LIVING,
    MISSION,
    MISSIONS,
    ONE,
    SCENARIOS,
    TEMPLATES,
    TEMPLATES_AFTER,
    open_pool,
    read_key,
)

TEST = f"SELECT id, mission_id, scenario_id, name, kind, tags FROM mission_tests WHERE {LIVING}"
TESTS = f"{TEST} AND mission_id = ANY($2) ORDER BY position"
TESTS_OF_SCENARIOS = f"{TEST} AND scenario_id = ANY($2) ORDER BY position"
MISSIONS_BY_ID = f"{MISSION} AND id = ANY($2)"
SCENARIOS_BY_ID = (
    f"SELECT id, mission_id, name FROM mission_scenarios WHERE {LIVING} AND id = ANY($2)"
)


@strawberry.type
class Test:
    """A row of `mission_tests`."""

    __test__ = False

    id: strawberry.ID
    name: str
    kind: str
    tags: list[str]
    scenario_id: strawberry.Private[UUID]

    @strawberry.field
    async def scenario(self, info: strawberry.Info) -> "Scenario | None":
        """The one it belongs to."""
        row = await info.context.loaders.scenario.load(self.scenario_id)
        return None if row is None else make_scenario(row)


@strawberry.type
class Scenario:
    """A row of `mission_scenarios`."""

    id: strawberry.ID
    name: str
    key: strawberry.Private[UUID]
    mission_id: strawberry.Private[UUID]

    @strawberry.field
    async def tests(self, info: strawberry.Info) -> list[Test]:
        """One batch for all scenarios."""
        return [make_test(row) for row in await info.context.loaders.scenario_tests.load(self.key)]

    @strawberry.field
    async def mission(self, info: strawberry.Info) -> "Mission | None":
        """The one it belongs to."""
        row = await info.context.loaders.mission.load(self.mission_id)
        return None if row is None else make_mission(row)


@strawberry.type
class Mission:
    """A row of `missions`."""

    id: strawberry.ID
    name: str
    description: str
    created_at: datetime
    key: strawberry.Private[UUID]

    @strawberry.field
    async def scenarios(self, info: strawberry.Info) -> list[Scenario]:
        """One batch for all missions."""
        return [make_scenario(row) for row in await info.context.loaders.scenarios.load(self.key)]

    @strawberry.field
    async def tests(self, info: strawberry.Info) -> list[Test]:
        """One batch for all missions."""
        return [make_test(row) for row in await info.context.loaders.tests.load(self.key)]


@strawberry.type
class TestTemplate:
    """A row of `test_templates`."""

    __test__ = False

    id: strawberry.ID
    name: str
    kind: str
    tags: list[str]
    created_at: datetime


@strawberry.type
class MissionEdge:
    """As the product's lists have it."""

    node: Mission


@strawberry.type
class MissionConnection:
    """As the product's lists have it; edges and length are read when they are asked for."""

    first: strawberry.Private[int]

    @strawberry.field
    async def edges(self, info: strawberry.Info) -> list[MissionEdge]:
        """The newest."""
        rows = await info.context.fetch(MISSIONS, self.first)
        return [MissionEdge(node=make_mission(row)) for row in rows]

    @strawberry.field
    async def total_count(self, info: strawberry.Info) -> int:
        """How many there are."""
        count: int = (await info.context.fetch(COUNT))[0][0]
        return count


@strawberry.type
class TestTemplateEdge:
    """As the product's lists have it."""

    __test__ = False

    node: TestTemplate


@strawberry.type
class TestTemplateConnection:
    """As the product's lists have it."""

    __test__ = False

    edges: list[TestTemplateEdge]


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    async def missions(self, first: int) -> MissionConnection:
        """The newest."""
        return MissionConnection(first=first)

    @strawberry.field
    async def mission(self, info: strawberry.Info, id: strawberry.ID) -> Mission | None:  # noqa: A002 - the argument is called so
        """One by its id."""
        rows = await info.context.fetch(ONE, UUID(id))
        return make_mission(rows[0]) if rows else None

    @strawberry.field
    async def test_templates(
        self, info: strawberry.Info, first: int, after: str | None = None
    ) -> TestTemplateConnection:
        """The newest, or those that follow one."""
        if after is None:
            rows = await info.context.fetch(TEMPLATES, first)
        else:
            rows = await info.context.fetch(TEMPLATES_AFTER, first, *read_key(after))
        return TestTemplateConnection(
            edges=[TestTemplateEdge(node=make_template(row)) for row in rows]
        )


def make_mission(row: Record) -> Mission:
    """As it is shown."""
    return Mission(
        id=strawberry.ID(str(row["id"])),
        name=row["name"],
        description=row["description"],
        created_at=row["created_at"],
        key=row["id"],
    )


def make_scenario(row: Record) -> Scenario:
    """As it is shown."""
    return Scenario(
        id=strawberry.ID(str(row["id"])),
        name=row["name"],
        key=row["id"],
        mission_id=row["mission_id"],
    )


def make_test(row: Record) -> Test:
    """As it is shown."""
    return Test(
        id=strawberry.ID(str(row["id"])),
        name=row["name"],
        kind=row["kind"],
        tags=row["tags"],
        scenario_id=row["scenario_id"],
    )


def make_template(row: Record) -> TestTemplate:
    """As it is shown."""
    return TestTemplate(
        id=strawberry.ID(str(row["id"])),
        name=row["name"],
        kind=row["kind"],
        tags=row["tags"],
        created_at=row["created_at"],
    )


class Loaders:
    """One for each relation, new for every request."""

    def __init__(self, fetch: Callable[..., Awaitable[list[Record]]]) -> None:
        def one(sql: str) -> DataLoader[UUID, Record | None]:
            async def load(ids: list[UUID]) -> list[Record | None]:
                found = {row["id"]: row for row in await fetch(sql, ids)}
                return [found.get(identity) for identity in ids]

            return DataLoader(load_fn=load)

        def many(sql: str, parent: str) -> DataLoader[UUID, list[Record]]:
            async def load(ids: list[UUID]) -> list[list[Record]]:
                found: dict[UUID, list[Record]] = defaultdict(list)
                for row in await fetch(sql, ids):
                    found[row[parent]].append(row)
                return [found[identity] for identity in ids]

            return DataLoader(load_fn=load)

        self.mission = one(MISSIONS_BY_ID)
        self.scenario = one(SCENARIOS_BY_ID)
        self.scenarios = many(SCENARIOS, "mission_id")
        self.tests = many(TESTS, "mission_id")
        self.scenario_tests = many(TESTS_OF_SCENARIOS, "scenario_id")


@dataclass
class Context:
    """Of one request."""

    pool: Pool
    workspace: UUID

    def __post_init__(self) -> None:
        self.loaders = Loaders(self.fetch)

    async def fetch(self, sql: str, *values: object) -> list[Record]:
        """Rows of the one workspace."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(HERE, str(self.workspace), "")
            found: list[Record] = await connection.fetch(sql, self.workspace, *values)
            return found


class Textbook(GraphQL[Context, None]):
    """The view, with a context."""

    async def get_context(self, request: object, response: object) -> Context:
        """A new one for every request."""
        return Context(application.state.pool, UUID(os.environ["BENCH_WORKSPACE"]))


application = Starlette(lifespan=open_pool)
application.mount("/graphql", Textbook(strawberry.Schema(Query)))

if __name__ == "__main__":
    uvicorn.run(
        application, port=int(os.environ["BENCH_PORT"]), log_level="error", access_log=False
    )
