"""`metamorph up` and `down`: one stack per directory, which keeps its data and leaves no process."""

import os
import signal
import socket
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from api.stack.redis import EmbeddedRedis
from tests.api.cli.stacks import StackHere
from tests.api.processes import eventually, is_alive
from workers.executions.identity import describe_worker
from workers.executions.pulse import write_pulse

pytestmark = [pytest.mark.integration, pytest.mark.heavy]

PARTS = {"postgres", "redis", "api", "worker"}


async def run_as_owner(stack: StackHere, statement: str) -> object:
    engine = create_async_engine(stack.record.urls.owner)
    try:
        async with engine.begin() as connection:
            result = await connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None
    finally:
        await engine.dispose()


def family(stack: StackHere) -> list[int]:
    """The supervisor and everything below it."""
    supervisor = psutil.Process(stack.record.supervisor.pid)
    return [supervisor.pid, *(child.pid for child in supervisor.children(recursive=True))]


async def test_up_returns_when_ready_and_down_leaves_data_but_no_process(stack):
    started = stack.run("up")
    assert (started.returncode, started.stdout[:6]) == (0, "Ready:"), started.stderr
    assert set(stack.pids) == PARTS
    await run_as_owner(stack, "CREATE TABLE kept AS SELECT 42 AS answer")
    members = family(stack)
    assert stack.run("down").stdout == "Stopped.\n"
    assert [pid for pid in members if is_alive(pid)] == []

    assert stack.run("up").returncode == 0
    assert await run_as_owner(stack, "SELECT answer FROM kept") == 42


def test_a_second_up_says_that_it_runs_already(running):
    before = running.pids
    again = running.run("up")
    assert again.returncode == 0
    assert again.stdout.startswith(f"Running already: {running.record.base_url}")
    assert running.pids == before
    foreground = running.run("up", "--foreground")
    assert (foreground.returncode, foreground.stdout[:16]) == (0, "Running already:")


def test_two_ups_at_once_make_one_stack(stack):
    first, second = stack.spawn("up"), stack.spawn("up")
    said = sorted(process.communicate(timeout=60)[0][:7] for process in (first, second))
    assert (first.returncode, second.returncode) == (0, 0)
    assert said == ["Ready: ", "Running"]


def test_status_lists_the_parts(running):
    shown = running.run("status")
    assert shown.returncode == 0
    assert all(part in shown.stdout for part in PARTS)


def test_status_tells_which_part_stands_still(running):
    worker = psutil.Process(running.pids["worker"])
    file = Path(worker.environ()["METAMORPH_PULSE_FILE"])
    assert file == running.var_dir / "run" / "worker.pulse"
    write_pulse(file, describe_worker(), {"claims of default": 70.0})
    try:
        shown = running.run("status", COLUMNS="200").stdout
        assert "standing still: claims of default (no round for 70 s)" in shown
    finally:
        file.unlink()


def test_status_fails_when_nothing_runs(stack):
    shown = stack.run("status")
    assert (shown.returncode, shown.stdout) == (1, "Not running.\n")


async def test_after_a_kill_of_the_supervisor_everything_ends_and_up_recovers(stack):
    stack.run("up")
    await run_as_owner(stack, "CREATE TABLE kept AS SELECT 42 AS answer")
    parts = [*stack.pids.values()]
    worker = psutil.Process(stack.pids["worker"])
    assert eventually(lambda: len(worker.children()) == 1)
    grandchild = worker.children()[0]
    os.kill(stack.record.supervisor.pid, signal.SIGKILL)
    assert eventually(lambda: not any(is_alive(pid) for pid in parts))
    assert stack.run("up").returncode == 0
    assert not is_alive(grandchild.pid)
    assert await run_as_owner(stack, "SELECT answer FROM kept") == 42


def test_what_a_killed_supervisor_could_not_end_is_ended_by_the_next_up(stack):
    stack.run("up", STAND_IN_WORKER="stubborn")
    worker = psutil.Process(stack.pids["worker"])
    assert eventually(lambda: len(worker.children()) == 1)
    grandchild = worker.children()[0]
    os.kill(stack.record.supervisor.pid, signal.SIGKILL)
    assert eventually(lambda: stack.run("status").returncode == 1)
    assert is_alive(worker.pid)
    assert stack.run("up").returncode == 0
    assert not is_alive(worker.pid)
    assert not is_alive(grandchild.pid)


@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_killed_part_is_started_again_under_the_same_addresses(running, part):
    before, urls = running.pids, running.record.urls
    os.kill(before[part], signal.SIGKILL)
    assert eventually(lambda: running.pids.get(part) not in {None, before[part]})
    others = {name: pid for name, pid in running.pids.items() if name != part}
    assert others == {name: pid for name, pid in before.items() if name != part}
    assert running.record.urls == urls
    assert running.record.restarts[part] == 1


def test_a_part_that_keeps_crashing_stops_the_start_with_its_last_words(stack):
    failed = stack.run("up", STAND_IN_WORKER="broken")
    assert failed.returncode == 1
    assert "worker keeps crashing: the queue is on fire" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert stack.run("status").returncode == 1


def test_ctrl_c_in_the_foreground_stops_everything_api_first(stack):
    process = stack.spawn("up", "--foreground")
    assert process.stdout.readline().startswith("Ready:")
    members = family(stack)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert [pid for pid in members if is_alive(pid)] == []
    assert (stack.var_dir / "order").read_text().split() == ["api", "worker"]


def test_a_taken_port_is_named_with_a_way_out(stack):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        failed = stack.run("up", METAMORPH_PORT=str(port))
    assert failed.returncode == 1
    line = failed.stderr.splitlines()[-1]
    assert line.startswith(f"metamorph: port {port} on 127.0.0.1 is in use by ")
    assert line.endswith(f"METAMORPH_PORT={port + 1}")
    assert "Traceback" not in failed.stderr


def test_servers_of_someone_else_are_used_and_none_is_started(stack, place, stores):
    redis = EmbeddedRedis(place / "other", durable=False)
    try:
        started = stack.run(
            "up",
            METAMORPH_DATABASE_URL=stores.urls.app,
            METAMORPH_ENGINE_DATABASE_URL=stores.urls.engine,
            METAMORPH_OWNER_DATABASE_URL=stores.urls.owner,
            METAMORPH_REDIS_URL=redis.start(),
        )
        assert started.returncode == 0, started.stderr
        assert set(stack.pids) == {"api", "worker"}
    finally:
        redis.remove()


def test_only_some_database_urls_are_refused(stack):
    failed = stack.run("up", METAMORPH_DATABASE_URL="postgresql+asyncpg://here/x")
    assert failed.returncode == 1
    assert "METAMORPH_OWNER_DATABASE_URL must be set too" in failed.stderr


def test_down_without_a_stack_is_no_failure(stack):
    answer = stack.run("down")
    assert (answer.returncode, answer.stdout) == (0, "Not running.\n")
    assert not stack.var_dir.exists()
