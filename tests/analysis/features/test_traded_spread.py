"""Pairing of trades with quotes, and spreads, against hand computations and a second pass over arrays."""

import numpy as np
import pytest

from analysis.features.traded_spread import (
    HORIZONS_MS,
    SpreadMeter,
    effective_spread_bps,
    quotes_before,
    realised_spread_bps,
    spot_quote_time,
)


def test_a_quote_of_the_same_millisecond_is_not_before_the_trade() -> None:
    assert quotes_before(np.array([5, 10, 11]), np.array([5, 10, 10, 12])).tolist() == [-1, 0, 2]


def test_spreads_by_hand() -> None:
    price, side, mid = np.array([101.0, 99.0]), np.array([1.0, -1.0]), np.array([100.0, 100.0])
    assert effective_spread_bps(price, side, mid).tolist() == [200.0, 200.0]
    assert realised_spread_bps(price, side, mid, np.array([100.5, 99.0])).tolist() == [100.0, 0.0]


def test_spot_quotes_are_moved_to_the_clock_of_trades() -> None:
    # received at 120 over a line of at least 15 ms: before a trade at 108 (120 < 108 + 15 - 2), not one at 107
    assert spot_quote_time(120.0, 15.0) < 108
    assert not spot_quote_time(120.0, 15.0) < 107


def test_a_trade_waits_until_the_quotes_before_it_are_known() -> None:
    meter = SpreadMeter(60)
    meter.quote(1_000, 100.0)
    meter.trade(1_010, 101.0, 2.0, 1)
    assert meter.window(10).trades == 0
    meter.quote(1_005, 100.5)
    assert meter.window(10).trades == 0
    meter.quote(1_010, 200.0)  # made by the trade
    found = meter.window(10)
    assert found.trades == 1
    assert found.effective_bps == pytest.approx(2e4 * 0.5 / 100.5)
    assert found.negative == 0.0
    assert found.realised_bps == (None, None)


def test_a_trade_that_comes_late_is_paired_with_the_quote_of_its_time() -> None:
    meter = SpreadMeter(60)
    for time, mid in ((1_000, 100.0), (1_010, 110.0), (1_010, 111.0), (1_020, 120.0)):
        meter.quote(time, mid)
    meter.trade(1_020, 111.0, 1.0, 1)
    assert meter.window(10).effective_bps == pytest.approx(0.0)
    meter.trade(1_000, 99.0, 1.0, 1)
    assert meter.unpaired == 1


def test_realised_spread_takes_the_mid_just_before_the_horizon() -> None:
    meter = SpreadMeter(60)
    meter.quote(0, 100.0)
    meter.trade(10, 101.0, 2.0, 1)
    meter.quote(5_009, 100.4)
    meter.quote(5_010, 300.0)
    soon, later = meter.window(60).realised_bps
    assert soon == pytest.approx(2e4 * 0.6 / 100.0)
    assert later is None
    meter.advance(30_010)
    assert meter.window(60).realised_bps[1] == pytest.approx(2e4 * (101.0 - 300.0) / 100.0)


def test_lost_quotes_pair_with_nothing() -> None:
    meter = SpreadMeter(60)
    meter.quote(0, 100.0)
    meter.trade(10, 101.0, 1.0, 1)
    meter.lost()
    meter.quote(20, 100.0)
    assert meter.window(60).trades == 0
    assert meter.unpaired == 1
    meter.trade(30, 101.0, 1.0, 1)
    meter.quote(40, 100.0)
    assert meter.window(60).trades == 1


def test_streams_mixed_in_any_order_give_what_arrays_give() -> None:
    rng = np.random.default_rng(11)
    quote_ms = np.sort(rng.integers(0, 90_000, 4_000))
    mid = 100 + np.cumsum(rng.choice([-0.01, 0.0, 0.01], 4_000))
    trade_ms = np.sort(rng.integers(100, 55_000, 1_000))
    price, quantity, side = (
        100 + rng.normal(size=1_000),
        rng.exponential(size=1_000),
        rng.choice([-1, 1], 1_000),
    )
    arrives = np.concatenate([quote_ms + 20, trade_ms + rng.integers(0, 60)])
    meter = SpreadMeter(900)
    for row in np.argsort(arrives, kind="stable").tolist():
        if row < 4_000:
            meter.quote(int(quote_ms[row]), float(mid[row]))
        else:
            k = row - 4_000
            meter.trade(int(trade_ms[k]), float(price[k]), float(quantity[k]), int(side[k]))
    before = mid[quotes_before(trade_ms, quote_ms)]
    weight = price * quantity
    effective = effective_spread_bps(price, side.astype(float), before)
    found = meter.window(900)
    assert (found.trades, meter.unpaired) == (1_000, 0)
    assert found.effective_bps == pytest.approx(np.average(effective, weights=weight))
    assert found.negative == np.mean(effective < 0)
    for realised, horizon in zip(found.realised_bps, HORIZONS_MS, strict=True):
        later = mid[quotes_before(trade_ms + horizon, quote_ms)]
        expected = realised_spread_bps(price, side.astype(float), before, later)
        assert realised == pytest.approx(np.average(expected, weights=weight))
