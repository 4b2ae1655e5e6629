"""What sentences mean, and why some are refused."""

from uuid import UUID

import pytest

from domain.elements.errors import InstructionNotUnderstood
from domain.elements.instructions import Instruction, Section, Verb, parse, parse_target
from domain.elements.keys import element_key

pytestmark = pytest.mark.unit

MEANINGS = {
    "click the Save button": ("click", "Save", "button", None),
    "Click on 'Save'": ("click", "Save", "", None),
    "press the Go button": ("click", "Go", "button", None),
    "open the Users link": ("click", "Users", "link", None),
    'click button "Go"': ("click", "Go", "button", None),
    "click the button called Save it": ("click", "Save it", "button", None),
    "fill Username with anna": ("fill", "Username", "", "anna"),
    "fill in the Username field with 'anna b'": ("fill", "Username", "textbox", "anna b"),
    "fill Name with Anna with a hat": ("fill", "Name", "", "Anna with a hat"),
    'fill Bio with said "hi" to me.': ("fill", "Bio", "", 'said "hi" to me.'),
    "fill Bio with ": ("fill", "Bio", "", ""),
    "type anna into Username": ("fill", "Username", "", "anna"),
    "type 'in out' in Notes": ("fill", "Notes", "", "in out"),
    "set Start date to 2026-01-01": ("fill", "Start date", "", "2026-01-01"),
    "clear Search": ("fill", "Search", "", ""),
    "choose Staff status": ("select", "Staff status", "", None),
    "select English in Language": ("select", "Language", "", "English"),
    "choose English from the Language list": ("select", "Language", "combobox", "English"),
    "choose 'a | b in c' in Available permissions": (
        "select",
        "Available permissions",
        "",
        "a | b in c",
    ),
    "check Active": ("check", "Active", "", None),
    "untick the Active checkbox": ("uncheck", "Active", "checkbox", None),
    "press Enter": ("press", "", "", "Enter"),
    "press ctrl + a in Search": ("press", "Search", "", "Control+a"),
    "hover over the Help icon": ("hover", "Help", "img", None),
    "upload /tmp/a.png to Picture": ("upload", "Picture", "", "/tmp/a.png"),
    "click 'the second Delete link'": ("click", "the second Delete link", "", None),
}


@pytest.mark.parametrize("text", MEANINGS)
def test_a_sentence_is_understood(text: str) -> None:
    verb, name, kind, value = MEANINGS[text]

    meant = parse(text)

    assert (meant.verb, meant.name, meant.value) == (verb, name, value)
    assert meant.kinds[:1] == ((kind,) if kind else ())


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("click Delete in the Permissions section", Section("Permissions")),
        ("click Delete on the 'Danger zone' panel", Section("Danger zone")),
        ("click Delete in the row of Anna", Section("Anna", "row")),
        ("click Delete in the Anna row", Section("Anna", "row")),
        ("click Log out in the header", Section("", "header")),
        ("choose Red in Colour in the Paint section", Section("Paint")),
    ],
)
def test_the_part_of_the_page_is_understood(text: str, section: Section) -> None:
    assert parse(text).section == section


@pytest.mark.parametrize(
    ("text", "ordinal"),
    [("click the second Delete link", 2), ("click the last row", -1), ("click the 3rd button", 3)],
)
def test_ordinals_are_understood(text: str, ordinal: int) -> None:
    assert parse(text).ordinal == ordinal


def test_an_ordinal_may_be_part_of_the_name() -> None:
    meant = parse("fill First name with Anna")

    assert (meant.counted, meant.name, meant.ordinal) == ("First name", "name", 1)


def test_kind_words_may_be_part_of_the_name() -> None:
    assert parse("click Add link").literal == "Add link"


def test_a_target_alone_is_understood() -> None:
    assert parse_target("the Save button.", Verb.HOVER) == Instruction(
        Verb.HOVER, "Save", ("button",), "Save button"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("make coffee", "must begin with a verb"),
        ("click", "does not say what to click"),
        ("fill Username", "say it like “fill Username with anna”"),
        ("type Username", "say it like “type anna into Username”"),
        ("click Delete in row 3", "by words that stand in it"),
        ("click ''", "does not say what to click"),
    ],
)
def test_what_is_not_understood_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InstructionNotUnderstood, match=reason):
        parse(text)


def test_a_value_is_never_shown() -> None:
    assert "hunter2" not in repr(parse("fill Password with hunter2"))
    assert "hunter2" not in parse("fill Password with hunter2").normalised


def test_ways_of_saying_the_same_have_one_key() -> None:
    def key(text: str, **changes: object) -> str:
        parts: dict[str, object] = {
            "workspace_id": UUID(int=1),
            "template_id": UUID(int=2),
            "step_key": "s",
            "page_url": "http://a.test/users/7",
            **changes,
        }
        return element_key(target=parse(text), **parts)

    save = key("click the Save button")
    assert len(save) == 64
    assert key("click on the 'save' button") == save
    assert key("click the Save button", page_url="https://b.test:8000/users/8") == save
    assert key("fill Name with a") == key("fill Name with b")
    others = {
        key("click the Save link"),
        key("click the second Save button"),
        key("click Save in the Profile section"),
        key("click the Save button", page_url="http://a.test/groups/7"),
        key("click the Save button", workspace_id=UUID(int=3)),
        key("click the Save button", template_id=UUID(int=3)),
        key("click the Save button", step_key="t"),
    }
    assert len(others | {save}) == 8
