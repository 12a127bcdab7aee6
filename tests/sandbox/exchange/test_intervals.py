"""Buckets open where the exchange opens them."""

from datetime import UTC, datetime

import pytest

from utils.sandbox.exchange.market.contract import Window
from utils.sandbox.exchange.market.intervals import INTERVALS

HOUR_MS = 3_600_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("name", "moment", "opened"),
    [
        ("1m", "2026-11-20T12:34:56", "2026-11-20T12:34:00"),
        ("15m", "2026-11-20T12:34:56", "2026-11-20T12:30:00"),
        ("4h", "2026-11-20T12:34:56", "2026-11-20T12:00:00"),
        ("12h", "2026-11-20T12:34:56", "2026-11-20T12:00:00"),
        ("1d", "2026-11-20T12:34:56", "2026-11-20T00:00:00"),
        ("1w", "2026-11-20T12:34:56", "2026-11-16T00:00:00"),
        ("1w", "2026-11-16T00:00:00", "2026-11-16T00:00:00"),
        ("1M", "2026-11-20T12:34:56", "2026-11-01T00:00:00"),
    ],
)
def test_open_of(name: str, moment: str, opened: str) -> None:
    assert INTERVALS[name].open_of(ms(moment)) == ms(opened)


def test_months_step_over_their_unequal_lengths() -> None:
    month = INTERVALS["1M"]
    assert month.step(ms("2026-01-01"), 2) == ms("2026-03-01")
    assert month.step(ms("2026-01-01"), -1) == ms("2025-12-01")


def test_a_time_zone_moves_the_day() -> None:
    day = INTERVALS["1d"]
    assert day.open_of(ms("2026-11-20T23:30:00"), 3 * HOUR_MS) == ms("2026-11-20T21:00:00")


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        (None, None, 8, 12),
        (3, None, 3, 7),
        (None, 6, 2, 6),
        (3, 5, 3, 5),
        (3, 11, 3, 7),
        (10, None, 10, 12),
        (2.5, None, 3, 7),
        (None, 6.5, 2, 6),
    ],
)
def test_the_paging_rule(start: float | None, end: float | None, first: int, last: int) -> None:
    window = Window(
        INTERVALS["1h"],
        limit=5,
        start_ms=None if start is None else int(start * HOUR_MS),
        end_ms=None if end is None else int(end * HOUR_MS),
    )
    assert window.bounds(0, int(12.6 * HOUR_MS)) == (first * HOUR_MS, last * HOUR_MS)


def test_paging_starts_no_earlier_than_the_listing() -> None:
    window = Window(INTERVALS["1h"], limit=3, start_ms=0)
    assert window.bounds(10 * HOUR_MS, 20 * HOUR_MS) == (10 * HOUR_MS, 12 * HOUR_MS)
