"""Evidence for and against an element being the one that was learned."""

from dataclasses import replace

import pytest

from domain.elements.fingerprint import Fingerprint
from domain.elements.identity import Finding, Verdict, compare, destination
from domain.elements.opposites import are_opposite
from domain.elements.policy import Evidence
from tests.domain.elements.elements import ELSEWHERE, PAGE, SAVE, element, row_button

pytestmark = pytest.mark.unit

NO_HANDLES = {"id": None, "name": None}
GERMAN = replace(PAGE, language="de")


def judge(before: Fingerprint, now: Fingerprint) -> Verdict:
    return compare(before, now, Evidence()).verdict


@pytest.mark.parametrize(
    ("what", "now", "verdict"),
    [
        ("nothing changed", SAVE, Verdict.SAME),
        ("classes changed", element(attributes={"class": "x"}), Verdict.SAME),
        ("it moved", element(**ELSEWHERE), Verdict.SAME),
        ("its id changed", element(attributes={"id": "go"}), Verdict.SAME),
        ("its handles are gone", element(attributes=NO_HANDLES), Verdict.SAME),
        ("handles gone, moved", element(attributes=NO_HANDLES, **ELSEWHERE), Verdict.UNDECIDED),
        ("all handles changed", element(attributes={"id": "a", "name": "b"}), Verdict.POSSIBLE),
        (
            "only its words are left",
            element(attributes={"id": "a", "name": "b"}, **ELSEWHERE),
            Verdict.DIFFERENT,
        ),
        ("a number was added", element(name="Save 2", text="Save 2"), Verdict.SAME),
        ("a number became part of it", element(name="Save2", text="Save2"), Verdict.DIFFERENT),
        ("some of its words changed", element(name="Save all", text="Save all"), Verdict.POSSIBLE),
        ("all its words changed", element(name="Send", text="Send"), Verdict.DIFFERENT),
        ("it has no words left", element(name="", text=""), Verdict.SAME),
        ("it became a link", element(role="link", tag="a"), Verdict.SAME),
        ("it became a box to tick", element(role="checkbox"), Verdict.DIFFERENT),
        (
            "the page was translated",
            element(name="Speichern", text="Speichern", page=GERMAN, **ELSEWHERE),
            Verdict.POSSIBLE,
        ),
        (
            "translated, without handles",
            element(name="Speichern", attributes=NO_HANDLES, page=GERMAN),
            Verdict.DIFFERENT,
        ),
    ],
)
def test_an_element_that_was_alone_is_judged(what: str, now: Fingerprint, verdict: Verdict) -> None:
    assert judge(SAVE, now) is verdict, what


@pytest.mark.parametrize(
    ("what", "now", "verdict"),
    [
        ("unchanged", row_button("Anna"), Verdict.SAME),
        ("its twins are gone", row_button("Anna", twins=0), Verdict.SAME),
        ("another row", row_button("Bert"), Verdict.DIFFERENT),
        ("another row, the last one", row_button("Bert", twins=0), Verdict.DIFFERENT),
        ("its row got a handle", row_button("Anna", attributes={"id": "x"}), Verdict.SAME),
    ],
)
def test_an_element_among_twins_is_judged_by_its_place(
    what: str, now: Fingerprint, verdict: Verdict
) -> None:
    assert judge(row_button("Anna"), now) is verdict, what


def test_a_positional_id_in_another_row_decides_nothing() -> None:
    handles = {"id": "delete-1", "name": None}
    before, now = (row_button(name, attributes=handles) for name in ("Anna", "Bert"))

    assert judge(before, now) is Verdict.UNDECIDED


def test_the_first_distinguishing_word_must_be_there() -> None:
    before = row_button("Anna", distinguishing=("anna", "sales", "berlin", "active"))
    now = row_button("Bert", surroundings=("Bert Sales Berlin active Delete",))

    assert compare(before, now, Evidence()).place is not Finding.AGREES


def test_twins_that_only_masks_tell_apart_are_undecided() -> None:
    before = row_button("[email]", distinguishing=())

    assert judge(before, before) is Verdict.UNDECIDED


def test_identical_twins_without_masks_are_told_apart_by_position() -> None:
    before = row_button("Anna", distinguishing=())

    assert judge(before, before) is Verdict.SAME
    assert judge(before, replace(before, twins=1)) is Verdict.UNDECIDED


def test_a_pressed_element_may_not_become_its_opposite() -> None:
    before = element(name="Turn on alerts", text="Turn on alerts")
    now = element(name="Turn off alerts", text="Turn off alerts")

    assert judge(before, now) is Verdict.DIFFERENT


def test_a_field_may_get_another_label() -> None:
    before = element(role="textbox", name="Mail", text="")
    now = element(role="textbox", name="Electronic letters", text="")

    assert judge(before, now) is Verdict.POSSIBLE


