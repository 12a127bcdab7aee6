"""Index, mark and premium bars of a perpetual, derived from spot bars and the basis."""

import numpy as np

from utils.sandbox.exchange.market.bars import Bars, Column
from utils.sandbox.exchange.market.instrument import Instrument
from utils.sandbox.exchange.market.intervals import MINUTE_MS


class Derived:
    """Views on the minute bars of a spot instrument, in USDT per contract unit (float64, no volumes)."""

    def __init__(self, spot: Instrument, genesis_ms: int) -> None:
        self._path = spot.path
        self._scale = 10.0**-spot.tick_digits * spot.path.coin.pack
        self._genesis_ms = genesis_ms

    def index(self, bars: Bars) -> Bars:
        """The index price: spot, per contract unit."""
        return _prices(bars, *(c * self._scale for c in (bars.open, bars.high, bars.low, bars.close)))

    def mark(self, bars: Bars) -> Bars:
        """The mark price: index times one plus the basis at the end of each minute."""
        scale = self._scale * (1.0 + self._path.basis_at(self._minute(bars) + 1.0))
        return _prices(bars, *(c * scale for c in (bars.open, bars.high, bars.low, bars.close)))

    def premium(self, bars: Bars) -> Bars:
        """The premium index: the basis itself, which moves in a straight line within a minute."""
        minute = self._minute(bars)
        opened, closed = self._path.basis_at(minute), self._path.basis_at(minute + 1.0)
        return _prices(bars, opened, np.maximum(opened, closed), np.minimum(opened, closed), closed)

    def _minute(self, bars: Bars) -> Column:
        return np.asarray((bars.open_time - self._genesis_ms) / MINUTE_MS)


def _prices(bars: Bars, open_: Column, high: Column, low: Column, close: Column) -> Bars:
    zero = np.zeros(len(bars))
    return Bars(bars.open_time, open_, high, low, close, zero, zero, zero, zero, zero)
