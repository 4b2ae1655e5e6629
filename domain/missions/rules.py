"""What a run is, and which of its tests are carried out again."""

from typing import Final

from domain.executions.states import Status

RUN_KIND: Final = "mission"
"""Kind of the parent execution that is one run of a mission."""
BROWSER_ATTEMPTS = 3
"""A browser or a store that gave up is no answer about the application: it is asked again."""
BROWSER_KIND: Final = "browser"
MANUAL_KIND: Final = "manual"
BROWSER_QUEUE: Final = "browser"
RUN_TIMEOUT_SECONDS: Final = 30 * 86_400
"""A run with manual tests waits for people; each test has its own, shorter limit."""

RETRIED: Final = frozenset({Status.FAILED, Status.TIMED_OUT, Status.ABANDONED})
"""Ends of a test that a retry repeats; a canceled test was stopped on purpose."""