def test_boxes_of_one_name_are_told_apart_by_their_values() -> None:
    def box(value: str) -> Fingerprint:
        handles = {"id": None, "type": "checkbox", "name": "users", "value": value}
        return element(role="checkbox", name="Select", attributes=handles)

    assert compare(box("1"), box("2"), Evidence()).handles is Finding.CONTRADICTS
    assert compare(box("1"), box("1"), Evidence()).handles is Finding.AGREES


def test_the_same_words_in_another_place_on_another_page_are_no_evidence() -> None:
    before = element(attributes=NO_HANDLES)
    now = replace(before, page=replace(PAGE, url_pattern="/login"), **ELSEWHERE)

    assert judge(before, replace(now, page=PAGE)) is Verdict.UNDECIDED
    assert judge(before, now) is Verdict.UNDECIDED


def test_only_declared_languages_make_a_translation() -> None:
    undeclared, regional = (
        replace(SAVE, page=replace(PAGE, language=code)) for code in ("", "en-GB")
    )

    assert judge(undeclared, SAVE) is Verdict.SAME
    assert judge(SAVE, regional) is Verdict.SAME


def test_a_handle_that_others_have_as_well_proves_nothing() -> None:
    link = element(role="link", attributes={**NO_HANDLES, "href": "/users"}, shared=("href",))

    assert compare(link, link, Evidence()).handles is Finding.UNKNOWN


def test_a_masked_link_proves_nothing() -> None:
    link = element(role="link", attributes={**NO_HANDLES, "href": "/u/[digits]"})

    assert compare(link, link, Evidence()).handles is Finding.UNKNOWN


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("Activate", "Deactivate"),
        ("Log in", "Log out"),
        ("Subscribe", "Unsubscribe"),
        ("Show more", "Show less"),
        ("Add user", "Remove user"),
        ("Next page", "Previous page"),
    ],
)
def test_opposites_are_known(before: str, now: str) -> None:
    assert are_opposite(before, now)
    assert are_opposite(now, before)


def test_additions_are_no_opposites() -> None:
    assert not are_opposite("Save", "Save changes")
    assert not are_opposite("Log in", "Log in now")


def test_only_plain_links_have_a_destination() -> None:
    link = element(role="link", attributes={"href": "http://x.test/a?b"})

    assert destination(link) == "/a?b save"
    assert destination(replace(link, attributes={"href": "#"})) == ""
    assert destination(replace(link, attributes={**link.attributes, "onclick": ""})) == ""
    assert destination(replace(link, attributes={"href": "/u/[digits]"})) == ""
    assert destination(SAVE) == ""


@pytest.mark.parametrize(
    ("before", "now", "finding"),
    [
        ("Inbox (3)", "Inbox (5)", Finding.UNKNOWN),
        ("Inbox", "Inbox 12", Finding.UNKNOWN),
        ("Calendar 3 17", "Calendar 2", Finding.UNKNOWN),
        ("photo1.png", "photo2.png", Finding.CONTRADICTS),
        ("Version v1", "Version v2", Finding.CONTRADICTS),
        ("2", "3", Finding.CONTRADICTS),
    ],
)
def test_numbers_that_stand_alone_come_and_go(before: str, now: str, finding: Finding) -> None:
    names = [element(name=text, text=text) for text in (before, now)]

    assert compare(*names, Evidence()).words is finding


def icon(name: str, drawn: str) -> Fingerprint:
    """A button with an icon of a font."""
    attributes = {**NO_HANDLES, "@graphic": f"icon:{drawn}"}
    return element(name=name, text=name, attributes=attributes)


def test_another_icon_of_what_has_words_says_nothing() -> None:
    before, now = icon("Save", "fa fa-save"), icon("Save", "bi bi-floppy")

    assert compare(before, now, Evidence()).handles is Finding.UNKNOWN


def test_another_icon_of_what_has_no_words_is_another_element() -> None:
    before, now = icon("", "fa fa-save"), icon("", "bi bi-floppy")

    assert compare(before, now, Evidence()).handles is Finding.CONTRADICTS


def test_what_a_script_is_bound_to_tells_elements_apart() -> None:
    fold, close = (
        element(name="", text="", attributes={**NO_HANDLES, "@deed": deed})
        for deed in ("collapse", "remove")
    )

    assert compare(fold, fold, Evidence()).handles is Finding.AGREES
    assert compare(fold, close, Evidence()).handles is Finding.CONTRADICTS
    shared = replace(fold, shared=("@deed",))
    assert compare(shared, fold, Evidence()).handles is Finding.UNKNOWN
    assert compare(shared, close, Evidence()).handles is Finding.CONTRADICTS


