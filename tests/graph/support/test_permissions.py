"""A declared permission is said in the schema, once, however often schemas are built."""

from collections.abc import AsyncGenerator

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from graph.schema import Mutation, Query, Subscription
from graph.snapshot import SNAPSHOT, render
from graph.support.fields import mutation, public_mutation, subscription
from graph.support.permissions import declared, requires
from graph.support.scalars import SCALARS

pytestmark = pytest.mark.contract


@strawberry.type
class Reading:
    """Root fields."""

    here: bool = True


@strawberry.type
class Changing:
    """Root fields."""

    @mutation("mission.run", "Start it.")
    def start(self) -> bool:
        """Start."""
        return True

    @public_mutation("Nobody is signed in yet.", "Sign in.")
    def enter(self) -> bool:
        """Enter."""
        return True

    @strawberry.mutation(extensions=[requires("mission.edit")])
    def change(self) -> bool:
        """Without words of its own."""
        return True


@strawberry.type
class Everything(Changing):
    """The same fields, inherited."""


def describe(schema: strawberry.Schema, root: str) -> dict[str, str | None]:
    """What the schema says about each field of a root."""
    fields = schema._schema.type_map[root].fields
    return {name: field.description for name, field in fields.items()}


def test_building_a_schema_again_says_the_same_once():
    expected = {
        "start": "Start it. Needs the permission mission.run.",
        "enter": "Sign in. Nobody is signed in yet.",
        "change": "Needs the permission mission.edit.",
    }
    for _ in range(3):
        assert describe(strawberry.Schema(Reading, Changing), "Changing") == expected
        assert describe(strawberry.Schema(Reading, Everything), "Everything") == expected


def test_the_whole_schema_built_again_is_the_committed_one():
    config = StrawberryConfig(scalar_map=SCALARS)
    again = strawberry.Schema(Query, Mutation, Subscription, config=config)
    assert render(again) == SNAPSHOT.read_text(encoding="utf-8")


def test_a_subscription_says_it_too():
    @strawberry.type
    class Watching:
        """Root fields."""

        @subscription("mission.read", "Follow it.")
        async def follow(self) -> AsyncGenerator[bool]:
            """Follow."""
            yield True

    schema = strawberry.Schema(Reading, subscription=Watching)
    assert describe(schema, "Watching") == {
        "follow": "Follow it. Needs the permission mission.read."
    }
    (field,) = schema.get_type_by_name("Watching").fields
    assert declared(field).permission == "mission.read"
