"""The element cache in numbers, as a report draws them."""

import pytest

from api.reports.memory import add_up_usage, sum_up_memory
from api.reports.render import word_asked
from domain.elements.models import ElementDecision

pytestmark = pytest.mark.unit


def decided(decision: str = "hit", score: float | None = 96.0, **more: object) -> ElementDecision:
    """A decision that took 4 ms."""
    return ElementDecision(
        **{"decision": decision, "score": score, "milliseconds": 4.0, "usage": None, **more}
    )


def test_without_decisions_there_is_nothing_to_draw():
    assert sum_up_memory([]) is None


def test_scores_are_counted_between_the_borders_of_the_decision_table():
    scores = (49.9, 50, 69.9, 70, 89.9, 90, 94.9, 95, 100)
    memory = sum_up_memory([decided(score=score) for score in scores])
    assert memory is not None
    assert [(one.label, one.number) for one in memory.columns] == [
        ("under 50", 1),
        ("50 to 70", 2),
        ("70 to 80", 1),
        ("80 to 90", 1),
        ("90 to 95", 2),
        ("95 to 100", 2),
    ]
    assert [one.share for one in memory.columns] == [50, 100, 50, 50, 100, 100]


def test_what_was_not_used_has_no_score_in_the_picture():
    memory = sum_up_memory([decided("abstained", 62), decided("suggested", 80)])
    assert memory is not None
    assert memory.columns == []


def test_the_median_of_each_kind_is_compared_with_the_longest():
    spent = [("hit", 2), ("hit_verified", 4), ("hit", 300), ("learned", 80), ("not_found", 20)]
    memory = sum_up_memory([decided(kind, milliseconds=float(took)) for kind, took in spent])
    assert memory is not None
    assert [(one.label, one.number, one.milliseconds, one.share) for one in memory.efforts] == [
        ("from memory", 3, 4.0, 5.0),
        ("learned", 1, 80.0, 100.0),
        ("abstained", 1, 20.0, 25.0),
    ]


def test_what_a_model_was_asked_is_added_up():
    usages = [
        {"requests": 2, "input_tokens": 3_000, "output_tokens": 40, "cost_usd": 0.002},
        {"input_tokens": 1_000, "output_tokens": 5, "cost_usd": 0.0005},
    ]
    asked = add_up_usage([decided(usage=usage) for usage in (*usages, None)])
    assert asked is not None
    assert word_asked(asked) == "3 requests, 4,045 tokens, $0.0025"


def test_without_a_price_no_cost_is_told():
    asked = add_up_usage([decided(usage={"requests": 1, "input_tokens": 7, "cost_usd": None})])
    assert asked is not None
    assert word_asked(asked) == "1 request, 7 tokens"


def test_a_model_that_was_not_asked_is_not_told_of():
    assert add_up_usage([decided()]) is None
