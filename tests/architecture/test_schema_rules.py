"""The rules over a schema find what is planted in one, whatever way it was declared."""

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
import strawberry
from strawberry.tools import merge_types

from graph.snapshot import render
from graph.support.deprecations import deprecated
from graph.support.permissions import public, requires
from tests.architecture.gates.schema_rules import (
    find_false_declarations,
    find_loose_deprecations,
    find_loose_fields,
    find_misshapen_mutations,
    find_undeclared_fields,
    find_unresumable_subscriptions,
)
from tests.architecture.gates.source import SourceFile

pytestmark = pytest.mark.unit

OPEN = frozenset({"login"})


@strawberry.type
class UserError:
    message: str


@strawberry.type
class MovePayload:
    user_errors: list[UserError]


@strawberry.input
class MoveInput:
    name: str


@strawberry.type
class Query:
    rows: list[str]
    loose: list[str | None]
    missing: list[str] | None
    forbidden: list[str] | None = strawberry.field(description="Rows; null without permission.")
    old: str = strawberry.field(deprecation_reason="Use rows; goes on 2027-01-31.")
    older: str = strawberry.field(
        deprecation_reason=deprecated("Use `rows`.", on=date(2026, 11, 30), until=date(2027, 5, 31))
    )
    Wrong: str


def answer() -> str:
    return ""


def move(input: MoveInput) -> MovePayload:  # noqa: A002
    return MovePayload(user_errors=[])


def misspell(key: int) -> MovePayload:
    return MovePayload(user_errors=[])


async def count(after: int = 0) -> AsyncIterator[int]:
    yield after


async def tick() -> AsyncIterator[int]:
    yield 1


@strawberry.type
class Guarded:
    move = strawberry.mutation(move, extensions=[requires("mission.edit")])
    login = strawberry.mutation(answer, extensions=[public("Nobody is signed in yet.")])


@strawberry.type
class Unguarded:
    @strawberry.mutation
    def forget(self) -> str:
        return ""

    assigned = strawberry.field(answer)
    misspell = strawberry.mutation(misspell, extensions=[requires("mission.edti")])
    open = strawberry.mutation(answer, extensions=[public("It is easier this way.")])


@strawberry.type
class Inherited(Unguarded):
    pass


@strawberry.type
class Subscription:
    events = strawberry.subscription(count, extensions=[requires("execution.read")])
    ticks = strawberry.subscription(tick)


def assemble(*mutations: type) -> strawberry.Schema:
    root = merge_types("Mutation", mutations)
    return strawberry.Schema(Query, root, Subscription)


def fields_found(schema: strawberry.Schema) -> set[str]:
    return {v.what.split(" ")[0] for v in find_undeclared_fields(schema, OPEN)}


def test_fields_without_a_permission_are_found() -> None:
    assert fields_found(assemble(Guarded)) == {"Subscription.ticks"}
    unguarded = {"Mutation.forget", "Mutation.misspell", "Mutation.open", "Mutation.assigned"}
    assert fields_found(assemble(Guarded, Unguarded)) == {*unguarded, "Subscription.ticks"}
    assert fields_found(assemble(Inherited)) == {*unguarded, "Subscription.ticks"}


def test_a_finding_names_the_file_and_the_line_of_the_resolver() -> None:
    found = {v.what: v for v in find_undeclared_fields(assemble(Unguarded), OPEN)}
    violation = found["Mutation.forget declares no permission"]
    assert violation.path == "tests/architecture/test_schema_rules.py"
    source = Path(__file__).read_text(encoding="utf-8").splitlines()
    assert "def forget" in source[violation.line]


def test_mutations_of_another_shape_are_found() -> None:
    found = [v.what for v in find_misshapen_mutations(assemble(Guarded, Unguarded))]
    assert not [what for what in found if what.startswith("Mutation.move ")]
    assert "Mutation.misspell returns MovePayload!, not MisspellPayload!" in found
    assert "Mutation.misspell takes {'key': 'Int!'}, not (input: MisspellInput!)" in found
    assert "Mutation.login has no userErrors: [UserError!]!" in found


VERB = """
from domain.shared.actor import Actor
from domain.shared.unit_of_work import UnitOfWork
async def start(uow: UnitOfWork, actor: Actor) -> None:
    actor.require({permission!r})
"""


@pytest.mark.parametrize(
    ("permission", "expected"),
    [
        ("mission.edit", []),
        ("mission.run", ["Mutation.move declares mission.edit, its verb asks for mission.run"]),
    ],
)
def test_a_declaration_the_verb_does_not_keep_is_found(
    permission: str, expected: list[str]
) -> None:
    line = move.__code__.co_firstlineno
    above = "from domain.missions.start import start\n" + "\n" * (line - 2)
    files = [
        SourceFile("domain/missions/start.py", VERB.format(permission=permission)),
        SourceFile("tests/architecture/test_schema_rules.py", above + "def move(): start(uow, a)"),
    ]
    found = find_false_declarations(assemble(Guarded), files)
    assert [violation.what for violation in found] == expected


def test_subscriptions_that_cannot_be_resumed_are_found() -> None:
    found = [v.what for v in find_unresumable_subscriptions(assemble(Guarded))]
    assert found == ["Subscription.ticks takes no `after`"]


def test_loose_fields_are_found() -> None:
    places = {line.split(" ")[0] for line in find_loose_fields(assemble(Guarded))}
    assert places == {"Query.loose", "Query.missing", "Query.Wrong"}


@pytest.mark.parametrize(
    ("today", "expected"),
    [(date(2027, 5, 31), ["Query.old:"]), (date(2027, 6, 1), ["Query.old:", "Query.older"])],
)
def test_deprecations_without_dates_or_past_them_are_found(
    today: date, expected: list[str]
) -> None:
    found = find_loose_deprecations(assemble(Guarded), today)
    assert [line.split(" ")[0] for line in found] == expected


def test_the_snapshot_does_not_depend_on_the_order_of_the_code() -> None:
    text = render(assemble(Guarded))
    kinds = re.findall(r"^(?:type|input|scalar|enum|interface|union) (\w+)", text, re.MULTILINE)
    assert kinds == sorted(kinds)
    assert text.index("  Wrong:") < text.index("  loose:") < text.index("  rows:")
