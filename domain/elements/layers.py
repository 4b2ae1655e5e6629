"""The four layers: how alike two fingerprints look, 0 to 100 each, or nothing if not measured."""

from collections.abc import Iterable
from typing import Final

from domain.elements.fingerprint import Ancestor, Box, Fingerprint
from domain.elements.identity import (
    DEED_ATTRIBUTE,
    GRAPHIC_ATTRIBUTE,
    TEST_ID_ATTRIBUTES,
    distinguishing_share,
    is_translated,
)
from domain.elements.pictures import picture_similarity
from domain.elements.policy import (
    BehaviouralWeights,
    ContextWeights,
    StructuralWeights,
    VisualWeights,
)
from domain.elements.similarity import (
    address_similarity,
    equality,
    mapping_similarity,
    plain,
    ratio,
    set_similarity,
    text_similarity,
)
from domain.elements.stability import is_generated, stable_classes

_Measured = Iterable[tuple[float, float | None]]

_OWN_WEIGHT: Final = frozenset(
    {"type", "name", "id", "href", "alt", "aria-label", "placeholder", "value"}
)


def score_structural(
    stored: Fingerprint, live: Fingerprint, weights: StructuralWeights
) -> float | None:
    """Compare tag, attributes, text and parent chain."""
    ours, theirs = stored.attributes, live.attributes
    return _weigh(
        (
            (weights.tag, float(stored.tag == live.tag)),
            (weights.type, equality(ours.get("type", ""), theirs.get("type", ""))),
            (weights.name, equality(ours.get("name", ""), theirs.get("name", ""))),
            (weights.test_id, equality(_test_id(stored), _test_id(live))),
            (weights.id, equality(stored.stable_id, live.stable_id)),
            (weights.href, address_similarity(ours.get("href", ""), theirs.get("href", ""))),
            (weights.alt, text_similarity(ours.get("alt", ""), theirs.get("alt", ""))),
            (
                weights.aria_label,
                text_similarity(ours.get("aria-label", ""), theirs.get("aria-label", "")),
            ),
            (
                weights.placeholder,
                text_similarity(ours.get("placeholder", ""), theirs.get("placeholder", "")),
            ),
            (weights.value, text_similarity(ours.get("value", ""), theirs.get("value", ""))),
            (weights.text, text_similarity(stored.text, live.text)),
            (weights.attributes, mapping_similarity(_others(stored), _others(live))),
            (weights.ancestors, _chain_similarity(stored.ancestors, live.ancestors)),
            (weights.position, float(stored.sibling_index == live.sibling_index)),
        )
    )


def score_visual(stored: Fingerprint, live: Fingerprint, weights: VisualWeights) -> float | None:
    """Compare pictures, computed styles and size; place on the page hardly counts."""
    return _weigh(
        (
            (weights.picture, picture_similarity(stored.picture, live.picture)),
            (weights.styles, mapping_similarity(stored.styles, live.styles)),
            (weights.area, ratio(_area(stored.box), _area(live.box))),
            (weights.shape, ratio(_shape(stored.box), _shape(live.box))),
            (weights.location, _nearness(stored, live)),
        )
    )


def score_behavioural(
    stored: Fingerprint, live: Fingerprint, weights: BehaviouralWeights
) -> float | None:
    """Compare what the element is to its user: role, accessible name, what can be done."""
    ours, theirs = stored.state, live.state
    return _weigh(
        (
            (weights.role, equality(stored.role, live.role)),
            (weights.name, text_similarity(stored.name, live.name)),
            (weights.visible, float(ours.visible == theirs.visible)),
            (weights.enabled, float(ours.enabled == theirs.enabled)),
            (weights.editable, float(ours.editable == theirs.editable)),
            (weights.clickable, float(ours.clickable == theirs.clickable)),
        )
    )


def score_context(stored: Fingerprint, live: Fingerprint, weights: ContextWeights) -> float | None:
    """Compare the page and the part of it in which the element stands."""
    ours, theirs = stored.page, live.page
    neighbours = [
        similarity
        for similarity in map(text_similarity, stored.neighbours, live.neighbours)
        if similarity is not None
    ]
    return _weigh(
        (
            (weights.distinguishing, distinguishing_share(stored, live)),
            (weights.url, equality(ours.url_pattern, theirs.url_pattern)),
            (weights.neighbours, sum(neighbours) / len(neighbours) if neighbours else None),
            (
                weights.sections,
                set_similarity(map(plain, stored.sections), map(plain, live.sections)),
            ),
            (weights.signed_in, float(ours.signed_in == theirs.signed_in)),
            (weights.language, float(not is_translated(stored, live))),
            (weights.viewport, ratio(ours.viewport_width, theirs.viewport_width)),
        )
    )


def _weigh(measured: _Measured) -> float | None:
    total = weight_sum = 0.0
    for weight, similarity in measured:
        if similarity is not None:
            total += weight * similarity
            weight_sum += weight
    return 100.0 * total / weight_sum if weight_sum else None


def _test_id(element: Fingerprint) -> str:
    return next(
        (element.attributes[name] for name in TEST_ID_ATTRIBUTES if name in element.attributes), ""
    )


def _others(element: Fingerprint) -> dict[str, str]:
    return {
        name: value
        for name, value in element.stable_attributes.items()
        if name not in _OWN_WEIGHT
        and name not in TEST_ID_ATTRIBUTES
        and name not in {GRAPHIC_ATTRIBUTE, DEED_ATTRIBUTE}
    }


def _chain_similarity(stored: tuple[Ancestor, ...], live: tuple[Ancestor, ...]) -> float | None:
    """Compare parent chains as sets: a wrapper put in between then costs little."""
    return set_similarity(map(_step, stored), map(_step, live))


def _step(ancestor: Ancestor) -> str:
    identifier = "" if is_generated(ancestor.id) else ancestor.id
    return f"{ancestor.tag}#{identifier}.{'.'.join(stable_classes(ancestor.classes))}"


def _area(box: Box) -> float:
    return box.width * box.height


def _shape(box: Box) -> float:
    return box.width / box.height if box.height else 0.0


def _nearness(stored: Fingerprint, live: Fingerprint) -> float | None:
    reach = float(stored.page.viewport_width + stored.page.viewport_height)
    if reach <= 0:
        return None
    distance = abs(stored.box.x - live.box.x) + abs(stored.box.y - live.box.y)
    return max(0.0, 1.0 - distance / reach)
