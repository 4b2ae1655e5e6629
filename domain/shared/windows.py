"""Counts within moving windows of time, kept in Redis for all processes together.

A window is cut into slices. What was counted stays for at least the window and at most one slice
longer, so no period of that length ever holds more than its limit, wherever it begins. Several
windows are counted in one round trip, all of them or none (docs/decisions/limits-are-one-script.md).
"""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.shared.backoff import Backoff
from domain.shared.clock import Clock
from domain.shared.errors import TooMany, Unavailable
from domain.shared.tasks import end_task

T = TypeVar("T")

SLICES = 30
PREFIX = "metamorph:limits:"
PATIENCE_SECONDS = 0.2
"""How long one request waits for Redis."""
PAUSE_SECONDS = 1.0
"""How long nobody asks a Redis again that did not answer."""
LATE = 1.5
MOST_TOGETHER = 50
"""Callers; Redis does nothing else while it counts."""
AWAY = "Limits cannot be checked at the moment. Try again."
TAKE = Path(__file__).with_name("windows.lua").read_text()
GIVE_BACK = """
for i, key in ipairs(KEYS) do
    if redis.call('HEXISTS', key, ARGV[2 * i - 1]) == 1 then
        redis.call('HINCRBY', key, ARGV[2 * i - 1], -ARGV[2 * i])
    end
end
"""


@dataclass(frozen=True, slots=True)
class Charge:
    """So much, counted against one limit.

    Attributes:
        key: What is counted, without anything that is nobody's business in Redis.
        limit: How much of it fits into a window.
        period_seconds: The length of the window.
        amount: How much to count; what exceeds a whole window fills one.
    """

    key: str
    limit: int
    period_seconds: int
    amount: int = 1

    @property
    def taken(self) -> int:
        """What is counted."""
        return min(self.amount, self.limit)


@dataclass(frozen=True, slots=True)
class Count:
    """What one window holds after a charge, and how long until it holds nothing."""

    charge: Charge
    used: int
    reset_seconds: int
    slice: int

    @property
    def remaining(self) -> int:
        """How much still fits."""
        return max(0, self.charge.limit - self.used)


class Full(TooMany):
    """A window has no room for a charge.

    Attributes:
        charge: The one that did not fit.
        used: What the window holds.
    """

    def __init__(self, charge: Charge, retry_after_seconds: int, used: int) -> None:
        super().__init__(retry_after_seconds)
        self.charge = charge
        self.used = used


@dataclass(frozen=True, slots=True)
class Asked:
    """Charges that somebody waits for."""

    charges: Sequence[Charge]
    answer: "asyncio.Future[list[int]]"

    def succeed(self, numbers: list[int]) -> None:
        """Give what Redis said to whoever still waits."""
        if not self.answer.done():
            self.answer.set_result(numbers)

    def fail(self, error: BaseException) -> None:
        """Tell that nothing was counted, or that nobody knows."""
        if not self.answer.done():
            words = str(error) if isinstance(error, Unavailable) else AWAY
            self.answer.set_exception(Unavailable(words))


