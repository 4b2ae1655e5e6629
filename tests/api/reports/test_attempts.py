"""Attempts are told with what a person needs to find out more."""

import os
import socket

import pytest

from api.reports.attempts import name_worker
from workers.executions.identity import describe_worker

pytestmark = pytest.mark.unit


def test_a_worker_is_called_by_its_host_and_process():
    assert name_worker(describe_worker()) == f"{socket.gethostname()}, process {os.getpid()}"


def test_a_name_of_another_kind_stays_as_it_is():
    assert name_worker("worker-7f3a:4211") == "worker-7f3a:4211"
