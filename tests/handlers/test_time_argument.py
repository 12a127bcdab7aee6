"""The time argument: whole minutes in the chat's zone, never in the future, never before the exchange opened."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.time_argument import EARLIEST_MS, parse_time

UTC = ZoneInfo("UTC")
MINUTE_MS = 60_000
NOON_MS = 1_722_859_200_000  # 2024-08-05 12:00 UTC


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("-1m", NOON_MS - MINUTE_MS),
        ("-90m", NOON_MS - 90 * MINUTE_MS),
        ("-2h", NOON_MS - 120 * MINUTE_MS),
        ("-1d", NOON_MS - 1440 * MINUTE_MS),
        ("-1w", NOON_MS - 10_080 * MINUTE_MS),
        ("-0m", NOON_MS),
        ("2024-08-05T12:00", NOON_MS),
        ("2024-08-05t9:30", NOON_MS - 150 * MINUTE_MS),
    ],
)
@pytest.mark.parametrize("past_noon_ms", [0, 1, 20_500, 59_999])
def test_times_are_whole_minutes_whatever_the_second_of_the_question(
    word: str, expected: int, past_noon_ms: int
) -> None:
    assert parse_time(word, NOON_MS + past_noon_ms, UTC) == expected


@given(st.integers(0, 10_000), st.sampled_from("mhdw"), st.integers(NOON_MS, NOON_MS + 10**10))
def test_a_time_ago_is_the_whole_minute_at_or_before_it(count: int, unit: str, now_ms: int) -> None:
    at_ms = parse_time(f"-{count}{unit}", now_ms, UTC)
    if isinstance(at_ms, str):
        assert at_ms == "too_early"
        return
    length_ms = count * {"m": 1, "h": 60, "d": 1440, "w": 10_080}[unit] * MINUTE_MS
    assert at_ms % MINUTE_MS == 0
    assert 0 <= now_ms - length_ms - at_ms < MINUTE_MS


def test_now_is_not_the_future_and_a_minute_later_is() -> None:
    assert parse_time("2024-08-05T12:00", NOON_MS, UTC) == NOON_MS
    assert parse_time("2024-08-05T12:00", NOON_MS - 1, UTC) == "future"


def test_the_exchanges_first_minute_is_the_earliest_time() -> None:
    assert parse_time("2017-07-14", NOON_MS, UTC) == EARLIEST_MS
    assert parse_time("2017-07-13T23:59", NOON_MS, UTC) == "too_early"


def test_a_date_is_read_in_the_chats_zone_of_that_day() -> None:
    new_york = ZoneInfo("America/New_York")
    assert parse_time("2024-08-05T08:00", NOON_MS, new_york) == NOON_MS
    assert parse_time("2024-01-15T07:00", NOON_MS, new_york) == 1_705_320_000_000


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("yesterday", NOON_MS - 36 * 60 * MINUTE_MS),
        ("dün", NOON_MS - 36 * 60 * MINUTE_MS),
        ("DÜN 11:00", NOON_MS - 25 * 60 * MINUTE_MS),
        ("today", NOON_MS - 12 * 60 * MINUTE_MS),
        ("11:59", NOON_MS - MINUTE_MS),
        ("12:00", NOON_MS),
        ("12:01", NOON_MS - 1439 * MINUTE_MS),
        ("5.8.2024", NOON_MS - 12 * 60 * MINUTE_MS),
        ("3g", NOON_MS - 72 * 60 * MINUTE_MS),
        ("2saat", NOON_MS - 120 * MINUTE_MS),
        ("15dk", NOON_MS - 15 * MINUTE_MS),
    ],
)
def test_peoples_own_ways_are_read(word: str, expected: int) -> None:
    assert parse_time(word, NOON_MS, UTC) == expected


@pytest.mark.parametrize(
    "word",
    [
        "25:00",
        "12:60",
        "31.02.2024",
        "08/05/2024",
        "5.8.24",
        "3M",
        "3ay",
        "dün 25:00",
        "5.8-2024",
        "--3d",
        "²d",
        "3",
    ],
)
def test_what_is_no_time_or_can_mean_two_is_refused(word: str) -> None:
    assert parse_time(word, NOON_MS, UTC) == "time"


def test_names_of_days_and_times_of_day_are_those_of_the_chats_zone() -> None:
    istanbul = ZoneInfo("Europe/Istanbul")
    late_ms = NOON_MS + 10 * 60 * MINUTE_MS  # 22:00 UTC is 01:00 of the next day there
    assert parse_time("today", late_ms, istanbul) == NOON_MS + 9 * 60 * MINUTE_MS
    assert parse_time("00:30", late_ms, istanbul) == late_ms - 30 * MINUTE_MS
    assert parse_time("yesterday 23:00", late_ms, istanbul) == late_ms - 120 * MINUTE_MS