class Windows:
    """Counts charges; one per process.

    Charges of many callers that come while Redis is being asked are counted together in one round
    trip afterwards, each of them all or not at all: so the busier a process is, the less one costs.

    A Redis that is slow or away costs one request its patience. The others are told at once that
    it is away, until a second later one of them tries again: so an outage slows nobody down, and
    leaves one line in the log now and then.

    Args:
        redis: Where everything is counted.
        clock: The time; Redis' own unless given, because the clocks of processes differ.
        patience_seconds: How long to wait for an answer.
        monotonic: Seconds that never go back.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        clock: Clock | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._take = redis.register_script(TAKE)
        self._give_back = redis.register_script(GIVE_BACK)
        self._redis = redis
        self._clock = clock
        self._patience = patience_seconds
        self._monotonic = monotonic
        self._backoff = Backoff("limits", PAUSE_SECONDS, longest_seconds=PAUSE_SECONDS)
        self._closed_until = 0.0
        self._endings: set[asyncio.Task[None]] = set()
        self._asked: list[Asked] = []
        self._asking: asyncio.Task[None] | None = None

    async def take(self, charges: Sequence[Charge]) -> list[Count]:
        """Count all charges, or none where one does not fit.

        Raises:
            Full: There is no room; says where, and when there will be.
            Unavailable: Redis is away or slow.
        """
        asked = Asked(charges, asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_together(), name="count-together")
        refused, wait, *numbers = await asked.answer
        if refused:
            raise Full(charges[refused - 1], to_seconds(wait), numbers[3 * (refused - 1)])
        return [
            Count(charge, numbers[3 * at], to_seconds(numbers[3 * at + 1]), numbers[3 * at + 2])
            for at, charge in enumerate(charges)
        ]

    async def give_back(self, counts: Sequence[Count]) -> None:
        """Take charges back, as if they had never been.

        Raises:
            Unavailable: Redis is away or slow.
        """
        keys = [PREFIX + count.charge.key for count in counts]
        arguments = [part for count in counts for part in (count.slice, count.charge.taken)]
        await self._ask(lambda: self._give_back(keys, arguments))

    async def forget(self, key: str) -> None:
        """Empty a window.

        Raises:
            Unavailable: Redis is away or slow.
        """
        await self._ask(lambda: self._redis.delete(PREFIX + key))

    async def _ask_together(self) -> None:
        """Ask for everybody who waits in one go, and again while others have come meanwhile."""
        try:
            while self._asked:
                asked, self._asked = self._asked[:MOST_TOGETHER], self._asked[MOST_TOGETHER:]
                await self._ask_for(asked)
        finally:
            self._asking = None

    async def _ask_for(self, asked: Sequence["Asked"]) -> None:
        charges = [charge for one in asked for charge in one.charges]
        keys = [PREFIX + charge.key for charge in charges]
        arguments: list[str | int] = [self._now(), SLICES, len(asked)]
        arguments += [len(one.charges) for one in asked]
        for charge in charges:
            arguments += (charge.limit, charge.period_seconds * 1000, charge.taken)
        try:
            answers = await self._ask(lambda: self._take(keys, arguments))
        except BaseException as error:  # process edge of those who wait: each is told
            for one in asked:
                one.fail(error)
            if not isinstance(error, Unavailable):
                raise
        else:
            for one, answer in zip(asked, answers, strict=True):
                one.succeed(answer)

    def _now(self) -> str | int:
        return "" if self._clock is None else int(self._clock.now().timestamp() * 1000)

    async def _ask(self, question: Callable[[], Awaitable[T]]) -> T:
        """Ask Redis, unless it was away a moment ago."""
        if self._monotonic() < self._closed_until:
            raise Unavailable(AWAY)
        try:
            answer = await self._wait_for(question)
        except (RedisError, OSError) as error:
            away = Unavailable(f"Redis is away: {error}")
            self._closed_until = self._monotonic() + self._backoff.fail(away)
            raise Unavailable(AWAY) from error
        self._backoff.succeed()
        return answer

    async def _wait_for(self, question: Callable[[], Awaitable[T]]) -> T:
        """Ask once, and wait no longer than the patience lasts.

        Raises:
            TimeoutError: There is no answer yet.
        """

        async def ask() -> T:
            return await question()

        begun = self._monotonic()
        asking = asyncio.create_task(ask(), name="count-in-redis")
        try:
            await asyncio.wait({asking}, timeout=self._patience)
            if not asking.done() and self._monotonic() - begun > LATE * self._patience:
                # The alarm rang late: this process was busy, and the answer may be here already.
                await asyncio.wait({asking}, timeout=self._patience)
            if asking.done():
                return asking.result()
            raise TimeoutError("no answer in time")
        finally:
            if not asking.done():
                self._end(asking)

    def _end(self, asking: asyncio.Task[T]) -> None:
        """End a question nobody waits for any more; that may take longer than its patience."""
        ending = asyncio.create_task(end_task(asking), name="end-count-in-redis")
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
        asking.add_done_callback(lambda done: done.cancelled() or done.exception())


def to_seconds(milliseconds: int) -> int:
    """Whole seconds, rounded up: who comes back then is not too early."""
    return -(-milliseconds // 1000)


def name_key(kind: str, *parts: str) -> str:
    """The key of a window; Redis learns neither addresses nor accounts."""
    words = "\x00".join(parts).encode(errors="surrogatepass")
    return f"{kind}:{hashlib.sha256(words).hexdigest()[:32]}"
