"""What `python -m benchmarks` offers."""

import importlib

import pytest

from benchmarks.__main__ import MODULES

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", MODULES)
def test_every_benchmark_can_be_run_by_its_name(name: str) -> None:
    assert callable(importlib.import_module(MODULES[name]).run)
