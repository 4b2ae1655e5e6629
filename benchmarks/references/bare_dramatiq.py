"""Dramatiq bare: an actor that notes when it was called; no database, no durability, no fence."""

import json
import sys
import threading
import time

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from benchmarks.servers import percentile

THREADS = 4
POLL_MILLISECONDS = 50


def main() -> None:
    """Measure and print."""
    asked = json.load(sys.stdin)
    options = {"url": asked["redis"], "middleware": [], "namespace": "bare"}
    broker = RedisBroker(**options)  # type: ignore[no-untyped-call]  # Dramatiq leaves it untyped
    pickups: list[float] = []
    lock = threading.Lock()

    @dramatiq.actor(queue_name="bench", broker=broker)
    def note(sent: float) -> None:
        with lock:
            pickups.append((time.time() - sent) * 1000)

    worker = dramatiq.Worker(broker, worker_timeout=POLL_MILLISECONDS, worker_threads=THREADS)
    worker.start()
    for _ in range(asked["samples"]):
        note.send(time.time())
        time.sleep(asked["pause"])
    idle = sorted(pickups)
    begin = time.perf_counter()
    for _ in range(asked["count"]):
        note.send(time.time())
    deadline = time.monotonic() + 60
    while len(pickups) < asked["samples"] + asked["count"] and time.monotonic() < deadline:
        time.sleep(0.01)
    rate = asked["count"] / (time.perf_counter() - begin)
    worker.stop()
    print(json.dumps({"rate": rate, "p50": percentile(idle, 0.5), "p95": percentile(idle, 0.95)}))


if __name__ == "__main__":
    main()
