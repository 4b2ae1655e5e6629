"""Where a null or an error stands, and what becomes null around it, as graphql-core has it."""

import asyncio
import inspect

import pytest
import strawberry
from graphql import DocumentNode, ExecutionResult, parse
from graphql.execution import execute_root_selection_set
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from graph.execution.plan import Core
from graph.execution.plans import Plans
from graph.execution.run import execute_plan

pytestmark = pytest.mark.unit


@strawberry.type
class Part:
    """What can fail in every way."""

    depth: int

    @strawberry.field
    def name(self) -> str:
        return f"part {self.depth}"

    @strawberry.field
    def broken(self) -> str | None:
        raise ValueError("broken")

    @strawberry.field
    def needed(self) -> str:
        raise ValueError("needed")

    @strawberry.field
    async def late(self) -> str:
        await asyncio.sleep(0)
        raise ValueError("late")

    @strawberry.field
    async def nothing(self) -> str:
        return None  # type: ignore[return-value]

    @strawberry.field
    def wrong(self) -> int:
        return "no number"  # type: ignore[return-value]

    @strawberry.field
    def below(self) -> "Part | None":
        return Part(depth=self.depth + 1) if self.depth < 3 else None

    @strawberry.field
    async def always(self) -> "Part":
        return Part(depth=self.depth + 1)

    @strawberry.field
    def parts(self) -> "list[Part]":
        return [Part(depth=self.depth + 1), Part(depth=self.depth + 2)]

    @strawberry.field
    def holes(self) -> "list[Part | None] | None":
        return [Part(depth=self.depth + 1), None]

    @strawberry.field
    def gaps(self) -> "list[Part] | None":
        return [Part(depth=self.depth + 1), None]  # type: ignore[list-item]

    @strawberry.field
    def words(self) -> list[str | None]:
        return ["one", None]

    @strawberry.field
    def no_list(self) -> list[str] | None:
        return 5  # type: ignore[return-value]


@strawberry.type
class Query:
    @strawberry.field
    def part(self) -> Part | None:
        return Part(depth=0)

    @strawberry.field
    def sure(self) -> Part:
        return Part(depth=0)


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def first(self) -> Part:
        return Part(depth=0)

    @strawberry.mutation
    def second(self) -> Part | None:
        return Part(depth=1)


SCHEMA = strawberry.Schema(Query, Mutation)


def build(tree: DocumentNode) -> Core:
    built = StrawberryGraphQLCoreExecutionContext.build(
        SCHEMA._schema, tree, context_value=object()
    )
    assert not isinstance(built, list), built
    return built


def write(result: ExecutionResult) -> tuple[object, list[str]]:
    told = sorted(f"{error.path} {error.message}" for error in result.errors or ())
    return result.data, told


@pytest.mark.parametrize(
    "text",
    [
        "{ part { name broken } }",
        "{ part { name needed } }",
        "{ sure { needed } }",
        "{ part { name } sure { late } }",
        "{ part { below { below { needed } } } }",
        "{ part { always { always { late } name } } }",
        "{ part { parts { needed } } }",
        "{ part { below { parts { below { late } } } } }",
        "{ part { holes { needed } } }",
        "{ part { holes { name } } }",
        "{ part { gaps { name } } }",
        "{ part { words noList nothing } }",
        "{ part { wrong } }",
        "{ part { a: below { name needed } b: below { name } } }",
        "{ part { always { parts { holes { parts { broken } } } } } }",
        "mutation { first { name } second { needed } }",
        "mutation { second { broken } first { needed } third: second { name } }",
    ],
)
async def test_nulls_and_errors_stand_where_graphql_core_puts_them(text: str):
    tree = parse(text)
    outcome = execute_root_selection_set(build(tree))
    expected = await outcome if inspect.isawaitable(outcome) else outcome
    core = build(tree)
    assert write(await execute_plan(core, Plans(tree).find(core))) == write(expected)


async def test_what_follows_a_mutation_that_made_all_null_is_not_carried_out():
    tree = parse("mutation { first { needed } second { name } }")
    core = build(tree)
    result = await execute_plan(core, Plans(tree).find(core))
    assert write(result) == (None, ["['first', 'needed'] needed"])
