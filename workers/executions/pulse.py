"""Liveness: a process renews a small file that says which of its loops stand still.

What hangs cannot say that it hangs: whoever reads a file that nobody renews any more knows that the
event loop itself stands still, or that the process is gone.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from domain.shared.tasks import end_task
from workers.executions.identity import describe_worker, is_dead

log = structlog.get_logger()

RENEW_SECONDS = 1.0
SILENT_SECONDS = 10.0
"""A file this old: the event loop stands still."""
ROUND_SECONDS = 60.0
"""What a round may take beside its period: each store that is away is waited for, for seconds."""


@dataclass(slots=True)
class Loop:
    """Something that must go round, and when it last did."""

    bound_seconds: float
    last_round: float


class Pulse:
    """The loops of one process.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._loops: dict[str, Loop] = {}

    def expect(self, name: str, every_seconds: float) -> Callable[[], None]:
        """Expect rounds of a loop from now on; it calls what is returned in each of them."""
        loop = Loop(2 * every_seconds + ROUND_SECONDS, self._clock())
        self._loops[name] = loop

        def beat() -> None:
            loop.last_round = self._clock()

        return beat

    def find_still(self) -> dict[str, float]:
        """Loops beyond their bound, with the seconds since their last round."""
        now = self._clock()
        return {
            name: now - loop.last_round
            for name, loop in self._loops.items()
            if now - loop.last_round > loop.bound_seconds
        }


@asynccontextmanager
async def keep_pulse(pulse: Pulse, file: str) -> AsyncIterator[None]:
    """Renew `file` while the block runs, and remove it afterwards; without a file do nothing."""
    if not file:
        yield
        return
    keeper = asyncio.create_task(_renew(pulse, Path(file)), name="pulse")
    try:
        yield
    finally:
        await end_task(keeper)
        remove_pulse(Path(file))


async def _renew(pulse: Pulse, file: Path) -> None:
    process, told = describe_worker(), set[str]()
    while True:
        still = pulse.find_still()
        if still.keys() - told:
            log.error("pulse.stands_still", loops=still)
        told = set(still)
        try:
            write_pulse(file, process, still)
        except OSError as error:
            log.error("pulse.not_written", file=str(file), error=error.strerror)
        await asyncio.sleep(RENEW_SECONDS)


def write_pulse(file: Path, process: str, still: dict[str, float]) -> None:
    """Replace the file in one step, so that nobody reads half of it."""
    draft = file.with_name(f"{file.name}.draft")
    draft.write_text(json.dumps({"process": process, "still": still}))
    draft.replace(file)


def remove_pulse(file: Path) -> None:
    """The process stops on purpose: whoever looks finds that it is not there."""
    file.unlink(missing_ok=True)


def find_trouble(file: Path) -> str | None:
    """Why the process that keeps `file` is not alive and well, in one line; None when it is."""
    try:
        age = time.time() - file.stat().st_mtime
        said = json.loads(file.read_text())
    except FileNotFoundError:
        return f"no process keeps {file}: it has not begun to work, or has stopped"
    if is_dead(said["process"]):
        return f"the process that kept {file} is gone"
    if age > SILENT_SECONDS:
        return f"the event loop stands still: no pulse for {age:.0f} s"
    if said["still"]:
        named = (
            f"{name} (no round for {seconds:.0f} s)" for name, seconds in said["still"].items()
        )
        return f"standing still: {', '.join(named)}"
    return None
