"""Layers, history, age, and the decision table."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.elements import layers
from domain.elements.fingerprint import Box, Fingerprint
from domain.elements.identity import Finding
from domain.elements.policy import History, Policy, Thresholds
from domain.elements.rules import (
    Assessment,
    Band,
    LayerScores,
    age_factor,
    assess,
    band_of,
    combine,
    decide,
    history_modifier,
    reacted_as_learned,
)
from domain.elements.stored import Reaction
from tests.domain.elements.elements import ELSEWHERE, NOW, PAGE, SAVE, element, row_button, stored

pytestmark = pytest.mark.unit

POLICY = Policy()


def look(now: Fingerprint, before: Fingerprint = SAVE, **record: object) -> Assessment:
    return assess(stored(before, **record), now, POLICY, NOW)


def test_an_unchanged_element_scores_full_marks_in_every_layer() -> None:
    found = look(SAVE)

    assert found.layers == LayerScores(100, 100, 100, 100)
    assert found.total == 100


@pytest.mark.parametrize(
    ("layer", "now"),
    [
        ("structural", element(attributes={"name": "other"})),
        ("visual", element(styles={"color": "red", "fontSize": "40px"})),
        ("behavioural", element(state=replace(SAVE.state, enabled=False))),
        ("context", element(page=replace(PAGE, url_pattern="/other"))),
    ],
)
def test_each_layer_sees_its_own_change(layer: str, now: Fingerprint) -> None:
    scores = look(now).layers

    changed = {
        name
        for name in ("structural", "visual", "behavioural", "context")
        if getattr(scores, name) < 100
    }
    assert changed == {layer}


def test_coordinates_hardly_count() -> None:
    moved = element(box=replace(SAVE.box, x=900, y=5000))

    assert look(moved).total > 98


def test_a_layer_that_was_not_measured_is_left_out() -> None:
    assert combine(LayerScores(80, None, 80, None), POLICY) == pytest.approx(80)
    assert combine(LayerScores(), POLICY) == 0
    bare = Fingerprint("p")
    assert layers.score_visual(bare, bare, POLICY.visual) is None


@pytest.mark.parametrize(
    ("days", "factor"), [(0, 1.0), (15, 0.975), (30, 0.95), (45, 0.875), (60, 0.80), (900, 0.80)]
)
def test_age_takes_its_share(days: float, factor: float) -> None:
    assert age_factor(days, History()) == pytest.approx(factor)
    assert look(SAVE, last_seen_at=NOW - timedelta(days=days)).total == pytest.approx(100 * factor)


@pytest.mark.parametrize(
    ("successes", "failures", "points"),
    [(4, 0, 0), (5, 0, 2), (19, 1, 0), (96, 4, 2), (7, 3, 0), (6, 4, -10), (0, 5, -10)],
)
def test_history_adds_and_takes_points(successes: int, failures: int, points: float) -> None:
    assert history_modifier(successes, failures, History()) == points


def test_a_good_history_does_not_hide_how_close_another_element_is() -> None:
    found = look(SAVE, successes=100)

    assert (found.likeness, found.total) == (100, 100)


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (100, Band.USE),
        (90, Band.USE),
        (89.9, Band.VERIFY),
        (70, Band.VERIFY),
        (69.9, Band.STRONG),
        (50, Band.STRONG),
        (49.9, Band.AFRESH),
        (0, Band.AFRESH),
    ],
)
def test_the_decision_table(total: float, band: Band) -> None:
    assert band_of(total, POLICY) is band
    assert band_of(total, replace(POLICY, thresholds=Thresholds(101, 101, 101))) is Band.AFRESH


def test_the_same_element_is_used() -> None:
    ruling = decide([look(element(name="Cancel", text="Cancel")), look(SAVE)], POLICY)

    assert (ruling.band, ruling.index) == (Band.USE, 1)


def test_another_element_is_never_used_however_alike() -> None:
    anna, bert = row_button("Anna"), row_button("Bert")
    assessed = look(bert, anna)

    assert assessed.total > 80
    assert decide([assessed], POLICY).band is Band.AFRESH


def test_why_the_closest_is_not_used_is_said_without_contradiction() -> None:
    seen = look(SAVE)
    unlike = replace(seen, total=62.4, identity=replace(seen.identity, handles=Finding.UNKNOWN))
    anna, bert = row_button("Anna"), row_button("Bert")

    assert decide([unlike], POLICY).reason == (
        "what comes closest is only 62 % like the learned one, though nothing about it has changed"
    )
    assert decide([look(bert, anna)], POLICY).reason.startswith(
        "what comes closest is another element: "
    )


def test_two_that_could_both_be_it_are_left_alone() -> None:
    moved, copy = element(sibling_index=1), element(sibling_index=2)

    ruling = decide([look(moved), look(copy)], POLICY)

    assert ruling.band is Band.ABSTAIN
    assert ruling.margin is not None
    assert ruling.margin < POLICY.margin


def test_an_unchanged_element_has_no_rival_that_has_changed() -> None:
    assert decide([look(SAVE), look(element(sibling_index=1))], POLICY).band is Band.USE


def test_two_links_to_one_page_are_no_rivals() -> None:
    link = element(role="link", tag="a", attributes={"href": "/users"})
    copy = replace(link, sibling_index=1)

    assert decide([look(link, link), look(copy, link)], POLICY).band is Band.USE


def test_a_possible_element_is_verified_even_with_a_high_score() -> None:
    renamed = element(attributes={"id": "a", "name": "b"})
    lenient = replace(POLICY, thresholds=Thresholds(use=50))

    assert decide([look(renamed)], lenient).band is Band.VERIFY


@pytest.mark.parametrize(("likeness", "band"), [(81.0, Band.VERIFY), (79.0, Band.STRONG)])
def test_of_several_alike_one_that_has_changed_much_is_not_known_by_its_place_alone(
    likeness: float, band: Band
) -> None:
    row = row_button("Anna")
    found = look(replace(row, sibling_index=1), row)
    assert found.identity.by_place

    ruling = decide([replace(found, likeness=likeness, total=likeness)], POLICY)

    assert (ruling.band, ruling.is_usable) == (band, band is Band.VERIFY)


@pytest.mark.parametrize(("lowest", "band"), [(80.0, Band.VERIFY), (90.0, Band.ABSTAIN)])
def test_what_alone_has_its_words_is_known_by_them_elsewhere_where_little_has_changed(
    lowest: float, band: Band
) -> None:
    policy = replace(POLICY, thresholds=Thresholds(by_one=lowest))
    moved = element(attributes={"id": None, "name": None}, **ELSEWHERE)
    found = assess(stored(SAVE), moved, policy, NOW)
    assert 80 < found.likeness < 90

    assert decide([found], policy).band is band


@pytest.mark.parametrize(("lowest", "band"), [(70.0, Band.VERIFY), (90.0, Band.ABSTAIN)])
def test_the_same_link_elsewhere_may_be_one_of_a_menu_where_much_has_changed(
    lowest: float, band: Band
) -> None:
    policy = replace(POLICY, thresholds=Thresholds(by_one=lowest))
    link = element(role="link", attributes={"href": "/users", "id": None, "name": None})
    restyled = replace(link, styles={}, ancestors=(), **ELSEWHERE)
    found = assess(stored(link), restyled, policy, NOW)
    assert 70 < found.likeness < 90

    assert decide([found], policy).band is band


def test_what_alone_had_its_words_is_told_by_its_place_from_a_newcomer_that_has_them_too() -> None:
    bare = {"id": None, "name": None}
    moved = element(attributes=bare, twins=1, sections=("New",), surroundings=("Save",))
    newcomer = element(attributes=bare, twins=1, styles={}, box=Box(0, 0, 9, 9), **ELSEWHERE)
    assessed = [assess(stored(SAVE), one, POLICY, NOW) for one in (newcomer, moved)]

    ruling = decide(assessed, POLICY)

    assert (ruling.index, ruling.is_usable) == (1, True), [one.identity for one in assessed]


def test_nothing_to_choose_from_is_resolved_afresh() -> None:
    ruling = decide([], POLICY)

    assert (ruling.band, ruling.index) == (Band.AFRESH, -1)


@pytest.mark.parametrize(
    ("learned", "seen", "same"),
    [
        (Reaction(navigated_to="/a"), Reaction(navigated_to="/a"), True),
        (Reaction(navigated_to="/a"), Reaction(navigated_to="/b"), False),
        (Reaction(navigated_to="/a"), Reaction(changed_nearby=True), False),
        (Reaction(value_changed=True, focus_moved=True), Reaction(value_changed=True), True),
        (Reaction(dialog_opened=True), Reaction(focus_moved=True), False),
        (Reaction(changed_elsewhere=True), Reaction(changed_nearby=True), True),
        (Reaction(focus_moved=True), Reaction(), False),
        (Reaction(), Reaction(focus_moved=True), True),
        (Reaction(), Reaction(), True),
        (Reaction(), Reaction(navigated_to="/a"), False),
        (Reaction(), Reaction(dialog_opened=True), False),
        (Reaction(navigated_to="/a"), Reaction(navigated_to="/a?page_size"), True),
        (Reaction(navigated_to="/a?page"), Reaction(navigated_to="/a?page&page_size"), True),
        (Reaction(navigated_to="/a?page"), Reaction(navigated_to="/a?sort"), False),
        (None, Reaction(), False),
        (None, Reaction(navigated_to="/a"), True),
    ],
)
def test_reactions_are_compared_by_their_strongest_mark(
    learned: Reaction | None, seen: Reaction, same: bool
) -> None:
    assert reacted_as_learned(learned, seen) is same


def test_words_and_handles_stand_for_what_looks_too_different() -> None:
    unlike = replace(look(SAVE), total=62.4)

    ruling = decide([unlike], POLICY)

    assert (ruling.band, ruling.proven, ruling.is_usable) == (Band.STRONG, True, True)
    assert ruling.reason == "only 62 % like the learned one, but nothing about it has changed"
    assert not decide([replace(unlike, total=49.0)], POLICY).is_usable
