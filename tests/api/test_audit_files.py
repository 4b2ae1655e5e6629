"""Cells of an export are text for every spreadsheet, whatever separates its cells."""

import csv
import io
from collections.abc import Sequence

import orjson
import pytest

from api.audit_files import FIELDS, neutralise, write_cells, write_rows

pytestmark = pytest.mark.unit

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
HARMFUL = [
    "=1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r\n=1",
    ' "=1',
    "\uff1d1",
    "a;=1",
    "a; =1",
    'a;"=1',
    'a;"" "=1',
    "a\t=1",
    "a;\t-1",
    "a|+1",
    'a","=1',
    "a;\u2028@1",
    ";",
]


def cut(line: bytes, separator: str) -> Sequence[str]:
    """The cells that a spreadsheet with this separator sees."""
    rows = csv.reader(io.StringIO(line.decode(), newline=""), delimiter=separator)
    return [cell for row in rows for cell in row]


@pytest.mark.parametrize("text", HARMFUL)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_case_60_no_spreadsheet_reads_a_formula_out_of_a_cell(text: str, separator: str):
    told = {"seq": 7, "device": text, "after": {"name": text, "n": -1}, "actor_name": text}
    line = write_rows([write_cells({name: told.get(name) for name in FIELDS})])
    cells = cut(line, separator)
    assert [one for one in cells if one.lstrip(' "').startswith(tuple(SIGNS))] == []
    assert line.count(b"\n") == 1


@pytest.mark.parametrize("text", HARMFUL)
def test_json_in_a_cell_stays_json(text: str):
    (cell,) = write_cells({"after": {"name": text, "n": [-1, "=2"]}})
    assert orjson.loads(cell)["n"] == [-1, "=2"]


@pytest.mark.parametrize("text", ['a, "b"; c - d', "Zoë's 1+1", "Mozilla/5.0 (X11; Linux)", "x=1"])
def test_other_text_stays_as_it_is(text: str):
    assert neutralise(text) == text


def test_a_cell_is_one_line_without_control_characters():
    assert neutralise("one\ntwo\x1b[31m") == "one two [31m"
