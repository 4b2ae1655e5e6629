"""Clients of the last release go on working, unless they were told in time or it is listed why."""

import pytest
from graphql import GraphQLObjectType, build_schema

from graph.schema_diff import EXEMPTIONS, HOW, RELEASED, compare, find_idle, read_committed

pytestmark = pytest.mark.contract


def test_nothing_of_the_last_release_is_broken() -> None:
    changes, _ = read_committed()
    found = [f"{change.what} -> {HOW}" for change in changes if change.is_forbidden]
    assert not found, "\n" + "\n".join(found)


def test_only_breaking_changes_are_listed_as_exemptions() -> None:
    changes, exemptions = read_committed()
    found = [
        f"{one.what} -> take it out of {EXEMPTIONS.name}" for one in find_idle(exemptions, changes)
    ]
    assert not found, "\n" + "\n".join(found)


def test_a_field_that_is_taken_out_of_the_released_schema_is_noticed() -> None:
    released = RELEASED.read_text(encoding="utf-8")
    planted = build_schema(released)
    mission = planted.get_type("Mission")
    assert isinstance(mission, GraphQLObjectType)
    del mission.fields["name"]
    [change] = compare(build_schema(released), planted)
    assert (change.what, change.is_forbidden) == ("Field Mission.name was removed.", True)
