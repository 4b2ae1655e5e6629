"""A pytest plugin: every test has exactly one primary marker, or nothing is run at all."""

from collections.abc import Sequence

import pytest

PRIMARY_MARKERS = ("unit", "contract", "integration", "e2e", "live_drift")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse the collection before `-m` and `-k` have hidden anything.

    Raises:
        pytest.UsageError: names every test without exactly one primary marker.
    """
    offenders = [line for item in items if (line := describe_offence(item))]
    if offenders:
        raise pytest.UsageError(
            f"{len(offenders)} test(s) without exactly one primary marker"
            f" ({', '.join(PRIMARY_MARKERS)}):\n" + "\n".join(offenders)
        )


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
