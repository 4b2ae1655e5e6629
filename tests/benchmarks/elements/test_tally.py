"""What a tally of looked-up elements proves, and what it leaves open."""

from collections import Counter

import pytest

from benchmarks.elements.tally import ABSTAINED, FOUND, WRONG, Tally

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("found", "wrong", "is_certain"),
    [(3000, 0, True), (300, 0, None), (3000, 1, None), (300, 1, False), (0, 0, None)],
)
def test_few_trials_without_error_prove_nothing(
    found: int, wrong: int, is_certain: bool | None
) -> None:
    assert Tally("x", Counter({FOUND: found, WRONG: wrong})).is_certain is is_certain


def test_where_everything_was_deleted_any_acceptance_counts_against_all_trials() -> None:
    tally = Tally("deleted", Counter({ABSTAINED: 999, WRONG: 1}), [90.0, 120.0])
    assert (tally.judged, tally.is_certain, tally.is_quick) == (1000, False, False)
