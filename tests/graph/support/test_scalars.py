"""Times keep their moment, and text that cannot be stored is found wherever it hides."""

from datetime import UTC, datetime

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from graph.support.scalars import find_nul, parse_time, serialize_time

pytestmark = pytest.mark.unit


@given(st.datetimes(timezones=st.timezones()))
def test_a_time_comes_back_as_the_same_moment(time: datetime):
    try:
        moment = time.astimezone(UTC)
    except OverflowError:
        return
    assert parse_time(serialize_time(moment)) == moment


def test_times_are_answered_in_utc():
    noon = datetime.fromisoformat("2026-01-31T12:00:00+02:00")

    assert serialize_time(noon) == "2026-01-31T10:00:00Z"


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-31T12:00:00",
        "2026-01-31",
        "2026-13-31T12:00:00Z",
        "0001-01-01T00:00:00+10:00",
        "yesterday",
        "",
        "2" * 1000,
        5,
        None,
        True,
        {},
    ],
)
def test_what_names_no_moment_is_refused(value: object):
    with pytest.raises(GraphQLError):
        parse_time(value)


def test_a_time_without_zone_is_our_mistake():
    with pytest.raises(TypeError):
        serialize_time(datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        ({"a": "b"}, []),
        ({"a": "b\0"}, [("a",)]),
        ({"a": ["b", {"c": "\0"}]}, [("a", "1", "c")]),
        ({"a": {"\0": 1}}, [("a",)]),
        ({"a": 1, "b": None, "c": True}, []),
    ],
)
def test_case_19_nul_is_found_with_its_path(value: object, paths: list[tuple[str, ...]]):
    assert list(find_nul(value)) == paths


def test_case_19_nul_is_found_deeper_than_any_stack():
    value: object = "\0"
    for _ in range(3_000):
        value = [value]

    (path,) = find_nul(value)

    assert len(path) == 3_000
