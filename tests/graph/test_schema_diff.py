"""What breaks clients is told from what does not, and passes only after notice or with a reason."""

from datetime import date
from pathlib import Path

import pytest
from graphql import build_schema

from graph import schema_diff
from graph.schema_diff import (
    EXEMPTIONS,
    Change,
    Exemption,
    Severity,
    compare,
    find_idle,
    main,
    read_exemptions,
)
from graph.snapshot import SNAPSHOT
from graph.support.deprecations import deprecated

pytestmark = pytest.mark.unit

UNTIL = date(2027, 5, 31)
DURING, AFTER = UNTIL, date(2027, 6, 1)
GOES = f'@deprecated(reason: "{deprecated("Use it.", on=date(2026, 11, 30), until=UNTIL)}")'
RELEASED = f"""
    type Query {{
      mission(id: ID!, deep: Boolean {GOES}): Mission
      test(filter: TestFilter): Test {GOES}
      run: Run
    }}
    type Mission {{ id: ID!, name: String {GOES}, state: State! }}
    type Test {{ id: ID!, step: Step }}
    type Step {{ id: ID!, seconds: Float }}
    type Run {{ id: ID! }}
    input TestFilter {{ name: String, kind: String {GOES} }}
    enum State {{ OPEN CLOSED {GOES} }}
"""


def changes_of(old: str, new: str, today: date = DURING, released: str = RELEASED) -> list[Change]:
    """What taking `old` for `new` changes."""
    assert old in released
    return compare(build_schema(released), build_schema(released.replace(old, new)), today=today)


ANNOUNCED = {
    "a field": (f", name: String {GOES}", "", "Field Mission.name was removed."),
    "an argument": (
        f", deep: Boolean {GOES}",
        "",
        "Argument Query.mission(deep:) was removed.",
    ),
    "an input field": (f", kind: String {GOES}", "", "Field TestFilter.kind was removed."),
    "an enum value": (f" CLOSED {GOES}", "", "Enum value State.CLOSED was removed."),
}


@pytest.mark.parametrize(("old", "new", "what"), ANNOUNCED.values(), ids=ANNOUNCED.keys())
def test_what_was_deprecated_may_go_after_its_date_only(old: str, new: str, what: str):
    [early] = changes_of(old, new, DURING)
    [late] = changes_of(old, new, AFTER)
    assert (early.what, early.is_forbidden) == (what, True)
    assert (late.what, late.is_forbidden) == (what, False)
    assert late.allowed == "deprecated on 2026-11-30, kept until 2027-05-31"


UNANNOUNCED = {
    "a field": ("type Run { id: ID! }", "type Run { key: ID! }", "Field Run.id was removed."),
    "a type": (
        "state: State!",
        "state: State",
        "Field Mission.state changed type from State! to State.",
    ),
    "an argument": (
        "mission(id: ID!,",
        "mission(id: ID!, of: ID!,",
        "A required argument Query.mission(of:) was added.",
    ),
}


@pytest.mark.parametrize(("old", "new", "what"), UNANNOUNCED.values(), ids=UNANNOUNCED.keys())
def test_what_was_not_deprecated_may_not_change(old: str, new: str, what: str):
    found = [one.what for one in changes_of(old, new, AFTER) if one.is_forbidden]
    assert found == [what]


def test_types_go_with_the_field_that_led_to_them():
    new = (
        RELEASED.replace(f"test(filter: TestFilter): Test {GOES}", "")
        .replace("type Test { id: ID!, step: Step }", "")
        .replace("type Step { id: ID!, seconds: Float }", "")
        .replace(f"input TestFilter {{ name: String, kind: String {GOES} }}", "")
    )
    gone = {"Field Query.test", "Test", "Step", "TestFilter", "Standard scalar Float"}
    for today, is_forbidden in ((DURING, True), (AFTER, False)):
        found = compare(build_schema(RELEASED), build_schema(new), today=today)
        assert {one.what.partition(" was")[0] for one in found} == gone
        assert {one.is_forbidden for one in found} == {is_forbidden}


