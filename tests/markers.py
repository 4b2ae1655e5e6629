"""A pytest plugin: every test has exactly one primary marker, or its file is not collected.

Files that take long, with servers or browsers of their own or with waiting, say `heavy` as well
and come first, and pure code comes last, so that a run does not end with one process at work.
"""

from collections.abc import Generator, Sequence

import pytest

PRIMARY_MARKERS = ("unit", "contract", "integration", "e2e", "live_drift")
RULE = f"exactly one of the markers {', '.join(PRIMARY_MARKERS)} per test"


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a module or class with offenders into a collection error that names them.

    A collection error stops the run, also where several processes collect, and comes before
    `-m` and `-k` hide anything.
    """
    report = yield
    items = [child for child in report.result or [] if isinstance(child, pytest.Item)]
    offences = [line for item in items if (line := describe_offence(item))]
    if offences:
        report.outcome = "failed"
        report.longrepr = "\n".join([f"{RULE}, but:", *offences])
        report.result = []
    return report


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files in their order; look again, as another plugin may have added a marker.

    Raises:
        pytest.UsageError: names every test that lost its one primary marker.
    """
    offences = [line for item in items if (line := describe_offence(item))]
    if offences:
        raise pytest.UsageError("\n".join([f"{RULE}, but while collecting:", *offences]))
    items.sort(key=how_late)


def how_late(item: pytest.Item) -> int:
    """The longer a file takes, the sooner it comes."""
    if item.get_closest_marker("heavy"):
        return 0
    return 1 if item.get_closest_marker("integration") else 2


def describe_offence(item: pytest.Item) -> str | None:
    """One line that names the test and the primary markers it has, or None when it has one."""
    marks = primary_markers_of(item)
    if len(marks) == 1:
        return None
    return f"  {item.nodeid}: {', '.join(marks) or 'none'}"


def primary_markers_of(item: pytest.Item) -> Sequence[str]:
    """The different primary markers of a test, from itself, its class, module and parameters."""
    found = {mark.name for mark in item.iter_markers()}
    return [name for name in PRIMARY_MARKERS if name in found]
