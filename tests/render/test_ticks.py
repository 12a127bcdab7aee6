"""Ticks fall on round numbers and on round moments of the chat's zone."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.render.ticks import local_times, log_ticks, nice_step, time_ticks, value_ticks, years
from tests.render.samples import ENGLISH_LABELS, moment


def texts(start: datetime, step: timedelta, bars: int, zone: str = "UTC", most: int = 6) -> list[str]:
    opens = [(start + step * bar).timestamp() * 1000 for bar in range(bars)]
    return [tick.text for tick in time_ticks(local_times(opens, zone), ENGLISH_LABELS, most)]


@pytest.mark.parametrize(("span", "step"), [(1.0, 0.2), (7000.0, 2000.0), (1.2e-8, 2.5e-9), (13.0, 5.0)])
def test_nice_step(span: float, step: float) -> None:
    assert nice_step(span, 5) == pytest.approx(step)


@given(
    st.floats(1e-8, 1e6),
    st.floats(1e-3, 10.0),
)
def test_value_ticks_lie_inside_and_are_told_apart_by_their_decimals(low: float, share: float) -> None:
    high = low * (1 + share)
    ticks, decimals = value_ticks(low, high, 6)
    slack = (high - low) * 1e-6
    assert 2 <= len(ticks) <= 7
    assert all(low - slack <= tick <= high + slack for tick in ticks)
    for tick in ticks:
        assert float(f"{tick:.{decimals}f}") == pytest.approx(tick, rel=1e-9)


def test_value_ticks_of_a_quarter_step_show_both_decimals() -> None:
    assert value_ticks(0.0, 1.0, 4) == ([0.0, 0.25, 0.5, 0.75, 1.0], 2)


@pytest.mark.parametrize("least", [3, 5, 8])
def test_a_range_is_cut_finer_until_there_are_enough_ticks(least: int) -> None:
    ticks, _ = value_ticks(57_900.0, 70_100.0, 3, least)
    assert len(ticks) >= least
    assert np.diff(ticks) == pytest.approx(np.full(len(ticks) - 1, ticks[1] - ticks[0]))


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(3.0, 60.0, [5, 10, 20, 50]), (0.9, 2e7, [10.0**power for power in range(8)])],
)
def test_a_logarithmic_axis_has_ones_twos_and_fives_or_powers_of_ten(
    low: float, high: float, ticks: list[float]
) -> None:
    assert log_ticks(low, high) == pytest.approx(ticks)


def test_years_are_those_of_the_first_and_the_last_bar() -> None:
    new_year = datetime(2023, 12, 31, 20, 0, tzinfo=UTC)
    assert years([new_year, new_year + timedelta(hours=1)]) == "2023"
    assert years([new_year, new_year + timedelta(hours=8)]) == "2023–24"
    assert years([]) == ""


def test_four_hour_bars_are_dated_by_day() -> None:
    start = datetime(2022, 10, 21, tzinfo=UTC)
    assert texts(start, timedelta(hours=4), 120) == [
        *("23 Oct", "26 Oct", "29 Oct", "1 Nov"),
        *("4 Nov", "7 Nov"),
    ]


def test_quarter_hours_are_timed_and_midnight_is_dated_in_the_zone() -> None:
    start = datetime(2024, 8, 4, 18, 0, tzinfo=UTC)
    assert texts(start, timedelta(minutes=15), 48, zone="Europe/Istanbul") == [
        *("22:00", "5 Aug", "02:00", "04:00"),
        *("06:00", "08:00"),
    ]


def test_days_are_dated_by_month_and_the_year_shows() -> None:
    assert texts(datetime(2021, 10, 10, tzinfo=UTC), timedelta(days=1), 120) == ["Nov", "Dec", "2022", "Feb"]


def test_weeks_are_dated_by_half_years() -> None:
    found = texts(datetime(2021, 1, 4, tzinfo=UTC), timedelta(weeks=1), 120)
    assert found == ["Jul 2021", "Jan 2022", "Jul 2022", "Jan 2023"]


def test_a_zone_at_half_past_names_the_bars_own_time() -> None:
    found = texts(datetime(2024, 8, 4, 18, 0, tzinfo=UTC), timedelta(hours=1), 12, zone="Asia/Kolkata")
    assert found == ["5 Aug", "02:30", "04:30", "06:30", "08:30", "10:30"]


def test_the_hour_that_repeats_when_clocks_go_back_keeps_order() -> None:
    opens = [moment(2024, 10, 26) + hour * 3_600_000.0 for hour in range(60)]
    ticks = time_ticks(local_times(opens, "Europe/Berlin"), ENGLISH_LABELS, 6)
    assert [tick.text for tick in ticks] == ["12:00", "27 Oct", "12:00", "28 Oct", "12:00"]
    assert all(one.index < other.index for one, other in pairwise(ticks))


@pytest.mark.parametrize("bars", [0, 1, 2])
def test_few_bars_have_one_full_label_or_none(bars: int) -> None:
    found = texts(datetime(2024, 8, 5, 0, 5, tzinfo=UTC), timedelta(minutes=1), bars)
    assert found == ([] if not bars else [f"5 Aug 00:0{4 + bars}"])
