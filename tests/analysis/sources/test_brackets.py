"""Margin tables as the exchange's account endpoint gives them."""

import numpy as np

from analysis.features.liquidation import brackets_of
from analysis.sources.brackets import exchange_brackets
from utils.binance_api.account.schemas import Bracket, SymbolBrackets


def test_the_exchanges_brackets_equal_the_raw_rows_and_widen_with_the_coefficient() -> None:
    rows = (
        Bracket(2, 75, 100_000.0, 20_000.0, 0.0065, 30.0),
        Bracket(1, 100, 20_000.0, 0.0, 0.005, 0.0),
    )
    raw = [
        {
            "notionalFloor": r.notional_floor,
            "notionalCap": r.notional_cap,
            "maintMarginRatio": r.maint_margin_ratio,
            "cum": r.cum,
            "initialLeverage": r.initial_leverage,
        }
        for r in rows
    ]
    received, expected = exchange_brackets(SymbolBrackets("X", rows)), brackets_of(raw)
    for name in ("floor", "cap", "mmr", "cum", "max_leverage"):
        np.testing.assert_array_equal(getattr(received, name), getattr(expected, name))
    wide = exchange_brackets(SymbolBrackets("X", rows, 1.5))
    assert wide.cap.tolist() == [30_000.0, 150_000.0]
    assert wide.cum.tolist() == [0.0, 45.0]
