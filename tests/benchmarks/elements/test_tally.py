"""What a tally of looked-up elements proves, and what it leaves open."""

from collections import Counter

import pytest

from benchmarks.elements.tally import ABSTAINED, FOUND, MOST_DETAILS, WRONG, Tally, upper_bound

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("errors", "trials", "bound"),
    [
        (0, 3000, 0.000998),
        (0, 300, 0.00994),
        (1, 3000, 0.00158),
        (5, 100, 0.1023),
        (900, 4000, 0.2361),
    ],
)
def test_the_bound_is_clopper_and_pearsons(errors: int, trials: int, bound: float) -> None:
    assert upper_bound(errors, trials) == pytest.approx(bound, rel=0.01)


@pytest.mark.parametrize(("errors", "trials"), [(0, 0), (3, 3)])
def test_nothing_tried_or_nothing_right_proves_nothing(errors: int, trials: int) -> None:
    assert upper_bound(errors, trials) == 1.0


def test_errors_are_a_share_of_what_was_used() -> None:
    tally = Tally("x", Counter({FOUND: 90, WRONG: 10, ABSTAINED: 100}))
    assert tally.wrong_among_accepted == 0.1
    assert tally.share(WRONG) == 0.05
    assert tally.acceptance_bound < tally.wrong_bound


def test_an_empty_tally_has_shares_and_times_too() -> None:
    tally = Tally("x")
    assert (tally.share(FOUND), tally.wrong_among_accepted, tally.percentile(95)) == (0, 0, 0)


def test_details_of_successes_and_of_too_many_errors_are_not_kept() -> None:
    tally = Tally("x")
    for _ in range(MOST_DETAILS + 5):
        tally.note(FOUND, 1.0, {"why": "right"})
        tally.note(WRONG, 2.0, {"why": "twin"})
    assert len(tally.details[WRONG]) == MOST_DETAILS
    assert FOUND not in tally.details
    assert tally.percentile(95) == 2.0
