"""Fitting weights puts the true element first, and leaves alone what nothing speaks about."""

import pytest

from benchmarks.elements.likeness import (
    PRESELECTION,
    STRUCTURAL,
    preselection_features,
    structural_features,
    structural_start,
    structural_weights,
)
from benchmarks.elements.ranking import Question, Scale, fit, loss, score, share_within
from domain.elements.fingerprint import Fingerprint
from domain.elements.layers import score_structural

pytestmark = pytest.mark.unit

SUM, MEAN = Scale(is_mean=False, sharpness=1.0), Scale(is_mean=True, sharpness=10.0)
TOLD_BY_SECOND = [Question(((0.0, 1.0, None), (1.0, 0.0, None)))] * 3


@pytest.mark.parametrize("scale", [SUM, MEAN])
def test_the_truth_comes_first_after_fitting(scale: Scale) -> None:
    start = [2.0, 1.0, 0.7]
    fitted = fit(start, TOLD_BY_SECOND, scale, rounds=80)
    assert share_within(start, TOLD_BY_SECOND, scale, 1) == 0.0
    assert share_within(fitted, TOLD_BY_SECOND, scale, 1) == 1.0
    assert loss(fitted, TOLD_BY_SECOND, scale) < loss(start, TOLD_BY_SECOND, scale)
    assert fitted[2] == pytest.approx(0.7)
    assert min(fitted) >= 0.0


def test_a_tie_is_no_first_place() -> None:
    tie = [Question(((1.0,), (1.0,)))]
    assert share_within([1.0], tie, SUM, 1) == 0.0
    assert share_within([1.0], tie, SUM, 2) == 1.0


def test_nothing_to_compare_scores_nothing() -> None:
    assert score([1.0, 2.0], (None, None), MEAN) == 0.0
    assert loss([1.0], [], SUM) == 0.0


LEFT = Fingerprint("a", "link", "Save", "Save", {"href": "/x", "class": "btn big", "name": "s"})
RIGHT = Fingerprint("a", "link", "Save all", "Save all", {"href": "/x", "class": "btn"})


def test_the_features_of_the_layer_add_up_to_the_layer() -> None:
    features = structural_features(LEFT, RIGHT)
    expected = score_structural(LEFT, RIGHT, structural_weights(structural_start()))
    assert score(structural_start(), features, MEAN) * 100 == pytest.approx(expected)
    assert len(features) == len(STRUCTURAL)


def test_every_feature_of_the_choice_of_candidates_has_a_weight() -> None:
    features = dict(zip(PRESELECTION, preselection_features(LEFT, RIGHT), strict=True))
    assert (features["href"], features["class"], features["accessible_name"]) == (1.0, 0.5, 0.5)
    assert (features["name"], features["test_id"]) == (0.0, 0.0)
