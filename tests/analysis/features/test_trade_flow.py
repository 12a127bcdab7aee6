"""Flow of trades against sums over the trades of each window."""

from math import sqrt

import numpy as np
import pytest

from analysis.features.trade_flow import TradeFlow, aggression_ratio, balance, signed_log

Trade = tuple[int, float, float, int]
TRADES: list[Trade] = [
    (10_100, 100.0, 4.0, 1),
    (10_100, 101.0, 1.0, 1),  # the same order as the one before
    (10_100, 99.0, 1.0, -1),
    (10_101, 101.0, 1.0, 1),
    (12_500, 100.0, 9.0, -1),
]


def fed(trades: list[Trade], seconds: int = 900) -> TradeFlow:
    flow = TradeFlow(seconds)
    for trade in trades:
        flow.add(*trade)
    return flow


def test_sums_by_side_on_a_hand_made_tape() -> None:
    sums = fed(TRADES).window(3)
    assert (sums.buy.volume, sums.sell.volume, sums.cvd) == (6.0, 10.0, -4.0)
    assert (sums.buy.notional, sums.sell.notional) == (602.0, 999.0)
    assert sums.buy.root == pytest.approx(20.0 + 2 * sqrt(101.0))
    assert (sums.buy.trades, sums.sell.trades) == (3.0, 2.0)
    assert (sums.buy.orders, sums.sell.orders) == (2.0, 2.0)
    assert sums.cvd_share == -0.25
    assert sums.direction_ratio == 0.0
    assert sums.taker_dominance == pytest.approx(602 / 1601)
    assert sums.seconds == 3


def test_a_window_ends_with_the_open_second() -> None:
    flow = fed(TRADES)
    assert flow.window(1).sell.volume == 9.0
    assert flow.window(2).buy.volume == 0.0
    assert flow.cvd == -4.0
    flow.advance(15_000)
    assert flow.window(2).sell.volume == 0.0
    assert flow.window(2).direction_ratio is None


def test_windows_equal_a_second_pass_over_the_tape() -> None:
    rng = np.random.default_rng(3)
    times = np.sort(rng.integers(0, 120_000, 3000))
    price, quantity = 100 + rng.normal(size=3000), rng.exponential(size=3000)
    side = rng.choice([-1, 1], 3000)
    trades = list(zip(times.tolist(), price.tolist(), quantity.tolist(), side.tolist(), strict=True))
    flow = fed(trades, 60)
    inside = times // 1000 > times[-1] // 1000 - 45
    signed = np.bincount(side[inside] + 1, (price * quantity)[inside])
    sums = flow.window(45)
    assert [sums.sell.notional, sums.buy.notional] == pytest.approx([signed[0], signed[2]])
    orders = {(time, one) for time, one in zip(times[inside].tolist(), side[inside].tolist(), strict=True)}
    assert sums.buy.orders + sums.sell.orders == len(orders)
    assert sums.direction_ratio == pytest.approx(sum(one for _, one in orders) / len(orders))


def test_rows_are_the_closed_seconds() -> None:
    rows = fed(TRADES).rows(10)
    assert rows.second.tolist() == [10, 11]
    assert rows.signed_volume.tolist() == [5.0, 0.0]
    assert rows.signed_orders.tolist() == [1.0, 0.0]
    assert rows.trades.tolist() == [4.0, 0.0]
    assert rows.orders.tolist() == [3.0, 0.0]
    assert rows.notional.tolist() == [701.0, 0.0]
    assert rows.signed_trades.tolist() == [2.0, 0.0]


def test_without_trades_there_is_no_ratio() -> None:
    sums = TradeFlow().window(60)
    assert (sums.cvd_share, sums.root_share, sums.direction_ratio, sums.taker_dominance) == (None,) * 4


def test_small_formulas() -> None:
    assert balance(3.0, 1.0) == 0.5
    assert balance(0.0, 0.0) is None
    assert aggression_ratio(30.0, 10.0) == 0.75
    assert aggression_ratio(0.0, 0.0) is None
    assert signed_log(np.array([-np.e + 1, 0.0, np.e - 1])) == pytest.approx([-1.0, 0.0, 1.0])
