"""Liquidation prices against the margin balance they must zero, and against the recorded brackets."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import brentq

from analysis.features import liquidation
from analysis.features.liquidation import Brackets

# BTCUSDT's first brackets as the exchange has published them: 0.4 %, 0.5 %, 1 %
BTC = Brackets(
    floor=np.array([0.0, 50_000.0, 600_000.0]),
    cap=np.array([50_000.0, 600_000.0, 3_000_000.0]),
    mmr=np.array([0.004, 0.005, 0.01]),
    cum=np.array([0.0, 50.0, 3_050.0]),
    max_leverage=np.array([125.0, 100.0, 75.0]),
)


def recorded(folder: Path) -> dict[str, Brackets]:
    with gzip.open(folder / "rest" / "leverage_brackets_usdm.json.gz", "rt") as file:
        symbols = json.load(file)
    return {
        name: liquidation.brackets_of([tier["info"] for tier in tiers]) for name, tiers in symbols.items()
    }


def zero_of_balance(entry: float, leverage: float, notional: float, brackets: Brackets, side: int) -> float:
    """The price where margin + profit equals the maintenance margin, found by bisection (scipy's brentq)."""
    quantity = notional / entry

    def surplus(price: float) -> float:
        needed = liquidation.maintenance_margin(np.array([quantity * price]), brackets)[0]
        return float(notional / leverage + side * quantity * (price - entry) - needed)

    low, high = (entry * 1e-9, entry) if side > 0 else (entry, min(2.5 * entry, brackets.cap[-1] / quantity))
    return float(brentq(surplus, low, high, xtol=1e-9, rtol=1e-14))


def test_hand_made_prices() -> None:
    longs, shorts = liquidation.liquidation_prices(
        np.array([50_000.0]), np.array([10.0]), np.array([100_000.0]), BTC
    )
    assert longs[0] == pytest.approx((50_000 * 0.9 - 50 / 2) / 0.995, rel=1e-15)
    assert shorts[0] == pytest.approx((50_000 * 1.1 + 50 / 2) / 1.005, rel=1e-15)


@pytest.mark.parametrize("notional", [10_000.0, 50_000.0, 50_001.0, 590_000.0, 610_000.0, 2_000_000.0])
@pytest.mark.parametrize("leverage", [2.0, 5.0, 20.0, 75.0])
def test_settled_prices_zero_the_margin_balance(notional: float, leverage: float) -> None:
    arguments = (30_000.0, np.array([leverage]), np.array([notional]), BTC)
    longs, shorts = liquidation.settled_prices(*arguments)
    assert longs[0] == pytest.approx(zero_of_balance(30_000.0, leverage, notional, BTC, 1), rel=1e-10)
    assert shorts[0] == pytest.approx(zero_of_balance(30_000.0, leverage, notional, BTC, -1), rel=1e-10)
    simple_long, simple_short = liquidation.liquidation_prices(*arguments)
    assert_allclose(simple_long, longs, rtol=1e-2)  # the bracket at entry is a close neighbour
    assert_allclose(simple_short, shorts, rtol=1e-2)


def test_bracket_edges_belong_to_the_bracket_below() -> None:
    notionals = np.array([0.0, 1.0, 50_000.0, 50_000.01, 3_000_000.0, 3_000_001.0, np.nan, -5.0])
    assert_array_equal(liquidation.bracket_index(notionals, BTC), [-1, 0, 0, 1, 2, -1, -1, -1])
    margin = liquidation.maintenance_margin(np.array([50_000.0, 50_000.0 + 1e-6]), BTC)
    assert margin[1] == pytest.approx(margin[0], abs=1e-6)  # cum makes it continuous


def test_tier_table_leaves_out_leverage_the_bracket_forbids() -> None:
    table = liquidation.tier_table(100.0, 1_000_000.0, np.array([0.5, 1.0, 10.0, 75.0, 100.0]), BTC)
    assert np.isnan(table.long_price[[0, 1, 4]]).all()  # at 1x a long cannot be liquidated
    assert np.isnan(table.short_price[[0, 4]]).all()
    assert table.short_price[1] > 190
    assert table.long_distance[2] > table.long_distance[3] > 0
    assert table.short_distance[2] > table.short_distance[3] > 0


def test_unusable_inputs_give_nothing() -> None:
    entry = np.array([np.nan, 0.0, -1.0, 100.0, 100.0, 100.0])
    leverage = np.array([10.0, 10.0, 10.0, np.nan, 0.0, 10.0])
    notional = np.array([1e4, 1e4, 1e4, 1e4, 1e4, np.inf])
    for prices in (
        *liquidation.liquidation_prices(entry, leverage, notional, BTC),
        *liquidation.settled_prices(entry, leverage, notional, BTC),
    ):
        assert np.isnan(prices).all()


def test_brackets_that_do_not_join_are_refused() -> None:
    rows = [
        {"notionalFloor": a, "notionalCap": b, "maintMarginRatio": 0.01, "cum": 0, "initialLeverage": 20}
        for a, b in ((0, 10), (11, 20))
    ]
    with pytest.raises(ValueError, match="join"):
        liquidation.brackets_of(rows)
    with pytest.raises(ValueError, match="at least one"):
        liquidation.brackets_of([])


def test_recorded_brackets_agree_with_the_balance(shared_data: Path) -> None:
    every = recorded(shared_data)
    assert len(every) == 349
    for name, brackets in every.items():
        expected = np.concatenate([[0.0], np.cumsum(brackets.floor[1:] * np.diff(brackets.mmr))])
        assert_allclose(brackets.cum, expected, rtol=1e-4, atol=1.0, err_msg=name)
    bitcoin = every["BTC/USDT:USDT"]
    for notional, leverage in ((20_000.0, 100.0), (900_000.0, 25.0), (30_000_000.0, 4.0)):
        arguments = (60_000.0, np.array([leverage]), np.array([notional]), bitcoin)
        longs, shorts = liquidation.settled_prices(*arguments)
        assert longs[0] == pytest.approx(zero_of_balance(60_000.0, leverage, notional, bitcoin, 1), rel=1e-9)
        assert shorts[0] == pytest.approx(
            zero_of_balance(60_000.0, leverage, notional, bitcoin, -1), rel=1e-9
        )
