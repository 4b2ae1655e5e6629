"""Numbers as people read them: durations, sizes, moments, and places on a time scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

_SECOND = 1000.0
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_KIB = 1024
_ROUND_SECONDS = (
    0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400,
)  # fmt: skip
MAX_TICKS = 6
SMALLEST_BAR = 0.4
UNKNOWN = "\N{EN DASH}"


def format_duration(milliseconds: float | None) -> str:
    """`842 ms`, `12.4 s`, `3 min 05 s`, `2 h 07 min`; a dash when it is not known."""
    if milliseconds is None:
        return UNKNOWN
    if milliseconds < _SECOND:
        return f"{milliseconds:.0f} ms"
    if milliseconds < _MINUTE:
        return f"{milliseconds / _SECOND:.1f} s"
    if milliseconds < _HOUR:
        minutes, rest = divmod(round(milliseconds / _SECOND), 60)
        return f"{minutes} min {rest:02d} s"
    hours, rest = divmod(round(milliseconds / _MINUTE), 60)
    return f"{hours} h {rest:02d} min"


def format_bytes(size: int) -> str:
    """`17 B`, `4 KB`, `1.2 MB`, in powers of 1,024."""
    if size < _KIB:
        return f"{size} B"
    if size < _KIB * _KIB:
        return f"{size / _KIB:.0f} KB"
    return f"{size / _KIB / _KIB:.1f} MB"


def format_moment(moment: datetime | None) -> str:
    """`2 March 2026, 12:00:04 UTC`; a dash when it is not known."""
    if moment is None:
        return UNKNOWN
    return f"{moment.day} {moment:%B %Y, %H:%M:%S} UTC"


def measure(start: datetime | None, end: datetime | None) -> float | None:
    """Milliseconds from `start` to `end`; None when one of them is missing."""
    if start is None or end is None:
        return None
    return max(0.0, (end - start).total_seconds() * 1000)


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of the time scale: where it begins and how long it is, in percent."""

    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the time scale."""

    left: float
    label: str


@dataclass(frozen=True, slots=True)
class TimeScale:
    """From the first start to the last end."""

    start: datetime
    end: datetime

    @classmethod
    def around(cls, moments: Sequence[datetime]) -> "TimeScale | None":
        """The scale that holds all moments; None when there are none, or all are the same."""
        if not moments or min(moments) == max(moments):
            return None
        return cls(min(moments), max(moments))

    @property
    def seconds(self) -> float:
        """How long the scale is."""
        return (self.end - self.start).total_seconds()

    def place(self, start: datetime, end: datetime) -> Bar:
        """The bar from `start` to `end`, wide enough to be seen."""
        left = min(self._percent(start), 100 - SMALLEST_BAR)
        width = max(SMALLEST_BAR, self._percent(end) - left)
        return Bar(round(left, 2), round(min(width, 100 - left), 2))

    def ticks(self) -> list[Tick]:
        """At most six marks at round numbers, the first at the beginning."""
        step = next(
            (size for size in _ROUND_SECONDS if self.seconds / size < MAX_TICKS), self.seconds / 4
        )
        count = int(self.seconds / step) + 1
        return [
            Tick(round(100 * number * step / self.seconds, 2), _label_tick(number * step))
            for number in range(count)
        ]

    def _percent(self, moment: datetime) -> float:
        share = (moment - self.start).total_seconds() / self.seconds
        return min(100.0, max(0.0, 100 * share))


def _label_tick(seconds: float) -> str:
    if seconds == 0:
        return "0"
    if seconds < 60:
        return f"{seconds:g} s"
    if seconds < 3600:
        return f"{seconds / 60:g} min"
    return f"{seconds / 3600:g} h"
