"""A record is believed only as far as the processes it names are alive and the same."""

import os
import signal
import subprocess
import sys

import pytest

from api.stack.leftovers import ProcessMark, end_leftovers, processes_in, wait_until_gone
from api.stack.record import (
    StackRecord,
    StackUrls,
    end_processes_of,
    find_running,
    read_record,
    take_stack_lock,
    write_record,
)

pytestmark = pytest.mark.integration

URLS = StackUrls(app="a", engine="e", owner="o", redis="r")
IDLE = "import signal; print(1, flush=True); signal.pause()"


@pytest.fixture
def idle(tmp_path):
    """A process that waits, in a directory of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", IDLE], stdout=subprocess.PIPE, cwd=tmp_path, start_new_session=True
    )
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate(timeout=10)


def test_a_record_comes_back_as_it_was_written(tmp_path):
    (tmp_path / "run").mkdir()
    mark = ProcessMark.of(os.getpid())
    record = StackRecord(mark, "http://x", URLS, True, {"api": mark}, {"api": 2})
    write_record(tmp_path, record)
    assert read_record(tmp_path) == record
    assert (tmp_path / "run" / "stack.json").stat().st_mode & 0o777 == 0o600


def test_a_dead_process_that_nobody_has_reaped_is_gone(idle):
    mark = ProcessMark.of(idle.pid)
    process = mark.find()
    assert process is not None
    os.kill(idle.pid, signal.SIGKILL)  # not waited for: it stays listed as a zombie
    assert wait_until_gone([process], 10.0) == []
    assert mark.find() is None


def test_a_later_process_with_the_same_id_is_another_one():
    mark = ProcessMark.of(os.getpid())
    assert ProcessMark(mark.pid, mark.started - 5).find() is None


def test_only_one_holds_the_lock_and_its_death_frees_it(tmp_path):
    first = take_stack_lock(tmp_path)
    assert first is not None
    assert take_stack_lock(tmp_path) is None
    first.close()
    second = take_stack_lock(tmp_path)
    assert second is not None
    second.close()


def test_nothing_runs_without_a_record(tmp_path):
    assert find_running(tmp_path) is None


def test_processes_are_found_by_directory_and_program(idle, tmp_path):
    assert [p.pid for p in processes_in(tmp_path, "python")] == [idle.pid]
    assert processes_in(tmp_path, "postgres") == []
    assert processes_in(tmp_path / "elsewhere", "python") == []


def test_a_stopped_process_is_ended_too(idle, tmp_path):
    os.kill(idle.pid, signal.SIGSTOP)
    end_leftovers(processes_in(tmp_path, "python"), signal.SIGTERM, 5.0)
    assert idle.wait(timeout=5) == -signal.SIGTERM


def test_the_processes_of_a_record_are_ended_but_not_its_servers(idle):
    mark = ProcessMark.of(idle.pid)
    record = StackRecord(mark, "http://x", URLS, processes={"postgres": mark})
    assert end_processes_of(record) == 0
    assert idle.poll() is None
    assert end_processes_of(StackRecord(mark, "http://x", URLS, processes={"worker": mark})) == 1
    assert idle.wait(timeout=5) == -signal.SIGTERM
