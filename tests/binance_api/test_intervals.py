"""Interval arithmetic, calendar months included."""

from datetime import UTC, datetime

import numpy as np
import pytest

from utils.binance_api.intervals import DAY, SHORTEST_MS, coming_close, last_close, missing_opens, next_open


def at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("start", "interval", "following"),
    [
        (at(2024, 1, 1), "1m", at(2024, 1, 1, 0, 1)),
        (at(2024, 1, 1), "1M", at(2024, 2, 1)),
        (at(2024, 12, 1), "1M", at(2025, 1, 1)),
        (at(2024, 2, 26), "1w", at(2024, 3, 4)),
        (at(2024, 2, 28), "3d", at(2024, 3, 2)),
    ],
)
def test_next_open(start: int, interval: str, following: int) -> None:
    assert next_open(start, interval) == following


def test_missing_openings() -> None:
    days = np.array([0, 1, 4, 5, 7], np.int64) * DAY
    assert (missing_opens(days, "1d") // DAY).tolist() == [2, 3, 6]
    months = np.array([at(2023, 11, 1), at(2024, 2, 1), at(2024, 3, 1)], np.int64)
    assert missing_opens(months, "1M").tolist() == [at(2023, 12, 1), at(2024, 1, 1)]
    for interval in SHORTEST_MS:
        assert missing_opens(np.empty(0, np.int64), interval).size == 0
        assert missing_opens(days[:1], interval).size == 0


@pytest.mark.parametrize(
    ("now", "interval", "closed"),
    [
        (1_700_000_000_123, "1m", 1_699_999_980_000),
        (1_700_000_000_123, "4h", 1_699_992_000_000),
        (1_700_006_400_000, "1d", 1_700_006_400_000),
        (1_700_000_000_123, "1w", 1_700_000_000_123),
    ],
)
def test_last_close(now: int, interval: str, closed: int) -> None:
    assert last_close(now, interval) == closed


@pytest.mark.parametrize(
    ("interval", "closes"),
    [
        ("1m", at(2024, 2, 28, 13, 8)),
        ("4h", at(2024, 2, 28, 16)),
        ("1d", at(2024, 2, 29)),
        ("3d", None),
        ("1w", at(2024, 3, 4)),
        ("1M", at(2024, 3, 1)),
    ],
)
def test_coming_close(interval: str, closes: int | None) -> None:
    assert coming_close(at(2024, 2, 28, 13, 7), interval) == closes


def test_the_coming_close_lies_ahead_at_a_close() -> None:
    assert coming_close(at(2024, 2, 28), "1d") == at(2024, 2, 29)
    assert coming_close(at(2024, 2, 26), "1w") == at(2024, 3, 4)
    assert coming_close(at(2024, 12, 1), "1M") == at(2025, 1, 1)
