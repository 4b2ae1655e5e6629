"""DBOS: a queued workflow with one step, enqueued by eight threads, worked in the same process."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from dbos import DBOS

from benchmarks.servers import percentile

THREADS = 8
QUEUE = "bench"
POLL_SECONDS = 0.05
started: list[float] = []


def do_nothing() -> None:
    """The step."""


step = DBOS.step()(do_nothing)


def flow(sent: float) -> None:
    """The workflow."""
    started.append((time.time() - sent) * 1000)
    step()


workflow = DBOS.workflow()(flow)


def main() -> None:
    """Measure and print."""
    asked = json.load(sys.stdin)
    DBOS(
        config={
            "name": "bench",
            "system_database_url": asked["postgres"],
            "log_level": "ERROR",
            "console_log_level": "ERROR",
            "use_listen_notify": True,
        }
    )
    DBOS.launch()
    DBOS.register_queue(QUEUE, polling_interval_sec=POLL_SECONDS)
    DBOS.enqueue_workflow(QUEUE, workflow, time.time()).get_result()
    started.clear()
    for _ in range(asked["samples"]):
        DBOS.enqueue_workflow(QUEUE, workflow, time.time()).get_result()
        time.sleep(asked["pause"])
    pickups = sorted(started)
    begin = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as threads:
        handles = list(
            threads.map(
                lambda _: DBOS.enqueue_workflow(QUEUE, workflow, time.time()), range(asked["count"])
            )
        )
    for handle in handles:
        handle.get_result()
    rate = asked["count"] / (time.perf_counter() - begin)
    DBOS.destroy()
    print(
        json.dumps(
            {"rate": rate, "p50": percentile(pickups, 0.5), "p95": percentile(pickups, 0.95)}
        )
    )


if __name__ == "__main__":
    main()
