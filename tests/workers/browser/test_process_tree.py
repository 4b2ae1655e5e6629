"""Processes are found by their marker, whoever is their parent, and end when they are told to."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workers.browser.process_tree import ProcessState, ProcessTree

pytestmark = pytest.mark.integration

DEAF = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); "
SLEEP = "import time; time.sleep(100)"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes to be collected when the test is over."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def start(
    started: list[subprocess.Popen[str]], marker: Path, code: str, by: str = "environ"
) -> subprocess.Popen[str]:
    """Start Python code that prints something when it is ready."""
    more = [str(marker)] if by == "cmdline" else []
    env = {"TMPDIR": str(marker)} if by == "environ" else {}
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", code, *more],
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    started.append(process)
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


@pytest.mark.parametrize("by", ["environ", "cmdline"])
async def test_a_marked_process_is_found_and_killed_even_if_it_ignores_term(
    started: list[subprocess.Popen[str]], tmp_path: Path, by: str
) -> None:
    process = start(started, tmp_path, DEAF + SLEEP, by)
    tree = ProcessTree(str(tmp_path), process.pid)
    assert tree.list_alive() == [process.pid]
    await tree.kill(grace_s=0.2)
    assert process.wait() == -signal.SIGKILL
    assert tree.list_alive() == []


async def test_a_process_that_listens_is_not_killed(
    started: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = start(started, tmp_path, "print(1, flush=True); " + SLEEP)
    await ProcessTree(str(tmp_path), process.pid).kill(grace_s=10)
    assert process.wait() == -signal.SIGTERM


async def test_what_detached_itself_is_found_as_well(
    started: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    detach = "import os; os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0); "
    process = start(started, tmp_path, detach + DEAF + SLEEP)
    tree = ProcessTree(str(tmp_path))
    (survivor,) = [pid for pid in tree.list_alive() if pid != process.pid]
    assert ProcessState.read(survivor) is not None
    await tree.kill(grace_s=0)
    state = ProcessState.read(survivor)
    assert state is None or state.letter == "Z"


async def test_others_are_left_alone(started: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    other = start(started, tmp_path / "other", "print(1, flush=True); " + SLEEP)
    await ProcessTree(str(tmp_path / "mine")).kill(grace_s=0)
    assert other.poll() is None
    assert os.getpid() not in ProcessTree(str(tmp_path)).list_alive()


def test_a_process_dies_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import os, subprocess, sys; from workers.browser.process_tree import die_with_parent\n"
        "if len(sys.argv) > 1:\n"
        "    die_with_parent(int(sys.argv[1])); print(os.getpid(), flush=True); "
        "sys.stdin.read(); __import__('time').sleep(100)\n"
        "child = subprocess.Popen([sys.executable, '-c', os.environ['CODE'], str(os.getpid())])\n"
        "child.wait()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "CODE": code},
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        with_handle = os.pidfd_open(child)
        parent.kill()
    try:
        asyncio.run(_wait_for_end(with_handle))
    finally:
        os.close(with_handle)


async def _wait_for_end(handle: int) -> None:
    """A process handle becomes readable when its process ends."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(handle, ended.set)
    async with asyncio.timeout(10):
        await ended.wait()


def test_a_process_whose_parent_is_gone_already_does_not_begin() -> None:
    code = "from workers.browser.process_tree import die_with_parent; die_with_parent(1234567)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert "process 1234567 is gone" in run.stderr
