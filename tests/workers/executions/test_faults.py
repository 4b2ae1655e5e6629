"""The engine's invariants, with real processes that are killed, stopped and cut off."""

import signal
from uuid import uuid4

import pytest

from domain.executions.request import NewExecution
from tests.workers.executions.conftest import LiveEngine

pytestmark = [pytest.mark.integration, pytest.mark.heavy, pytest.mark.no_rollback]


def waiting_probe(seconds: float, **changes: object) -> NewExecution:
    values = {"kind": "probe", "title": "Probe", "queue": "default", "input": {"seconds": seconds}}
    return NewExecution(**{**values, **changes})


async def test_work_is_done_and_every_invariant_holds(live: LiveEngine):
    live.start("worker")
    live.start("scheduler")
    executions = [await live.request() for _ in range(20)]
    for one in executions:
        await live.until_ended(one)
    live.check_invariants()


async def test_a_killed_worker_is_noticed_at_once_and_its_mission_ends(live: LiveEngine):
    live.start("scheduler")
    first = live.start("worker")
    lane = uuid4()
    children = [waiting_probe(0.5, lane=lane, position=n, title=str(n)) for n in range(4)]
    mission = await live.request_mission(*children)
    await live.until(lambda: live.ask("SELECT 1 FROM executions WHERE title = '1' AND attempt = 1"))
    first.kill()
    live.start("worker")
    await live.until_ended(mission)
    live.check_invariants()
    lost = live.ask("SELECT number FROM attempts WHERE outcome = 'lost'")
    assert lost == ["1"]


async def test_a_stopped_worker_is_replaced_and_cannot_write_when_it_wakes(live: LiveEngine):
    live.start("scheduler")
    frozen = live.start("worker")
    execution = await live.request(input={"seconds": 6})
    await live.until_running(execution)
    frozen.send_signal(signal.SIGSTOP)
    live.start("worker")
    await live.until(
        lambda: live.ask(f"SELECT 1 FROM executions WHERE id = '{execution}' AND attempt = 2")
    )
    frozen.send_signal(signal.SIGCONT)
    await live.until_ended(execution)
    log = live.logs / "worker-1.log"
    await live.until(lambda: "execution.replaced" in log.read_text())
    ends = live.ask(
        f"SELECT number, outcome FROM attempts WHERE execution_id = '{execution}' ORDER BY 1"
    )
    assert ends == ["1\tlost", "2\tsucceeded"]
    live.check_invariants()


async def test_without_a_scheduler_work_goes_on_and_with_it_nothing_is_lost(live: LiveEngine):
    live.start("worker")
    scheduler = live.start("scheduler")
    await live.until_ended(await live.request())
    scheduler.kill()
    second = await live.request()
    await live.until_ended(second)
    live.start("scheduler")
    live.check_invariants()


async def test_a_redis_that_restarts_empty_delays_work_but_loses_none(live: LiveEngine):
    live.start("scheduler")
    live.start("worker")
    running = await live.request(input={"seconds": 2})
    await live.until_running(running)
    live.redis.stop()
    waiting = [await live.request() for _ in range(5)]
    live.redis.remove()
    live.redis.start()
    for one in (running, *waiting):
        await live.until_ended(one)
    live.check_invariants()


async def test_a_postgres_that_restarts_in_mid_run_loses_nothing(live: LiveEngine):
    live.start("scheduler")
    live.start("worker")
    executions = [await live.request(input={"seconds": 1}) for _ in range(5)]
    await live.until_running(executions[-1])
    live.postgres.stop()
    live.postgres.start()
    for one in executions:
        await live.until_ended(one)
    live.check_invariants()


async def test_a_worker_that_is_told_to_stop_hands_its_lease_back_unspent(live: LiveEngine):
    live.start("scheduler")
    leaving = live.start("worker")
    execution = await live.request(input={"seconds": 3})
    await live.until_running(execution)
    leaving.terminate()
    assert leaving.wait(15) == 0
    assert live.status(execution) == "scheduled"
    live.start("worker")
    await live.until_ended(execution)
    spent = live.ask(f"SELECT failures, losses, attempt FROM executions WHERE id = '{execution}'")
    assert spent == ["0\t0\t2"]
    live.check_invariants()


async def test_cancel_reaches_a_running_execution_within_a_second(live: LiveEngine):
    live.start("scheduler")
    live.start("worker")
    mission = await live.request_mission(waiting_probe(60), waiting_probe(60))
    await live.until(lambda: len(live.ask("SELECT 1 FROM attempts")) == 2)
    await live.cancel(mission)
    await live.until(lambda: live.status(mission) == "canceled", seconds=3)
    live.check_invariants()


async def test_an_attempt_that_takes_too_long_is_stopped(live: LiveEngine):
    live.start("scheduler")
    live.start("worker")
    execution = await live.request(input={"seconds": 60}, timeout_seconds=0.5)
    await live.until_ended(execution, "timed_out")
    live.check_invariants()


async def test_what_kills_every_worker_ends_as_a_dead_letter(live: LiveEngine):
    live.start("scheduler")
    execution = await live.request(input={"seconds": 60})
    for attempt in (1, 2, 3):
        victim = live.start("worker")
        await live.until(
            lambda number=attempt: live.ask(
                f"SELECT 1 FROM attempts WHERE execution_id = '{execution}' AND number = {number}"
            )
        )
        victim.kill()
    await live.until_ended(execution, "abandoned")
    live.check_invariants()
