"""Fingerprints: what they keep, what they leave out, and how they travel."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.elements.errors import MalformedFingerprint
from domain.elements.fingerprint import Fingerprint, Interactivity, PageContext
from domain.elements.stored import LearnedElement, Reaction, StoredElement, describe_changes
from tests.domain.elements.elements import PAGE, SAVE, element, stored

pytestmark = pytest.mark.unit

texts = some.text(max_size=20)


@given(
    tag=texts,
    name=texts,
    attributes=some.dictionaries(texts, texts, max_size=4),
    sections=some.lists(texts, max_size=3).map(tuple),
    neighbours=some.tuples(texts, texts),
    twins=some.integers(0, 9),
    checked=some.sampled_from([None, True, False]),
)
def test_a_fingerprint_survives_json(**parts: object) -> None:
    state = Interactivity(checked=parts.pop("checked"))
    before = Fingerprint(**parts, state=state, page=PAGE)

    after = Fingerprint.from_json(json.loads(json.dumps(before.to_json())))

    assert after == before
    assert after.exact_hash == before.exact_hash


def test_a_stored_element_survives_json() -> None:
    before = stored(reaction=Reaction(navigated_to="/users"), successes=3)

    assert StoredElement.from_json(json.loads(json.dumps(before.to_json()))) == before


def test_a_learned_element_becomes_a_stored_one() -> None:
    learned = LearnedElement("learned", "heuristic", SAVE, stored().selectors)

    restored = StoredElement.from_json(json.loads(json.dumps(learned.to_json())))

    assert (restored.fingerprint, restored.method) == (SAVE, "heuristic")


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"tag": 1},
        {"tag": "a", "box": {"x": "left"}},
        {"tag": "a", "neighbours": ["one"]},
        {"tag": "a", "ancestors": [{}]},
        {"tag": "a", "state": {"visible": 1}},
        {"tag": "a", "attributes": {"id": None}},
    ],
)
def test_what_does_not_describe_an_element_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(MalformedFingerprint):
        Fingerprint.from_json(broken)


def test_a_foreign_kind_of_selector_is_refused() -> None:
    data = stored().to_json() | {"selectors": [{"kind": "js", "value": "alert(1)"}]}

    with pytest.raises(MalformedFingerprint):
        StoredElement.from_json(data)


def test_what_was_typed_is_not_kept_but_what_names_a_button_is() -> None:
    def kept(tag: str, input_type: str) -> bool:
        raw = {"tag": tag, "attributes": {"type": input_type, "value": "x"}}
        return "value" in Fingerprint.from_page(raw, PAGE).attributes

    typed = [("input", kind) for kind in ("text", "password", "email", "hidden", "")]
    naming = [("input", "submit"), ("input", "radio"), ("input", "checkbox"), ("button", "")]
    assert not any(kept(*one) for one in typed)
    assert all(kept(*one) for one in naming)


def test_every_text_is_masked_before_it_is_kept() -> None:
    raw = {
        "tag": "a",
        "name": "Mail anna@example.org",
        "attributes": {"href": "/u/123456789", "data-key": "hunter2"},
        "neighbours": ["anna@example.org", ""],
        "surroundings": ["row of anna@example.org"],
    }

    kept = Fingerprint.from_page(raw, PAGE, ["hunter2"]).told_apart(
        twin_scope=0,
        distinguishing=["row", "anna", "example"],
        shared=["href"],
        beside=False,
        numbered=False,
        peers="",
    )

    text = json.dumps(kept.to_json())
    assert all(private not in text for private in ("anna", "example", "hunter2", "123456789"))
    assert kept.distinguishing == ("row",)


def test_what_is_around_twins_counts_only_while_all_of_it_shows() -> None:
    raw = {"tag": "a", "around": ["1", "/html", "Notice"]}
    other = raw | {"around": ["2", "/html", "Notice"]}
    private = raw | {"around": ["1", "/html", "Notice to anna@example.org"]}

    first, second, third = (Fingerprint.from_page(one, PAGE) for one in (raw, other, private))

    assert first.peers
    assert first.peers != second.peers
    assert not third.peers
    assert Fingerprint.from_json(first.to_json()) == first


def test_the_stable_hash_ignores_what_rebuilds_change() -> None:
    rebuilt = element(
        attributes={
            "class": "primary btn css-9x8y7z is-open",
            "aria-expanded": "true",
            "style": "top: 0",
        }
    )

    assert rebuilt.stable_hash == SAVE.stable_hash
    assert rebuilt.exact_hash != SAVE.exact_hash


@pytest.mark.parametrize(
    "other",
    [
        element(name="Send"),
        element(text="Send"),
        element(attributes={"id": "send"}),
        element(tag="a"),
    ],
)
def test_the_stable_hash_sees_what_matters(other: Fingerprint) -> None:
    assert other.stable_hash != SAVE.stable_hash


def test_neither_hash_depends_on_the_window() -> None:
    elsewhere = replace(SAVE, box=replace(SAVE.box, x=900), page=PageContext("/x"))

    assert elsewhere.exact_hash == SAVE.exact_hash


def test_changes_are_named_for_people() -> None:
    after = element(name="Store", attributes={"id": "store", "class": "btn big"})

    assert describe_changes(SAVE, after) == {
        "name": ("Save", "Store"),
        "classes": ("btn primary", "big btn"),
        "@id": ("save", "store"),
    }
