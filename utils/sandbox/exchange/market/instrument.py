"""One tradable thing: a coin on the spot market or its perpetual contract, with its tick, lot and log price."""

from dataclasses import dataclass

import numpy as np

from utils.sandbox.exchange.market.factor import FloatArray
from utils.sandbox.exchange.market.path import CoinPath

SPOT = "spot"
FUTURES = "futures"
PERPETUAL_TURNOVER = 2.5
"""Perpetuals trade a multiple of spot."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A coin's path seen through one market's ticks and lots."""

    kind: str
    path: CoinPath

    @property
    def symbol(self) -> str:
        """The symbol under which this market lists it."""
        coin = self.path.coin
        return coin.symbol if self.kind == SPOT else coin.perpetual

    @property
    def seed_key(self) -> list[int]:
        """Numbers that tell this instrument from every other in seeds."""
        return [self.path.coin.key, 0 if self.kind == SPOT else 1]

    @property
    def tick_digits(self) -> int:
        """Decimals of the price."""
        return self.path.coin.digits[0 if self.kind == SPOT else 2]

    @property
    def lot_digits(self) -> int:
        """Decimals of the quantity."""
        return self.path.coin.digits[1 if self.kind == SPOT else 3]

    @property
    def usd_per_minute(self) -> float:
        """Mean turnover."""
        return self.path.coin.usd_per_minute * (1.0 if self.kind == SPOT else PERPETUAL_TURNOVER)

    @property
    def trades_per_minute(self) -> float:
        """Mean number of trades."""
        return self.path.coin.trades_per_minute

    def log_price(self, first_minute: int, last_minute: int) -> FloatArray:
        """Logarithm of the price in ticks at the end of each minute of [first, last]; minute -1 is the start."""
        level = self.path.levels(first_minute, last_minute + 1)
        coin = self.path.coin
        level += np.log(coin.price) + self.tick_digits * np.log(10.0)
        if self.kind == FUTURES:
            ends = np.arange(first_minute + 1, last_minute + 2, dtype=np.float64)
            level += np.log(coin.pack) + np.log1p(self.path.basis_at(ends))
        return level
