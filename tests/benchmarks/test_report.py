"""What benchmarks say about their targets."""

import json
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.report import Case, at_least, at_most, write

pytestmark = pytest.mark.unit


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
