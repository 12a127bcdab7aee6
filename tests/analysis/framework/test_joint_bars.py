"""Bars of several coins meet by their time, and a price that nobody renewed is no return."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.framework.joint_bars import join_bars, traded_returns
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars


def without(bars: Bars, *rows: int) -> Bars:
    """Some rows never came."""
    kept = np.setdiff1d(np.arange(len(bars)), rows)
    names = ("open_time", "close_time", "open", "high", "low", "close", "volume", "quote_volume")
    more = ("taker_base", "taker_quote", "trades", "is_final")
    return replace(bars, **{name: getattr(bars, name)[kept] for name in (*names, *more)})


def quiet(bars: Bars, row: int) -> Bars:
    """Nobody traded in a row: its price is the one before."""
    volume, close = bars.volume.copy(), bars.close.copy()
    volume[row], close[row] = 0.0, close[row - 1]
    return replace(bars, volume=volume, close=close)


def test_rows_are_matched_by_time_and_not_by_position() -> None:
    long = walk_bars(50, seed=1)
    short = replace(without(walk_bars(50, seed=2), *range(10), 30), symbol="ETHUSDT")
    joint = join_bars((long, short))
    assert joint.symbols == ("BTCUSDT", "ETHUSDT")
    np.testing.assert_array_equal(joint.open_time, long.open_time)
    np.testing.assert_array_equal(joint.close[:, 0], long.close)
    np.testing.assert_array_equal(
        joint.close[[10, 29, 31, 49], 1], walk_bars(50, seed=2).close[[10, 29, 31, 49]]
    )
    assert np.flatnonzero(np.isnan(joint.close[:, 1])).tolist() == [*range(10), 30]
    assert np.flatnonzero(np.isnan(joint.returns[:, 1])).tolist() == [*range(11), 30, 31]


def test_a_bar_without_a_trade_makes_two_returns_unknown() -> None:
    bars = quiet(walk_bars(20), 7)
    returns = traded_returns(bars)
    assert np.flatnonzero(np.isnan(returns)).tolist() == [0, 7, 8]
    np.testing.assert_allclose(returns[9:], np.diff(np.log(bars.close))[8:])


def test_a_bar_that_nobody_has_keeps_its_row() -> None:
    bars = without(walk_bars(20), 5)
    joint = join_bars((bars, replace(bars, symbol="ETHUSDT")))
    assert len(joint) == 20
    assert np.isnan(joint.close[5]).all()
    np.testing.assert_array_equal(joint.close_time, walk_bars(20).close_time)


def test_intervals_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="one interval"):
        join_bars((walk_bars(5), walk_bars(5, interval="1h")))
