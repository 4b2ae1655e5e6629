"""A crashing process is restarted at once, and ever more slowly when it keeps crashing."""

import pytest

from api.stack.units import product_processes, restart_delay

pytestmark = pytest.mark.unit


def test_the_first_crash_costs_no_time_and_further_ones_double_up_to_a_limit():
    delays = [restart_delay(crashes) for crashes in range(1, 9)]
    assert delays == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]


def test_the_api_stops_before_what_carries_out_its_work():
    names = [spec.name for spec in product_processes(workers=2, grace_seconds=10)]
    assert names == ["api", "scheduler", "worker-1", "worker-2"]


def test_a_worker_gets_its_grace_before_it_is_killed():
    worker = product_processes(workers=1, grace_seconds=10)[-1]
    assert worker.name == "worker"
    assert worker.stop_seconds > 10
