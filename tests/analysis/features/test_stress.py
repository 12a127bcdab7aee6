"""Crash replay against hand-made baskets, the margin balance, and recorded lows."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose

from analysis.features import stress
from analysis.features.liquidation import Brackets, maintenance_margin
from analysis.features.stress import EVENTS, CrashPath, Replayed
from tests.support.recorded import recorded_bars

HOURS = np.array([0, 3_600_000, 7_200_000], dtype=np.int64)
FALL = CrashPath(HOURS, np.array([-0.1, -0.4, -0.2]), np.array([0.02, -0.1, 0.0]))
RISE = CrashPath(HOURS, np.array([-0.05, 0.0, 0.1]), np.array([0.1, 0.2, 0.5]))
BRACKETS = Brackets(
    floor=np.array([0.0, 50_000.0]),
    cap=np.array([50_000.0, 600_000.0]),
    mmr=np.array([0.004, 0.005]),
    cum=np.array([0.0, 50.0]),
    max_leverage=np.array([50.0, 20.0]),
)


def test_windows_are_the_named_days_in_utc() -> None:
    spans = [
        (datetime.fromtimestamp(e.start / 1000, UTC), datetime.fromtimestamp(e.end / 1000, UTC))
        for e in EVENTS
    ]
    assert [(f"{a:%Y-%m-%d %H}", f"{b:%Y-%m-%d %H}") for a, b in spans] == [
        ("2020-03-12 00", "2020-03-14 00"),
        ("2021-05-19 00", "2021-05-20 00"),
        ("2022-05-07 00", "2022-05-13 00"),
        ("2022-11-06 00", "2022-11-11 00"),
        ("2024-08-04 00", "2024-08-06 00"),
    ]
    assert [e.hours for e in EVENTS] == [48, 24, 144, 120, 48]


def test_a_basket_by_hand() -> None:
    paths = {"a": FALL, "b": RISE}
    assert stress.replay({"a": 1.0}, paths) == Replayed(0.4, 3_600_000)
    # 100 long a and 50 short b: -10 - 5, -40 - 10, -20 - 25
    assert stress.replay({"a": 100.0, "b": -50.0}, paths) == Replayed(50.0, 3_600_000)
    # a hedge of 200: +lows of b are taken at -10, 0, 20; a's at -10, -40, -20
    assert stress.replay({"a": 100.0, "b": 200.0}, paths).loss == pytest.approx(40.0)
    assert stress.replay({"b": 1.0, "a": 0.0}, paths).loss == pytest.approx(0.05)
    winner = CrashPath(HOURS, np.array([0.1, 0.2, 0.3]), np.array([0.2, 0.3, 0.4]))
    assert stress.replay({"w": 1.0}, {"w": winner}) == Replayed(0.0, 0)


def test_only_shared_hours_count() -> None:
    late = CrashPath(HOURS[1:], RISE.low[1:], RISE.high[1:])
    assert stress.replay({"a": 1.0, "b": 1.0}, {"a": FALL, "b": late}) == Replayed(0.4, 3_600_000)
    never = CrashPath(HOURS + 1, RISE.low, RISE.high)
    with pytest.raises(ValueError, match="share no hour"):
        stress.replay({"a": 1.0, "b": 1.0}, {"a": FALL, "b": never})


def test_what_cannot_be_replayed_is_told() -> None:
    with pytest.raises(ValueError, match="not 0"):
        stress.replay({"a": 0.0}, {"a": FALL})
    with pytest.raises(KeyError):
        stress.replay({"z": 1.0}, {"a": FALL})
    with pytest.raises(ValueError, match="positive first price"):
        stress.path_of(HOURS, 0.0, FALL.low, FALL.high)


def test_events_without_a_path_are_none() -> None:
    paths = {"covid_2020": {"a": FALL}, "ftx_2022": {"b": RISE}}
    told = stress.replay_events({"a": 1.0}, paths)
    assert list(told) == [event.id for event in EVENTS]
    assert told["covid_2020"] == Replayed(0.4, 3_600_000)
    assert [key for key, value in told.items() if value is None] == list(told)[1:]


def test_beta_paths_scale_log_returns() -> None:
    double = stress.beta_path(2.0, FALL)
    assert_allclose(double.low, (1 + FALL.low) ** 2 - 1)
    assert_allclose(double.high, (1 + FALL.high) ** 2 - 1)
    turned = stress.beta_path(-1.0, FALL)
    assert_allclose(turned.low, 1 / (1 + FALL.high) - 1)
    assert_allclose(turned.high, 1 / (1 + FALL.low) - 1)
    assert (stress.beta_path(5.0, FALL).low > -1).all()


def test_beta_equals_least_squares_of_statsmodels() -> None:
    generator = np.random.default_rng(2)
    market = generator.standard_normal(300)
    own = 1.4 * market + generator.standard_normal(300)
    expected = sm.OLS(own, sm.add_constant(market)).fit().params[1]
    assert stress.beta_of(own, market) == pytest.approx(expected, rel=1e-12)
    holed = np.where(np.arange(300) % 7 == 0, np.nan, own)
    kept = np.isfinite(holed)
    expected = sm.OLS(own[kept], sm.add_constant(market[kept])).fit().params[1]
    assert stress.beta_of(holed, market) == pytest.approx(expected, rel=1e-12)
    assert np.isnan(stress.beta_of(own, np.ones(300)))
    assert np.isnan(stress.beta_of(own[:1], market[:1]))


@pytest.mark.parametrize("side", [1, -1])
def test_a_position_dies_where_its_margin_no_longer_covers_maintenance(side: int) -> None:
    leverages = np.array([1.0, 2.0, 2.4, 2.5, 3.0, 5.0, 10.0, 20.0, 40.0])
    path, notional = (FALL if side > 0 else RISE), 40_000.0
    worst = 1 + (path.low.min() if side > 0 else path.high.max())
    alive = stress.surviving(path, leverages, notional, BRACKETS, side)
    for leverage, lives in zip(leverages, alive, strict=True):
        at_worst = notional * worst
        # the bracket is that of the notional at entry, as the exchange's own formula has it
        needed = maintenance_margin(np.array([notional]), BRACKETS)[0] * worst
        balance = notional / leverage + side * (at_worst - notional)
        assert lives == (balance > needed), leverage
    assert stress.highest_survivor(path, leverages, notional, BRACKETS, side) == max(leverages[alive])


def test_leverage_that_is_not_offered_does_not_survive() -> None:
    mild = CrashPath(HOURS, np.full(3, -0.001), np.full(3, 0.001))
    leverages = np.array([1.0, 20.0, 40.0, 60.0])
    assert stress.surviving(mild, leverages, 40_000.0, BRACKETS, 1).tolist() == [True, True, True, False]
    assert stress.surviving(mild, leverages, 90_000.0, BRACKETS, 1).tolist() == [True, True, False, False]
    assert stress.highest_survivor(FALL, leverages[1:], 40_000.0, BRACKETS, 1) == 0.0


def test_a_liquidation_price_is_reached_at_the_touch() -> None:
    assert stress.is_reached(FALL, 0.6, 1)
    assert not stress.is_reached(FALL, 0.5999, 1)
    assert stress.is_reached(RISE, 1.5, -1)
    assert not stress.is_reached(RISE, 1.5001, -1)


def test_recorded_crashes_of_bitcoin(shared_data: Path) -> None:
    file = "klines_spot/BTCUSDT-1h_2020-01-01_2024-12-31.csv.gz"
    bars = recorded_bars(shared_data / file, "BTCUSDT", "1h")
    found = []
    for event in EVENTS:
        rows = (bars.open_time >= event.start) & (bars.open_time < event.end)
        assert rows.sum() == event.hours
        path = stress.path_of(bars.open_time[rows], bars.open[rows][0], bars.low[rows], bars.high[rows])
        found.append(100 * stress.replay({"btc": 1.0}, {"btc": path}).loss)
    assert_allclose(found, [52.3, 30.0, 25.9, 26.8, 19.3], atol=0.05)
