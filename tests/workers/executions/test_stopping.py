"""A worker that uses all the time it has for stopping is not killed before it is done."""

import re
from pathlib import Path

import pytest

from api.stack.units import product_processes
from domain.shared.settings import Settings
from workers.browser import browser_process

pytestmark = pytest.mark.unit

CLOSING_SECONDS = 5
COMPOSE = Path(__file__).parents[3] / "compose.yml"


def test_last_words_fit_into_the_time_a_worker_gets_and_that_into_the_containers():
    fields = Settings.model_fields
    grace = fields["stop_grace_seconds"].default + fields["kill_grace_seconds"].default
    (worker,) = [one for one in product_processes(1, grace) if one.name == "worker"]
    words = browser_process._LAST_WORDS_SECONDS
    assert worker.stop_seconds >= grace + words + CLOSING_SECONDS
    (container,) = re.findall(r"stop_grace_period: (\d+)s", COMPOSE.read_text())
    assert worker.stop_seconds <= int(container)