@pytest.mark.parametrize(
    ("label", "finding"),
    [("Colour", Finding.AGREES), ("Second colour", Finding.CONTRADICTS)],
)
def test_a_label_that_no_twin_has_tells_where_it_stands(label: str, finding: Finding) -> None:
    stored = element(twins=1, beside=True, neighbours=("Colour", ""), attributes=NO_HANDLES)
    live = replace(stored, neighbours=(label, ""), sibling_index=9)

    assert compare(stored, live, Evidence()).place is finding


@pytest.mark.parametrize(
    ("role", "name", "place"),
    [
        ("textbox", "", Finding.CONTRADICTS),
        ("textbox", "Colour", Finding.AGREES),
        ("button", "", Finding.AGREES),
    ],
)
def test_a_nameless_field_is_another_one_behind_another_label(
    role: str, name: str, place: Finding
) -> None:
    stored = element(
        role=role, name=name, text="", twins=1, beside=True, neighbours=("Colour", ""),
        twin_scope=0, distinguishing=("colour",), surroundings=("Colour Size",),
    )  # fmt: skip
    live = replace(stored, neighbours=("Second colour", ""), sibling_index=9)

    assert compare(stored, live, Evidence()).place is place


@pytest.mark.parametrize(("numbered", "words"), [(False, Finding.AGREES), (True, Finding.UNKNOWN)])
def test_a_number_is_a_count_where_it_tells_nothing_apart(numbered: bool, words: Finding) -> None:
    stored = element(name="Inbox (3)", text="Inbox (3)", numbered=numbered)
    live = element(name="Inbox 12", text="Inbox 12")

    assert compare(stored, live, Evidence()).words is words


@pytest.mark.parametrize(
    ("twins", "link", "handles"),
    [
        (0, "/v2/people/users.html", Finding.UNKNOWN),
        (0, "/v2/people/users.html?page=2", Finding.UNKNOWN),
        (0, "/people/groups.html", Finding.CONTRADICTS),
        (0, "/other/4/", Finding.CONTRADICTS),
        (1, "/v2/people/users.html", Finding.CONTRADICTS),
    ],
)
def test_a_link_of_the_same_words_may_lead_to_another_directory(
    twins: int, link: str, handles: Finding
) -> None:
    target = "/people/4/" if link == "/other/4/" else "/people/users.html"
    stored = element(role="link", tag="a", attributes={**NO_HANDLES, "href": target}, twins=twins)
    live = replace(stored, attributes={**stored.attributes, "href": link})

    assert compare(stored, live, Evidence()).handles is handles


@pytest.mark.parametrize("host", ["[digits]:8100", "[email]", "[oops", "app-[digits].example.com"])
def test_a_link_whose_host_was_masked_or_cannot_be_one_is_compared_by_its_path(host: str) -> None:
    bare = {**NO_HANDLES, "href": f"http://{host}/orders"}
    stored = element(role="link", tag="a", attributes=bare)
    live = replace(stored, attributes={**stored.attributes, "href": "/orders"})

    assert compare(stored, live, Evidence()).handles is Finding.AGREES


def test_a_label_that_was_masked_tells_nothing() -> None:
    stored = element(twins=1, beside=True, neighbours=("[email]", ""), attributes=NO_HANDLES)

    assert compare(stored, replace(stored, sibling_index=9), Evidence()).place is Finding.UNKNOWN


def test_a_nameless_element_among_others_like_it_is_not_known_by_the_text_before_alone() -> None:
    stored = element(
        name="", text="", twins=1, attributes=NO_HANDLES, distinguishing=("phone",),
        neighbours=("Phone", ""),
    )  # fmt: skip
    live = replace(stored, sibling_index=9)

    assert compare(stored, live, Evidence()).verdict is Verdict.UNDECIDED
    assert compare(replace(stored, beside=True), live, Evidence()).verdict is Verdict.SAME


def test_a_mask_around_all_twins_hides_no_difference() -> None:
    around = {"surroundings": ("Row of one", "[email] and all others")}
    stored = element(twins=2, twin_scope=0, attributes=NO_HANDLES, **around)
    hidden = replace(stored, surroundings=("[email]", "all others"))

    assert compare(stored, stored, Evidence()).unchanged
    assert not compare(hidden, hidden, Evidence()).unchanged


def test_what_nothing_tells_from_its_twins_is_told_by_its_number_while_all_of_them_stay() -> None:
    stored = element(twins=2, name="", text="", attributes=NO_HANDLES, peers="second of three")
    twin = replace(stored, peers="third of three")

    assert compare(stored, stored, Evidence()).unchanged
    assert compare(stored, twin, Evidence()).verdict is Verdict.UNDECIDED
