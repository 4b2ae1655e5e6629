"""What benchmarks say about their targets, and which elements of two pages they take for the same."""

import importlib
import json
from collections import Counter
from pathlib import Path

import pytest
from playwright.async_api import Browser

from benchmarks import report
from benchmarks.__main__ import MODULES
from benchmarks.elements.pages import FIND_BY_DEED
from benchmarks.elements.tally import ABSTAINED, FOUND, WRONG, Tally
from benchmarks.report import Case, at_least, at_most, write

PAGE = """
<div id="header"><a href="/out">Log out</a></div>
<div id="nav-sidebar"><a href="/users">Users</a></div>
<a href="/users">Users</a> <a href="/more">More</a> <a href="/more">All of them</a>
<a href="/hidden" style="display: none">Hidden</a>
<form><input type="hidden" name="csrfmiddlewaretoken" value="1">
  <input name="q"><input type="checkbox" name="row" value="1"><input type="checkbox" name="row"
  value="2"><button>Search</button><button name="_save">Save</button></form>
<button>Nothing in particular</button>
"""


@pytest.mark.unit
@pytest.mark.parametrize(
    ("ours", "target", "is_met"),
    [
        (100.0, at_least(100), True),
        (99.9, at_least(100), False),
        (100.0, at_most(100), True),
        (100.1, at_most(100), False),
        (50.0, at_least(1.0, of="ratio"), True),
        (49.0, at_least(1.0, of="ratio"), False),
        (51.0, at_most(1.0, of="ratio"), False),
        (1.0, None, None),
    ],
)
def test_a_target_is_met_or_missed(
    ours: float, target: report.Target | None, is_met: bool | None
) -> None:
    assert Case("a case", ours, 50.0, "ms", target).is_met is is_met


@pytest.mark.unit
def test_a_missed_target_is_said_in_the_table_and_in_the_file_and_fails_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report, "OUTPUT", tmp_path)
    cases = [
        Case("rate", 90.0, 100.0, "1/s", at_least(1.0, of="ratio")),
        Case("pickup", 90.0, 100.0, "ms", at_most(100)),
        Case("floor", 90.0, 100.0, "ms"),
    ]
    write("speed", "Speed", cases, executions=3000)
    shown = capsys.readouterr().out.splitlines()
    lines = {case.name: next(line for line in shown if case.name in line) for case in cases}
    assert "≥ 1.00 x" in lines["rate"]
    assert "missed" in lines["rate"]
    assert "≤ 100 ms" in lines["pickup"]
    assert "met" in lines["pickup"]
    assert "met" not in lines["floor"]
    written = json.loads((tmp_path / "speed.json").read_text())
    assert written["executions"] == 3000
    assert [case["is_met"] for case in written["cases"]] == [False, True, None]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("found", "wrong", "is_certain"),
    [(3000, 0, True), (300, 0, None), (3000, 1, None), (300, 1, False), (0, 0, None)],
)
def test_few_trials_without_error_prove_nothing(
    found: int, wrong: int, is_certain: bool | None
) -> None:
    assert Tally("x", Counter({FOUND: found, WRONG: wrong})).is_certain is is_certain


@pytest.mark.unit
def test_where_everything_was_deleted_any_acceptance_counts_against_all_trials() -> None:
    tally = Tally("deleted", Counter({ABSTAINED: 999, WRONG: 1}), [90.0, 120.0])
    assert (tally.judged, tally.is_certain, tally.is_quick) == (1000, False, False)


@pytest.mark.unit
@pytest.mark.parametrize("name", MODULES)
def test_every_benchmark_can_be_run_by_its_name(name: str) -> None:
    assert callable(importlib.import_module(MODULES[name]).run)


@pytest.mark.integration
async def test_elements_are_known_by_what_they_do_where_that_is_one_of_a_kind(
    browser: Browser,
) -> None:
    page = await browser.new_page()
    await page.set_content(PAGE)
    found = await page.evaluate(FIND_BY_DEED)
    words = {}
    for deed, path in found.items():
        element = page.locator(f"xpath={path}")
        words[deed] = await element.inner_text() or await element.get_attribute("name")
    await page.close()
    assert words == {
        "#header: leads to /out": "Log out",
        "#nav-sidebar: leads to /users": "Users",
        "main: leads to /users": "Users",
        "main: is q": "q",
        "main: chooses row 1": "row",
        "main: chooses row 2": "row",
        "main: sends q": "Search",
        "main: is _save": "Save",
    }
