"""What callers learn of an error: what was written for them, and nothing else."""

import pytest
from graphql import GraphQLError, parse
from redis.exceptions import TimeoutError as RedisTimeoutError
from structlog.testing import capture_logs

from domain.shared.errors import (
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from graph.support.masking import ExposedError, Problem, describe, describe_exception

pytestmark = pytest.mark.unit

SECRET = "postgresql://admin:1234@db"


class SlotTaken(Forbidden):
    """A feature's own code."""

    code = "SLOT_TAKEN"


def seen(error: Exception) -> Problem:
    """What a caller would see of what a resolver raised."""
    with capture_logs():
        return describe_exception(error, "r1")


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (NotFound("The mission"), "NOT_FOUND", 404),
        (SlotTaken("Taken."), "SLOT_TAKEN", 403),
        (Unauthenticated("Sign in."), "UNAUTHENTICATED", 401),
        (DomainError("?"), "INTERNAL", 500),
        (Unavailable("Away."), "UNAVAILABLE", 503),
        (RedisTimeoutError(SECRET), "UNAVAILABLE", 503),
        (ConnectionRefusedError(SECRET), "UNAVAILABLE", 503),
        (ValueError(SECRET), "INTERNAL", 500),
        (GraphQLError(SECRET), "INTERNAL", 500),
        (ExposedError("Short.", "BAD_USER_INPUT"), "BAD_USER_INPUT", 400),
    ],
)
def test_every_kind_of_error_has_its_code_and_status(error: Exception, code: str, status: int):
    problem = seen(error)

    assert problem.body["extensions"]["code"] == problem.code == code
    assert problem.body["extensions"]["requestId"] == "r1"
    assert problem.status == status
    assert SECRET not in str(problem.body)


def test_errors_are_looked_for_inside_wrappers():
    inner = GraphQLError("once", original_error=Invalid("Too short.", field=("full_name",)))
    problem = seen(GraphQLError("twice", original_error=inner))

    assert problem.body["message"] == "Too short."
    assert problem.body["extensions"]["field"] == ["fullName"]


def test_a_complaint_about_an_argument_is_the_callers():
    argument = parse("{a(b: 1)}").definitions[0].selection_set.selections[0].arguments[0]
    problem = seen(GraphQLError("b has to be text.", argument.value))

    assert (problem.code, problem.body["message"]) == ("BAD_USER_INPUT", "b has to be text.")


def test_a_complaint_about_a_field_is_ours():
    field = parse("{a}").definitions[0].selection_set.selections[0]

    assert seen(GraphQLError(SECRET, field)).code == "INTERNAL"


def test_what_is_masked_is_logged_under_the_request_id():
    with capture_logs() as lines:
        describe(GraphQLError("", original_error=ValueError(SECRET), path=["a", 0]), "r2")

    (line,) = lines
    assert (line["event"], line["request_id"], line["path"]) == ("graphql.failed", "r2", ["a", 0])
    assert line["exc_info"][0] is ValueError


def test_messages_have_an_end():
    assert len(seen(ExposedError("x" * 100_000, "BAD_USER_INPUT")).body["message"]) == 500
