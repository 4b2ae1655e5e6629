"""`metamorph pulse` is silent while its process goes round, and one line when it does not."""

import sys
from pathlib import Path

import psutil
import pytest

from api.cli import main
from api.stack.checks import Health, check_pulses
from api.stack.leftovers import ProcessMark
from api.stack.record import StackRecord, StackUrls, write_record
from api.stack.units import pulse_file
from domain.shared.settings import Settings
from workers.executions.identity import describe_worker
from workers.executions.pulse import write_pulse

pytestmark = pytest.mark.unit


def look(monkeypatch: pytest.MonkeyPatch, file: str) -> int:
    monkeypatch.setenv("METAMORPH_PULSE_FILE", file)
    monkeypatch.setattr(sys, "argv", ["metamorph", "pulse"])
    with pytest.raises(SystemExit) as ended:
        main.run()
    return int(ended.value.code or 0)


@pytest.fixture
def stack(tmp_path: Path) -> Settings:
    """A stack of two parts that this test speaks for."""
    mark = ProcessMark.of(psutil.Process().pid)
    record = StackRecord(
        mark,
        base_url="http://127.0.0.1:1",
        urls=StackUrls("", "", "", ""),
        ready=True,
        processes={"api": mark, "scheduler": mark, "worker": mark},
    )
    (tmp_path / "run").mkdir()
    write_record(tmp_path, record)
    return Settings(var_dir=tmp_path)


def test_a_process_that_goes_round_passes_in_silence(monkeypatch, capsys, tmp_path):
    write_pulse(tmp_path / "pulse", describe_worker(), {})
    assert look(monkeypatch, str(tmp_path / "pulse")) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("pulse", "metamorph: standing still: relay (no round for 71 s)\n"),
        ("none", "metamorph: no process keeps "),
        ("", "metamorph: METAMORPH_PULSE_FILE must name "),
    ],
)
def test_anything_else_fails_with_one_line(monkeypatch, capsys, tmp_path, name, line):
    write_pulse(tmp_path / "pulse", describe_worker(), {"relay": 71.2})
    assert look(monkeypatch, str(tmp_path / name) if name else "") == 1
    said = capsys.readouterr().err
    assert said.startswith(line)
    assert said.count("\n") == 1


def test_the_doctor_names_the_part_of_the_stack_that_stands_still(stack):
    assert check_pulses(stack).health is Health.LATER
    for part in ("scheduler", "worker"):
        write_pulse(pulse_file(stack.var_dir, part), describe_worker(), {})
    fine = check_pulses(stack)
    assert (fine.health, fine.found) == (Health.OK, "goes round: scheduler, worker")
    write_pulse(pulse_file(stack.var_dir, "worker"), describe_worker(), {"heartbeat": 80.0})
    found = check_pulses(stack)
    assert found.health is Health.MISSING
    assert found.found == "worker: standing still: heartbeat (no round for 80 s)"
    assert found.advice
