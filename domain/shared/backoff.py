"""What a loop does about rounds that fail: ever longer pauses, and few words in the log."""

import time
from collections.abc import Callable

import structlog

from domain.shared.errors import Unavailable

log = structlog.get_logger()

LONGEST_SECONDS = 5.0
"""No pause is longer: what comes back must be noticed soon."""
SILENT_SECONDS = 30.0
"""How long a failure that goes on in the same way is not mentioned again."""


class Backoff:
    """The failures in a row of one loop.

    Args:
        loop: What lines in the log begin with.
        first_seconds: The pause after the first failure; each further one doubles it.
        longest_seconds: Where the doubling ends.
        clock: Seconds that never go back.
        about: What each line in the log tells besides.
    """

    def __init__(
        self,
        loop: str,
        first_seconds: float,
        *,
        longest_seconds: float = LONGEST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        **about: object,
    ) -> None:
        self._loop = loop
        self._first_seconds = min(first_seconds, longest_seconds)
        self._longest_seconds = longest_seconds
        self._clock = clock
        self._about = about
        self._pause: float | None = None
        self._last_kind: type[Exception] | None = None
        self._said_at = 0.0

    def fail(self, error: Exception) -> float:
        """Note a failure, in the log too if it is news, and return how long to pause."""
        before = self._pause
        self._pause = (
            self._first_seconds if before is None else min(2 * before, self._longest_seconds)
        )
        is_new = self._pause != before or type(error) is not self._last_kind
        self._last_kind = type(error)
        if is_new or self._clock() >= self._said_at + SILENT_SECONDS:
            self._said_at = self._clock()
            self._say(error)
        return self._pause

    def succeed(self) -> None:
        """Note that a round went well; the first one after failures is told of."""
        if self._pause is not None:
            log.info(f"{self._loop}.back", **self._about)
        self._pause = self._last_kind = None

    def _say(self, error: Exception) -> None:
        """Warn of a store that is away; give anything else with its traceback: our mistake."""
        if isinstance(error, Unavailable):
            log.warning(
                f"{self._loop}.waits", error=error.message, pause=self._pause, **self._about
            )
        else:
            log.error(f"{self._loop}.crashed", exc_info=error, pause=self._pause, **self._about)
