"""The similarities that weights are fitted to, one by one, as the product measures them."""

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Final

from benchmarks.elements.ranking import Features
from domain.elements import layers
from domain.elements.fingerprint import Fingerprint
from domain.elements.identity import TEST_ID_ATTRIBUTES, distinguishing_share
from domain.elements.policy import StructuralWeights
from domain.elements.similarity import words

STRUCTURAL: Final = tuple(one.name for one in fields(StructuralWeights))
NONE_OF_THEM: Final = StructuralWeights(**dict.fromkeys(STRUCTURAL, 0.0))
ATTRIBUTES: Final = ("name", "id", "href", "type", "aria-label", "placeholder", "alt", "value")
# What `workers/browser/locate/page/resemble.js` chooses candidates by, with its weights.
PRESELECTION: Final = {
    "tag": 0.8,
    "role": 1.5,
    "name": 2.85,
    "id": 2.0,
    "href": 1.5,
    "type": 2.0,
    "aria-label": 0.9,
    "placeholder": 1.2,
    "alt": 1.85,
    "value": 1.2,
    "test_id": 2.85,
    "class": 0.3,
    "accessible_name": 2.85,
    "text": 1.4,
    "distinguishing": 4.0,
    "surroundings": 1.5,
    "sections": 1.0,
    "neighbour": 1.0,
    "sibling_index": 0.2,
}


def structural_weights(values: Sequence[float]) -> StructuralWeights:
    """Weights in the order of `STRUCTURAL`."""
    return StructuralWeights(**dict(zip(STRUCTURAL, values, strict=True)))


def structural_start() -> list[float]:
    """The product's own, in the order of `STRUCTURAL`."""
    return list(asdict(StructuralWeights()).values())


def structural_features(stored: Fingerprint, live: Fingerprint) -> Features:
    """Each similarity of the structural layer alone: the layer's score with one weight only."""
    scores = (
        layers.score_structural(stored, live, replace(NONE_OF_THEM, **{name: 1.0}))
        for name in STRUCTURAL
    )
    return tuple(None if one is None else one / 100 for one in scores)


def preselection_features(stored: Fingerprint, live: Fingerprint) -> Features:
    """What the page script would measure, from the fingerprints it has sent."""
    ours, theirs = stored.attributes, live.attributes
    equal = {name: float(_same(ours.get(name), theirs.get(name))) for name in ATTRIBUTES}
    first = [one.surroundings[0] if one.surroundings else "" for one in (stored, live)]
    return (
        float(stored.tag == live.tag),
        float(stored.role == live.role),
        *equal.values(),
        float(sum(_same(ours.get(name), theirs.get(name)) for name in TEST_ID_ATTRIBUTES)),
        share(ours.get("class", "").split(), theirs.get("class", "").split()),
        text_likeness(stored.name, live.name),
        text_likeness(stored.text, live.text),
        distinguishing_share(stored, live) or 0.0,
        text_likeness(first[0], first[1]),
        share(stored.sections, live.sections),
        text_likeness(stored.neighbours[0], live.neighbours[0]),
        float(stored.sibling_index == live.sibling_index),
    )


def share(left: Sequence[str], right: Sequence[str]) -> float:
    """The share of members in common; none when either is empty."""
    ours, theirs = set(left), set(right)
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0


def text_likeness(left: str, right: str) -> float:
    """One when equal, else the share of words in common; none when both are empty."""
    if not left and not right:
        return 0.0
    return 1.0 if left == right else share(tuple(words(left)), tuple(words(right)))


def _same(left: str | None, right: str | None) -> bool:
    return bool(left) and left == right