def test_a_type_that_something_else_led_to_stays():
    released = RELEASED.replace("run: Run", "run: Run, last: Test")
    new = released.replace(f"test(filter: TestFilter): Test {GOES}", "").replace(
        "last: Test", "last: Int"
    )
    found = compare(
        build_schema(released),
        build_schema(new.replace("type Test { id: ID!, step: Step }", "")),
        today=AFTER,
    )
    forbidden = {one.what for one in found if one.is_forbidden}
    assert "Test was removed." in forbidden
    assert "Field Query.test was removed." not in forbidden


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type Test {", "union Any = Mission | Test\n    type Test {"),
        ("type Test {", "interface Node { id: ID! }\n    type Test implements Node {"),
    ],
)
def test_a_type_of_a_union_or_an_interface_does_not_go_with_a_field(old: str, new: str):
    released = RELEASED.replace(old, new)
    current = (
        released.replace(f"test(filter: TestFilter): Test {GOES}", "")
        .replace(" | Test", "")
        .replace("type Test { id: ID!, step: Step }", "")
        .replace("type Test implements Node { id: ID!, step: Step }", "")
    )
    found = compare(build_schema(released), build_schema(current), today=AFTER)
    assert "Test was removed." in {one.what for one in found if one.is_forbidden}


def test_a_promised_date_does_not_come_sooner():
    sooner = GOES.replace("2027-05-31", "2027-03-31")
    [change] = changes_of(f"name: String {GOES}", f"name: String {sooner}")
    assert change.is_forbidden
    assert change.what == "Mission.name was promised until 2027-05-31, now until 2027-03-31."
    later = GOES.replace("2027-05-31", "2027-12-31")
    assert changes_of(f"name: String {GOES}", f"name: String {later}") == []


def test_new_things_and_deprecations_are_told_as_what_they_are():
    found = changes_of("type Run { id: ID! }", f"type Run {{ id: ID! {GOES}, name: String }}")
    assert [(one.severity, one.what[:22]) for one in found] == [
        (Severity.SAFE, "Field Run.name was add"),
        (Severity.SAFE, "Run.id was deprecated:"),
    ]
    [grown] = changes_of("enum State { OPEN", "enum State { HELD OPEN")
    assert (grown.severity, grown.is_forbidden) == (Severity.DANGEROUS, False)


def test_other_words_are_no_change_of_the_api():
    assert changes_of("type Run {", '"""Of a mission."""\n    type Run {') == []


LISTED = """
[[change]]
what = "Field Run.id was removed."
on = 2026-11-30
reason = "It told ids of other workspaces."
"""


def test_a_listed_change_passes_and_an_idle_entry_is_found():
    exemptions = read_exemptions(LISTED)
    new = build_schema(RELEASED.replace("type Run { id: ID! }", "type Run { key: ID! }"))
    changes = compare(build_schema(RELEASED), new, exemptions)
    assert [one.what for one in changes if one.is_forbidden] == []
    assert changes[0].allowed == "listed on 2026-11-30: It told ids of other workspaces."
    assert find_idle(exemptions, changes) == []
    assert find_idle(exemptions, []) == exemptions


@pytest.mark.parametrize("line", ["what", "on", "reason"])
def test_an_entry_says_what_when_and_why(line: str):
    text = "\n".join(one for one in LISTED.splitlines() if not one.startswith(line))
    with pytest.raises(ValueError, match="what changes, when and why"):
        read_exemptions(text)
    with pytest.raises(ValueError, match="in a sentence"):
        read_exemptions(LISTED.replace("It told ids of other workspaces.", "Security."))


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A released schema with two fields that today's lacks; one of them is listed."""
    path, exemptions = tmp_path / "released.graphql", tmp_path / "breaking_changes.toml"
    today = SNAPSHOT.read_text("utf-8")
    path.write_text(today.replace("type Query {", "type Query {\n  gone: Int\n  odd: Int", 1))
    exemptions.write_text(EXEMPTIONS.read_text("utf-8") + LISTED.replace("Run.id", "Query.gone"))
    monkeypatch.setattr(schema_diff, "RELEASED", path)
    monkeypatch.setattr(schema_diff, "EXEMPTIONS", exemptions)
    return path


def test_the_command_shows_what_may_not_be_and_refuses_to_release_it(
    older: Path, capsys: pytest.CaptureFixture[str]
):
    before = older.read_text("utf-8")
    assert main([]) == 0
    assert main(["--release"]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert told.count("breaking Field Query.odd was removed. it may not") == 2
    assert "1 breaking: keep it and deprecate it" in told
    assert older.read_text("utf-8") == before


def test_a_release_begins_anew(older: Path):
    older.write_text(older.read_text("utf-8").replace("  odd: Int", "", 1), "utf-8")
    assert main(["--release"]) == 0
    assert older.read_text("utf-8") == SNAPSHOT.read_text("utf-8")
    exemptions = schema_diff.EXEMPTIONS.read_text("utf-8")
    assert exemptions.startswith("# Breaking changes")
    assert read_exemptions(exemptions) == []


def test_an_exemption_is_known_by_its_words():
    assert read_exemptions(LISTED) == [
        Exemption(
            "Field Run.id was removed.", date(2026, 11, 30), "It told ids of other workspaces."
        )
    ]
