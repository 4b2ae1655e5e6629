"""Fits weights so that the true element comes first: no weight falls below zero.

The likelihood of the truth among its rivals (a softmax over their likeness) is made as large as it
gets, while weights are held near the ones they start from, so that what the pages say nothing about
stays as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

Features = tuple[float | None, ...]
"""Similarities, 0 to 1; None where there is nothing to compare."""
PULL = 0.002
"""How strongly weights are drawn to where they began."""
STEP, DECAY, SECOND_DECAY = 0.05, 0.9, 0.99


@dataclass(frozen=True)
class Question:
    """The candidates for one element, of which the first is the true one."""

    candidates: tuple[Features, ...]


@dataclass(frozen=True)
class Scale:
    """How features become a score.

    Attributes:
        is_mean: divided by the weights of what could be compared, as the layers are; a plain sum
            otherwise, as the choice of candidates is.
        sharpness: what a difference of one point of the score counts in the softmax.
    """

    is_mean: bool
    sharpness: float


def score(weights: Sequence[float], features: Features, scale: Scale) -> float:
    """How alike a candidate is."""
    total = measured = 0.0
    for weight, feature in zip(weights, features, strict=True):
        if feature is not None:
            total += weight * feature
            measured += weight
    return total / measured if scale.is_mean and measured else 0.0 if scale.is_mean else total


def slope(weights: Sequence[float], features: Features, scale: Scale) -> list[float]:
    """How the score changes with each weight."""
    if not scale.is_mean:
        return [feature or 0.0 for feature in features]
    measured = sum(w for w, f in zip(weights, features, strict=True) if f is not None)
    if not measured:
        return [0.0] * len(features)
    value = score(weights, features, scale)
    return [0.0 if feature is None else (feature - value) / measured for feature in features]


def loss(weights: Sequence[float], questions: Sequence[Question], scale: Scale) -> float:
    """Mean negative log-likelihood of the truth."""
    total = 0.0
    for question in questions:
        scores = [score(weights, one, scale) * scale.sharpness for one in question.candidates]
        highest = max(scores)
        total += highest + log(sum(exp(one - highest) for one in scores)) - scores[0]
    return total / len(questions) if questions else 0.0


def share_within(
    weights: Sequence[float], questions: Sequence[Question], scale: Scale, places: int
) -> float:
    """How often the truth is among the first; of equals it comes last."""
    if not questions:
        return 0.0
    hits = 0
    for question in questions:
        scores = [score(weights, one, scale) for one in question.candidates]
        hits += sum(one >= scores[0] for one in scores[1:]) < places
    return hits / len(questions)


def fit(
    start: Sequence[float], questions: Sequence[Question], scale: Scale, rounds: int
) -> list[float]:
    """Better weights, in so many rounds of Adam's rule."""
    weights = list(start)
    mean, square = [0.0] * len(weights), [0.0] * len(weights)
    for at in range(1, rounds + 1):
        gradient = gradient_of(weights, questions, scale)
        for i, begun in enumerate(start):
            pulled = gradient[i] + PULL * (weights[i] - begun)
            mean[i] = DECAY * mean[i] + (1 - DECAY) * pulled
            square[i] = SECOND_DECAY * square[i] + (1 - SECOND_DECAY) * pulled**2
            first, second = mean[i] / (1 - DECAY**at), square[i] / (1 - SECOND_DECAY**at)
            weights[i] = max(0.0, weights[i] - STEP * first / (sqrt(second) + 1e-8))
    return weights


def gradient_of(
    weights: Sequence[float], questions: Sequence[Question], scale: Scale
) -> list[float]:
    """How the loss changes with each weight."""
    gradient = [0.0] * len(weights)
    for question in questions:
        scores = [score(weights, one, scale) * scale.sharpness for one in question.candidates]
        highest = max(scores)
        shares = [exp(one - highest) for one in scores]
        whole = sum(shares)
        for at, candidate in enumerate(question.candidates):
            push = scale.sharpness * (shares[at] / whole - (at == 0))
            if abs(push) > 1e-4:
                for i, change in enumerate(slope(weights, candidate, scale)):
                    gradient[i] += push * change
    return [one / len(questions) for one in gradient]
