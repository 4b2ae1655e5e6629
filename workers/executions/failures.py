"""What a loop says of a round that failed; whatever it was, the next round follows."""

import structlog

from domain.shared.errors import Unavailable

log = structlog.get_logger()


def report_failure(loop: str, error: Exception, **about: object) -> None:
    """Warn of a store that is away; give anything else with its traceback, it is our mistake."""
    if isinstance(error, Unavailable):
        log.warning(f"{loop}.waits", error=error.message, **about)
    else:
        log.error(f"{loop}.crashed", exc_info=error, **about)
