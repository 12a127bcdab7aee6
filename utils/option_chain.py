"""An option chain as arrays: the listed options of one underlying with volatility, greeks and open interest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class OptionChain:
    """Options ordered by expiry, strike and puts before calls; all arrays have the same length n, NaN is unknown.

    ``expiry`` in ms; ``strike``, ``mark_price``, ``index_price`` and quotes in quote units (dollars); ``unit`` is the
    base quantity of one contract; volatilities are fractions, and ``underlying_price`` is the price that they refer to
    (the index, or the forward of the expiry); greeks as published (gamma per 1 USD, theta per day, vega per volatility
    point); ``open_interest`` in contracts. ``index_at`` and ``open_interest_at`` are the stamps (ms) of those parts,
    the latter of its oldest line. ``missing`` names the parts that could not be read.
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
    underlying_price: Floats
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
