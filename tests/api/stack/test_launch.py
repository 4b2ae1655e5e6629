"""What the launcher starts dies with its parent, without privileges and with default signals."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from api.stack import launch
from api.stack.children import end_child
from tests.api.processes import eventually, is_alive

pytestmark = pytest.mark.integration

PARENT = """
import os, subprocess, sys
command = [sys.executable, "-I", "-S", sys.argv[1], str(os.getpid()), sys.argv[2], "-1", "-1", "--"]
child = subprocess.Popen([*command, "/bin/sleep", "60"])
print(child.pid, flush=True)
sys.stdin.read()
"""


def launch_command(*options: object) -> list[str]:
    return [sys.executable, "-I", "-S", launch.__file__, *(str(option) for option in options), "--"]


@pytest.mark.skipif(
    sys.platform != "linux", reason="the kernel's death signal exists on Linux only"
)
def test_a_child_dies_when_its_parent_is_killed():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, launch.__file__, str(int(signal.SIGTERM))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    child = int(parent.stdout.readline())
    assert eventually(lambda: psutil.Process(child).name() == "sleep")
    parent.kill()
    parent.communicate(timeout=10)
    assert eventually(lambda: not is_alive(child))


def test_nothing_is_started_when_the_parent_is_gone_already():
    command = launch_command(1, int(signal.SIGTERM), -1, -1)
    result = subprocess.run(
        [*command, "/bin/echo", "started"], check=False, capture_output=True, text=True
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert "is gone" in result.stderr


def test_signals_that_the_starter_ignored_are_handled_again():
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("reads signal masks from /proc")
    shell = 'trap "" INT TERM; exec "$@"'
    command = launch_command(os.getpid(), int(signal.SIGTERM), -1, -1)
    result = subprocess.run(
        ["/bin/sh", "-c", shell, "sh", *command, "/bin/grep", "SigIgn", str(status)],
        check=True,
        capture_output=True,
        text=True,
    )
    ignored = int(result.stdout.split()[1], 16)
    assert ignored & (1 << (signal.SIGINT - 1) | 1 << (signal.SIGTERM - 1)) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_an_account_keeps_none_of_roots_rights():
    command = launch_command(os.getpid(), int(signal.SIGTERM), 65534, 65534)
    result = subprocess.run(
        [*command, "/usr/bin/id"], check=True, capture_output=True, text=True, extra_groups=[0, 4]
    )
    assert result.stdout.startswith("uid=65534")
    assert "root" not in result.stdout
    assert "(adm)" not in result.stdout


def test_a_child_that_ignores_a_signal_is_killed():
    deaf = "import signal, sys; signal.signal(15, signal.SIG_IGN); print(1, flush=True); sys.stdin.read()"
    child = subprocess.Popen(
        [sys.executable, "-c", deaf],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with child:
        child.stdout.readline()
        end_child(child, (signal.SIGTERM, 0.1), whole_group=False)
    assert child.returncode == -signal.SIGKILL
