"""Which cases the GraphQL benchmark reports."""

import pytest

from benchmarks.graphql.measure import list_cases
from benchmarks.graphql.shapes import HANDWRITTEN, NESTED, POSTGRAPHILE, SHAPES, TEXTBOOK
from benchmarks.load import Load

pytestmark = pytest.mark.unit

LOADS = {
    "ours": Load(400, 90, 1),
    HANDWRITTEN: Load(800, 50, 1),
    TEXTBOOK: Load(80, 500, 1),
    POSTGRAPHILE: Load(160, 300, 1),
}


def test_a_shape_has_a_case_for_each_reference_and_one_for_the_slowest_requests() -> None:
    cases = {case.name: case for case in list_cases(NESTED, LOADS)}
    assert [(name, case.is_met) for name, case in cases.items()] == [
        ("20 missions x 10 tests, against hand-written", True),
        ("20 missions x 10 tests, against textbook Strawberry", False),
        ("20 missions x 10 tests, against PostGraphile", True),
        ("20 missions x 10 tests, p95, against hand-written", True),
    ]
    assert [case.ratio for case in cases.values()] == [0.5, 5.0, 2.5, 1.8]


def test_a_reference_that_is_not_there_has_no_case() -> None:
    loads = {name: load for name, load in LOADS.items() if name != POSTGRAPHILE}
    names = [case.name for shape in SHAPES for case in list_cases(shape, loads)]
    assert len(names) == 3 * len(SHAPES)
    assert not [name for name in names if POSTGRAPHILE in name]
