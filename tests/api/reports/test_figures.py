"""Numbers in reports read as people say them."""

from datetime import UTC, datetime, timedelta

import pytest

from api.reports.figures import (
    MAX_TICKS,
    TimeScale,
    format_bytes,
    format_duration,
    format_moment,
    measure,
)

pytestmark = pytest.mark.unit

START = datetime(2026, 3, 2, 12, 0, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (None, "\N{EN DASH}"),
        (0, "0 ms"),
        (841.6, "842 ms"),
        (12_430, "12.4 s"),
        (185_000, "3 min 05 s"),
        (3_599_900, "60 min 00 s"),
        (7_620_000, "2 h 07 min"),
    ],
)
def test_durations(milliseconds: float | None, words: str):
    assert format_duration(milliseconds) == words


@pytest.mark.parametrize(("size", "words"), [(17, "17 B"), (4100, "4 KB"), (1_300_000, "1.2 MB")])
def test_sizes(size: int, words: str):
    assert format_bytes(size) == words


def test_moments_are_in_utc():
    assert format_moment(START) == "2 March 2026, 12:00:04 UTC"
    assert format_moment(None) == "\N{EN DASH}"


def test_what_has_not_ended_cannot_be_measured():
    assert measure(START, None) is None
    assert measure(START, START + timedelta(seconds=2)) == 2000


def test_there_is_no_scale_without_time():
    assert TimeScale.around([]) is None
    assert TimeScale.around([START, START]) is None


@pytest.mark.parametrize("seconds", [0.25, 1, 7, 42, 60, 61, 900, 86_400, 400_000])
def test_a_scale_has_few_round_marks_within_its_length(seconds: float):
    scale = TimeScale(START, START + timedelta(seconds=seconds))
    ticks = scale.ticks()
    assert 2 <= len(ticks) <= MAX_TICKS
    assert (ticks[0].left, ticks[0].label) == (0, "0")
    assert all(0 <= tick.left <= 100 for tick in ticks)


def test_bars_lie_on_the_scale_and_can_be_seen():
    scale = TimeScale(START, START + timedelta(seconds=100))
    whole = scale.place(START, scale.end)
    blink = scale.place(scale.end, scale.end)
    outside = scale.place(START - timedelta(days=1), scale.end + timedelta(days=1))
    assert (whole.left, whole.width) == (0, 100)
    assert blink.width > 0
    assert blink.left + blink.width <= 100
    assert (outside.left, outside.width) == (0, 100)
