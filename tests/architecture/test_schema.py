"""The real schema keeps its rules, and the committed snapshot is what it prints."""

from datetime import UTC, datetime

import pytest
from strawberry import Schema

from graph.snapshot import SNAPSHOT, render
from tests.architecture.gates.schema_rules import (
    GUARDED_ROOTS,
    ROOT,
    fields_of,
    find_false_declarations,
    find_loose_deprecations,
    find_loose_fields,
    find_misshapen_mutations,
    find_undeclared_fields,
    find_unresumable_subscriptions,
)
from tests.architecture.gates.source import read_tree

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def schema() -> Schema:
    """The schema the API serves."""
    from graph.schema import schema

    return schema


OPEN_TO_ALL = frozenset(
    {
        "login",
        "refreshSession",
        "register",
        "verifyMail",
        "requestPasswordReset",
        "resetPassword",
        "confirmMail",
    }
)
"""Nobody is signed in yet when these are called."""


def test_every_mutation_and_subscription_declares_its_permission(schema: Schema) -> None:
    found = [str(violation) for violation in find_undeclared_fields(schema, OPEN_TO_ALL)]
    assert not found, "\n" + "\n".join(found)
    assert all(fields_of(schema, root) for root in GUARDED_ROOTS)


def test_mutations_have_the_agreed_shape(schema: Schema) -> None:
    found = [str(violation) for violation in find_misshapen_mutations(schema)]
    assert not found, "\n" + "\n".join(found)


def test_mutations_declare_what_their_verbs_require(schema: Schema) -> None:
    found = [str(violation) for violation in find_false_declarations(schema, read_tree(ROOT))]
    assert not found, "\n" + "\n".join(found)


def test_subscriptions_can_be_resumed(schema: Schema) -> None:
    found = [str(violation) for violation in find_unresumable_subscriptions(schema)]
    assert not found, "\n" + "\n".join(found)


def test_lists_and_names_are_as_agreed(schema: Schema) -> None:
    found = list(find_loose_fields(schema))
    assert not found, "\n" + "\n".join(found)


def test_deprecations_say_until_when_and_none_is_over(schema: Schema) -> None:
    found = list(find_loose_deprecations(schema, datetime.now(UTC).date()))
    assert not found, "\n" + "\n".join(found)


def test_the_committed_schema_is_the_schema(schema: Schema) -> None:
    assert SNAPSHOT.read_text(encoding="utf-8") == render(schema), (
        "graph/schema.graphql is out of date -> run `python -m graph.snapshot` and review the diff"
    )
