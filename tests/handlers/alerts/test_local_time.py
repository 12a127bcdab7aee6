"""Times of day across the nights on which clocks change."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.alerts.local_time import EVERY_DAY, WORKDAYS, QuietHours, next_due, quiet_until

NEW_YORK, ISTANBUL = ZoneInfo("America/New_York"), ZoneInfo("Europe/Istanbul")
HOUR, DAY = 3_600_000, 86_400_000


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def dues(at: time, zone: ZoneInfo, after: str, count: int) -> list[str]:
    found, now = list[str](), ms(after)
    for _ in range(count):
        now = next_due(at, EVERY_DAY, zone, now)
        found.append(datetime.fromtimestamp(now / 1000, UTC).strftime("%Y-%m-%d %H:%M"))
    return found


def test_a_time_that_does_not_exist_is_due_at_the_end_of_the_gap() -> None:
    assert dues(time(2, 30), NEW_YORK, "2026-03-07T12:00", 2) == ["2026-03-08 07:00", "2026-03-09 06:30"]
    # Istanbul's last change: 2016-03-27, from 03:00 to 04:00
    assert dues(time(3, 15), ISTANBUL, "2016-03-26T12:00", 2) == ["2016-03-27 01:00", "2016-03-28 00:15"]
    assert dues(time(0, 0), ZoneInfo("Africa/Cairo"), "2026-04-23T12:00", 2) == [
        "2026-04-23 22:00",
        "2026-04-24 21:00",
    ]


def test_a_time_that_comes_twice_is_due_once() -> None:
    assert dues(time(1, 30), NEW_YORK, "2026-10-31T12:00", 2) == ["2026-11-01 05:30", "2026-11-02 06:30"]


def test_the_hours_around_a_change_are_due_as_on_any_day() -> None:
    assert dues(time(8, 0), NEW_YORK, "2026-03-07T12:00", 3) == [
        "2026-03-07 13:00", "2026-03-08 12:00", "2026-03-09 12:00",
    ]  # fmt: skip
    assert dues(time(3, 0), NEW_YORK, "2026-03-07T12:00", 1) == ["2026-03-08 07:00"]
    assert dues(time(8, 0), ISTANBUL, "2026-10-24T12:00", 2) == ["2026-10-25 05:00", "2026-10-26 05:00"]


def test_a_moment_that_is_now_is_due_next_time() -> None:
    assert next_due(time(8), EVERY_DAY, ISTANBUL, ms("2026-06-17T05:00")) == ms("2026-06-18T05:00")
    assert next_due(time(8), EVERY_DAY, ISTANBUL, ms("2026-06-17T05:00") - 1) == ms("2026-06-17T05:00")


def test_only_the_named_days_count() -> None:
    friday = ms("2026-06-19T06:00")
    assert next_due(time(8), WORKDAYS, ISTANBUL, friday) == ms("2026-06-22T05:00")
    assert next_due(time(8), {4}, ISTANBUL, friday) == ms("2026-06-26T05:00")
    with pytest.raises(ValueError, match="name at least one"):
        next_due(time(8), set(), ISTANBUL, friday)


@given(
    start=st.integers(ms("2024-01-01T00:00"), ms("2028-01-01T00:00")),
    at=st.times(),
    zone=st.sampled_from(
        ["America/New_York", "Europe/Istanbul", "Africa/Cairo", "Australia/Lord_Howe", "UTC"]
    ),
)
def test_every_day_is_due_once(start: int, at: time, zone: str) -> None:
    local = at.replace(second=0, microsecond=0)
    first = next_due(local, EVERY_DAY, ZoneInfo(zone), start)
    second = next_due(local, EVERY_DAY, ZoneInfo(zone), first)
    assert start < first <= start + 26 * HOUR
    assert 23 * HOUR - HOUR / 2 <= second - first <= 25 * HOUR + HOUR / 2
    days = [datetime.fromtimestamp(due / 1000, ZoneInfo(zone)).date() for due in (first, second)]
    assert (days[1] - days[0]).days == 1


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-06-17T19:59", None),  # 22:59 in Istanbul
        ("2026-06-17T20:00", "2026-06-18T04:00"),
        ("2026-06-18T03:59", "2026-06-18T04:00"),
        ("2026-06-18T04:00", None),
    ],
)
def test_quiet_hours_over_midnight(now: str, until: str | None) -> None:
    found = quiet_until(QuietHours(time(23), time(7)), ISTANBUL, ms(now))
    assert found == (None if until is None else ms(until))


def test_quiet_hours_of_a_day_and_none() -> None:
    lunch = QuietHours(time(12), time(13))
    assert [lunch.hold(time(hour)) for hour in (11, 12, 13)] == [False, True, False]
    assert not QuietHours(time(8), time(8)).hold(time(8))


def test_quiet_hours_end_once_where_clocks_change() -> None:
    quiet = QuietHours(time(23), time(2, 30))
    assert quiet_until(quiet, NEW_YORK, ms("2026-03-08T06:30")) == ms("2026-03-08T07:00")
