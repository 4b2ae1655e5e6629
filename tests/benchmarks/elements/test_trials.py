"""A whole measurement of small pages: what is found, what is not, and what cannot be tried."""

import json
from pathlib import Path

import pytest

from benchmarks.elements.measure import measure
from benchmarks.elements.pairs import Element, Pair, read_pairs, write_pairs
from benchmarks.elements.subjects import ABSOLUTE, BY_ID, PLAIN_SIMILO, ROLE, judge_ranked
from benchmarks.elements.tally import ABSTAINED, FOUND, WRONG
from benchmarks.elements.trials import DELETED, SURVIVORS, UNCHANGED, Score
from benchmarks.references.locators import read_snapshot

pytestmark = [pytest.mark.integration, pytest.mark.heavy]

OLD = """<!doctype html><title>Old</title><link rel="stylesheet" href="look.css">
<main><h1>Orders</h1><p>Three are open</p>
<form><label>Customer <input name="customer"></label>
<button id="save">Save order</button></form>
<a href="/help">Help</a><input type="hidden" name="secret"></main>"""
NEW = """<!doctype html><title>New</title><link rel="stylesheet" href="look.css">
<main><h1>Orders</h1><p>Three are open</p><div>
<form><label>Customer <input name="customer"></label>
<button id="save">Save order</button></form></div></main>"""
SAVE, CUSTOMER = "//*[@id='save']", "//input[@name='customer']"
HELP, HIDDEN = "//a", "//input[@type='hidden']"


async def try_pages(directory: Path, *elements: Element, new: str = "new.html") -> Score:
    """Measure one pair of the two pages."""
    (directory / "old.html").write_text(OLD)
    (directory / "new.html").write_text(NEW)
    (directory / "look.css").write_text("body { font: 16px sans-serif }")
    write_pairs(directory, [Pair("old.html", new, elements)])
    return (await measure(directory, read_pairs(directory)))["report"]


async def test_everybody_is_tried_on_the_same_elements(tmp_path: Path) -> None:
    score = await try_pages(
        tmp_path, Element(SAVE, SAVE), Element(CUSTOMER, CUSTOMER), Element(HELP, None)
    )
    assert score.ours[UNCHANGED].verdicts == {FOUND: 3}
    assert score.ours[SURVIVORS].verdicts == {FOUND: 2}
    assert score.ours[DELETED].verdicts == {ABSTAINED: 3}
    assert (score.pages, score.removed, score.unusable.total()) == (1, 1, 0)
    still = {name: tally.verdicts for name, tally in score.references[SURVIVORS].items()}
    assert (still[BY_ID][FOUND], still[ROLE][FOUND]) == (1, 2)
    assert still[ABSOLUTE] == {ABSTAINED: 2}
    assert score.references[DELETED][PLAIN_SIMILO].verdicts == {WRONG: 3}
    assert {tally.trials for tally in score.ablation[SURVIVORS].values()} == {2}


async def test_what_cannot_be_tried_is_counted(tmp_path: Path) -> None:
    score = await try_pages(
        tmp_path,
        Element("//nav", "//nav"),
        Element("//*", "//*"),
        Element("//a[", "//a"),
        Element(SAVE, "//nav"),
        Element(CUSTOMER, CUSTOMER),
    )
    assert score.unusable == {
        "old_xpath finds nothing": 1,
        "old_xpath finds several elements": 1,
        "old_xpath cannot be read": 1,
        "new_xpath finds nothing": 1,
    }
    assert score.ours[SURVIVORS].verdicts == {FOUND: 1}


async def test_an_element_that_nobody_sees_is_an_element(tmp_path: Path) -> None:
    score = await try_pages(tmp_path, Element(HIDDEN, None), Element("//h1", "//h1"))
    assert score.unusable.total() == 0
    assert score.ours[UNCHANGED].trials == 2


async def test_a_page_that_is_not_there_is_counted_with_all_its_elements(tmp_path: Path) -> None:
    score = await try_pages(tmp_path, Element(SAVE, SAVE), Element(HELP, None), new="none.html")
    assert score.unusable == {"none.html is not there": 2}


@pytest.mark.parametrize(
    ("snapshot", "role"),
    [
        ('- button "Save order"', ("button", "Save order")),
        ('- link "Home":\n  - /url: /', ("link", "Home")),
        ('- textbox "Say \\"hi\\"": x', ("textbox", 'Say "hi"')),
        ("- 'link \"Note: it''s new\":'", ("link", "Note: it's new")),
        ("- text: words", ("", "")),
        ("- paragraph: words", ("", "")),
        ("", ("", "")),
    ],
)
def test_roles_and_names_are_read_as_playwright_tells_them(
    snapshot: str, role: tuple[str, str]
) -> None:
    assert read_snapshot(snapshot) == role


@pytest.mark.parametrize(
    ("is_true", "likeness", "verdicts"),
    [
        (True, 0.95, (FOUND, FOUND)),
        (True, 0.5, (FOUND, ABSTAINED)),
        (False, 0.95, (WRONG, WRONG)),
        (False, -0.1, (ABSTAINED, ABSTAINED)),
    ],
)
def test_plain_similo_takes_whatever_comes_closest(
    is_true: bool, likeness: float, verdicts: tuple[str, str]
) -> None:
    assert tuple(judge_ranked(is_true, likeness).values()) == verdicts


def test_pairs_may_be_written_by_anybody(tmp_path: Path) -> None:
    element = {"old_xpath": SAVE, "new_xpath": None}
    entry = {"old": "old.html", "new": "new.html", "elements": [element]}
    (tmp_path / "pairs.json").write_text("\ufeff" + json.dumps([entry]))
    assert read_pairs(tmp_path)[0].elements == (Element(SAVE, None),)
