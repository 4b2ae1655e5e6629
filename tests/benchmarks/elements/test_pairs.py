"""Which `pairs.json` is taken, and what is said about the others."""

import json
from pathlib import Path

import pytest

from benchmarks.elements.pairs import BadPairs, Element, Pair, read_pairs, write_pairs

pytestmark = pytest.mark.unit

ELEMENT = {"old_xpath": "//a", "new_xpath": None}
GOOD = {"old": "a.html", "new": "deep/b.html", "elements": [ELEMENT]}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    pairs = [
        Pair("a.html", "b.html", (Element("//a", "//b"), Element("//c", None)), "s", "training")
    ]
    write_pairs(tmp_path, pairs)
    assert read_pairs(tmp_path) == pairs


def test_site_and_split_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "pairs.json").write_text(json.dumps([GOOD]))
    (pair,) = read_pairs(tmp_path)
    assert (pair.new, pair.site, pair.split) == ("deep/b.html", "", "report")


BAD = {
    "no JSON": ("{", "cannot be read as JSON"),
    "no list": ({}, "must be a list with at least one pair"),
    "no pair": ([], "must be a list with at least one pair"),
    "no object": ([GOOD, 3], "entry 2: must be an object"),
    "no old page": ([{**GOOD, "old": ""}], "entry 1: “old” must name a page"),
    "a page elsewhere": ([{**GOOD, "new": "../b.html"}], "entry 1: “new” is '../b.html'"),
    "an absolute page": ([{**GOOD, "new": "/etc/passwd"}], "must be a path below"),
    "no elements": ([{"old": "a", "new": "b"}], "entry 1: “elements” must be a list"),
    "only empty lists": ([{**GOOD, "elements": []}], "no pair has any elements"),
    "no element": ([{**GOOD, "elements": [ELEMENT, "x"]}], "entry 1, element 2: must be an object"),
    "no old XPath": (
        [{**GOOD, "elements": [{"new_xpath": "//a"}]}],
        "“old_xpath” must be an XPath",
    ),
    "no word of the new": (
        [{**GOOD, "elements": [{"old_xpath": "//a"}]}],
        "“new_xpath” must be an XPath, or null when the element was removed; it is 'missing'",
    ),
    "a number": ([{**GOOD, "elements": [{"old_xpath": "//a", "new_xpath": 3}]}], "“new_xpath”"),
    "a strange split": ([{**GOOD, "split": 3}], "“split” must be text"),
}


@pytest.mark.parametrize(("content", "complaint"), BAD.values(), ids=BAD.keys())
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, content: object, complaint: str) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    (tmp_path / "pairs.json").write_text(text)
    with pytest.raises(BadPairs) as caught:
        read_pairs(tmp_path)
    said = str(caught.value)
    assert complaint in said
    assert said.startswith(str(tmp_path / "pairs.json"))
    assert "\n" not in said


def test_a_directory_without_pairs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadPairs, match="not there; write one of the form"):
        read_pairs(tmp_path)
    with pytest.raises(BadPairs, match="no such directory"):
        read_pairs(tmp_path / "none")
