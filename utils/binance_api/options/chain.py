"""Joins the answers of the options market to a chain."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from utils.binance_api.options.schemas import OptionMark, OptionOpenInterest, OptionSymbol, OptionTicker
from utils.option_chain import OptionChain

Floats = NDArray[np.float64]


def chain(
    underlying: str,
    listed: Sequence[OptionSymbol],
    marks: Mapping[str, OptionMark],
    interest: Mapping[str, OptionOpenInterest],
    tickers: Mapping[str, OptionTicker],
    *,
    index_price: float,
    index_at: int,
    missing: Sequence[str],
) -> OptionChain:
    """Join the parts of an underlying by symbol; the volatilities refer to the index, at zero rates."""
    lines = sorted(listed, key=lambda line: (line.expiry_date, line.strike_price, line.side == "CALL"))
    names = tuple(line.symbol for line in lines)
    return OptionChain(
        underlying=underlying,
        index_price=index_price,
        index_at=index_at,
        open_interest_at=min((row.timestamp for row in interest.values()), default=None),
        missing=tuple(missing),
        symbols=names,
        expiry=np.array([line.expiry_date for line in lines], np.int64),
        strike=np.array([line.strike_price for line in lines], np.float64),
        is_call=np.array([line.side == "CALL" for line in lines], np.bool_),
        unit=np.array([line.unit for line in lines], np.float64),
        underlying_price=np.full(len(lines), index_price),
        mark_price=_column(names, marks, "mark_price"),
        mark_iv=_positive(_column(names, marks, "mark_iv")),
        bid_iv=_positive(_column(names, marks, "bid_iv")),
        ask_iv=_positive(_column(names, marks, "ask_iv")),
        delta=_column(names, marks, "delta"),
        gamma=_column(names, marks, "gamma"),
        theta=_column(names, marks, "theta"),
        vega=_column(names, marks, "vega"),
        open_interest=_column(names, interest, "sum_open_interest"),
        open_interest_usd=_column(names, interest, "sum_open_interest_usd"),
        bid_price=_positive(_column(names, tickers, "bid_price")),
        ask_price=_positive(_column(names, tickers, "ask_price")),
        volume=_column(names, tickers, "volume"),
    )


def _column(names: Sequence[str], rows: Mapping[str, object], field: str) -> Floats:
    return np.array([getattr(rows.get(name), field, np.nan) for name in names], np.float64)


def _positive(values: Floats) -> Floats:
    """Return the values with NaN where there is no quote."""
    return np.where(values > 0, values, np.nan)
