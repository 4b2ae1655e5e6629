"""Which answers the benchmark takes for answers."""

import json

import pytest

from benchmarks.graphql.answers import check, find_rows
from benchmarks.graphql.shapes import COUNT, ONE, Shape

pytestmark = pytest.mark.unit

TWO = Shape("two levels", 3, "", "", "")


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"a": {"edges": [{"node": {"id": "1", "name": "A", "b": [{"name": "B"}]}}]}}},
        {"data": {"a": [{"name": "A", "b": {"nodes": [{"name": "B", "tags": ["x"]}]}}]}},
    ],
)
def test_rows_are_found_in_whatever_holds_them(answer: object) -> None:
    assert list(find_rows(answer)) == ["A", "B"]


def test_a_count_is_a_row_of_its_own() -> None:
    answer = json.dumps({"data": {"missions": {"totalCount": 200}}})
    assert check(COUNT, "ours", answer, None) == [200]


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ({"errors": [{"message": "no"}]}, None),
        ({"data": {"mission": None}}, ["A"]),
        ({"data": {"mission": {"name": "B"}}}, ["A"]),
        ({"data": [{"name": "A"}, {"name": "A"}]}, ["A"]),
    ],
    ids=["an error", "nothing", "another row", "too many"],
)
def test_an_answer_without_the_rows_of_ours_is_refused(
    answer: object, wanted: list[object] | None
) -> None:
    with pytest.raises(RuntimeError, match="somebody answers one mission"):
        check(ONE, "somebody", json.dumps(answer), wanted)


def test_rows_are_compared_in_their_order() -> None:
    rows = [{"name": "A", "b": [{"name": "B"}, {"name": "C"}]}]
    assert check(TWO, "a", json.dumps(rows), ["A", "B", "C"]) == ["A", "B", "C"]
    with pytest.raises(RuntimeError):
        check(TWO, "a", json.dumps(rows), ["A", "C", "B"])
