"""Pairing of trades with quotes, and spreads, by hand."""

import numpy as np

from analysis.features.traded_spread import (
    effective_spread_bps,
    mean_spread,
    quotes_before,
    realised_spread_bps,
    spot_quote_times,
)


def test_a_quote_of_the_same_millisecond_is_not_before_the_trade() -> None:
    assert quotes_before(np.array([5, 10, 11]), np.array([5, 10, 10, 12])).tolist() == [-1, 0, 2]


def test_spreads_by_hand() -> None:
    price, side, mid = np.array([101.0, 99.0]), np.array([1.0, -1.0]), np.array([100.0, 100.0])
    assert effective_spread_bps(price, side, mid).tolist() == [200.0, 200.0]
    assert realised_spread_bps(price, side, mid, np.array([100.5, 99.0])).tolist() == [100.0, 0.0]


def test_spot_quotes_are_moved_to_the_clock_of_trades() -> None:
    # received at 120 over a line of at least 15 ms: before a trade at 108 (120 < 108 + 15 - 2), not one at 107
    times = spot_quote_times(np.array([120.0]), 15.0)
    assert quotes_before(np.array([107, 108]), times).tolist() == [-1, 0]


def test_means_weigh_by_notional_and_leave_unpaired_trades_out() -> None:
    spread = np.array([1.0, np.nan, 4.0])
    assert mean_spread(spread, np.array([2.0, 50.0, 1.0])) == 2.0
    assert np.isnan(mean_spread(spread[1:2], np.array([5.0])))
