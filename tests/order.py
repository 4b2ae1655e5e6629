"""A pytest plugin: what is handed to which process when several share a run."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling


class WholeFiles(LoadFileScheduling):
    """A file stays with one process, and so do all end-to-end tests, which share a stack."""

    def _split_scope(self, nodeid: str) -> str:
        return "e2e" if nodeid.startswith("e2e/") else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> WholeFiles:
    """Use `WholeFiles`, whatever `--dist` says."""
    return WholeFiles(config, log)
