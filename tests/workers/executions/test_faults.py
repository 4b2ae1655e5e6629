"""The engine's invariants, with real processes that are killed, stopped and cut off."""

import signal
import time
from uuid import UUID, uuid4

import pytest

from domain.executions.request import NewExecution
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitsOfWork
from tests.workers.executions.conftest import RECOVERY_SECONDS, LiveEngine
from workers.executions.pulse import find_trouble

pytestmark = [pytest.mark.integration, pytest.mark.heavy, pytest.mark.no_rollback]

OVERDUE = """
SELECT id FROM executions WHERE status = 'running' AND lease_until < clock_timestamp()
UNION SELECT e.id FROM executions e JOIN outbox o ON o.execution_id = e.id
WHERE e.status = 'scheduled' AND o.sends = 0 AND o.due_at < clock_timestamp()
"""
RELAYED = "SELECT execution_id FROM outbox WHERE sends > 0"


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


async def test_a_stopped_worker_is_seen_and_replaced_and_cannot_write_when_it_wakes(
    live: LiveEngine,
):
    for name in ("LEASE", "HEARTBEAT"):  # as an installation has them: 15 s and 5 s
        del live.environment[f"METAMORPH_{name}_SECONDS"]
    live.start("scheduler")
    frozen, pulse = live.start("worker"), live.pulse_file("worker-1")
    mission = await live.request_mission(waiting_probe(4, title="First"))
    (execution,) = live.ask("SELECT id FROM executions WHERE title = 'First'")
    await live.until_running(UUID(execution))
    await live.until(lambda: "step.started" in live.tell(execution))
    await live.until(lambda: find_trouble(pulse) is None)
    frozen.send_signal(signal.SIGSTOP)
    stopped_at = time.monotonic()
    live.start("worker")
    await live.until(lambda: "event loop stands still" in (find_trouble(pulse) or ""))
    second = f"SELECT 1 FROM executions WHERE id = '{execution}' AND attempt = 2"
    await live.until(lambda: live.ask(second))

    frozen.send_signal(signal.SIGCONT)
    log = live.logs / "worker-1.log"
    await live.until(lambda: "execution.replaced" in log.read_text())
    assert live.status(UUID(execution)) == "running", "the stale worker did not end it"
    await live.until(lambda: find_trouble(pulse) is None)
    await live.until_ended(mission)
    assert time.monotonic() - stopped_at < RECOVERY_SECONDS
    assert live.tell(execution) == [
        *("execution.requested", "execution.scheduled"),
        *("execution.started", "step.started", "execution.lost"),
        *("execution.started", "step.started", "execution.finished"),
    ]
    outcomes = f"SELECT number, outcome FROM attempts WHERE execution_id = '{execution}' ORDER BY 1"
    assert live.ask(outcomes) == ["1\tlost", "2\tsucceeded"]
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


async def test_what_was_overdue_when_the_scheduler_was_killed_is_settled_by_the_next_one(
    live: LiveEngine,
):
    silent = await live.request(title="Silent", input={"seconds": 3})
    retried = await live.request(
        title="Retried", input={"seconds": 60}, timeout_seconds=0.2, max_attempts=4
    )
    # A third failure waits for 4 s: long enough to freeze everything before it is due.
    live.run_sql(f"UPDATE executions SET failures = 2 WHERE id = '{retried}'")
    dying, frozen = live.start("scheduler"), live.start("worker")
    await live.until_running(silent)
    await live.until(lambda: live.ask("SELECT 1 FROM attempts WHERE outcome = 'timed_out'"))
    frozen.send_signal(signal.SIGSTOP)
    dying.send_signal(signal.SIGSTOP)
    unsent = await live.request(UnitsOfWork(live.units.database, SilentOutlet()), title="Unsent")
    overdue = {str(silent), str(retried), str(unsent)}
    await live.until(lambda: set(live.ask(OVERDUE)) == overdue)
    dying.kill()

    restarted_at = time.monotonic()
    live.start("scheduler")
    await live.until(lambda: set(live.ask(RELAYED)) == overdue)
    live.start("worker")
    await live.until_ended(retried, "timed_out")
    await live.until_ended(silent)
    await live.until_ended(unsent)
    assert time.monotonic() - restarted_at < RECOVERY_SECONDS
    tried = "SELECT title, number, outcome FROM attempts JOIN executions e ON e.id = execution_id"
    assert live.ask(f"{tried} ORDER BY 1, 2") == [
        *("Retried\t1\ttimed_out", "Retried\t2\ttimed_out"),
        *("Silent\t1\tlost", "Silent\t2\tsucceeded"),
        "Unsent\t1\tsucceeded",
    ]
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


async def test_a_postgres_that_restarts_in_mid_run_loses_nothing(
    live_on_own_postgres: LiveEngine,
):
    live = live_on_own_postgres
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
