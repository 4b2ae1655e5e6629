"""A pytest plugin: what is handed to which process when several share a run, and in which order."""

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files first whose tests start stacks, servers or browsers of their own (`heavy`).

    So the last minute of a run is not one process at work on one of them.
    """
    items.sort(key=lambda item: item.get_closest_marker("heavy") is None)
