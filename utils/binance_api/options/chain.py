"""An option chain as arrays: the listed options of one underlying with volatility, greeks and open interest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.binance_api.options.schemas import OptionMark, OptionOpenInterest, OptionSymbol, OptionTicker

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class OptionChain:
    """Options ordered by expiry, strike and puts before calls; all arrays have the same length n, NaN is unknown.

    ``expiry`` in ms; ``strike``, ``mark_price``, ``index_price`` and quotes in quote units; ``unit`` is the base
    quantity of one contract; volatilities are fractions; greeks as published (gamma per 1 USD, theta per day, vega
    per volatility point); ``open_interest`` in contracts. ``index_at`` and ``open_interest_at`` are the stamps (ms) of
    those parts, the latter of its oldest line. ``missing`` names the parts that could not be read.
    """

    underlying: str
    index_price: float
    index_at: int
    open_interest_at: int | None
    missing: tuple[str, ...]
    symbols: tuple[str, ...]
    expiry: NDArray[np.int64]
    strike: Floats
    is_call: NDArray[np.bool_]
    unit: Floats
    mark_price: Floats
    mark_iv: Floats
    bid_iv: Floats
    ask_iv: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    open_interest: Floats
    open_interest_usd: Floats
    bid_price: Floats
    ask_price: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.symbols)

    @property
    def expiries(self) -> NDArray[np.int64]:
        """The expiries (ms), ascending."""
        return np.unique(self.expiry)


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
    """Join the parts of an underlying by symbol."""
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
