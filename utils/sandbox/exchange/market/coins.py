"""The coins of the simulated market: twelve full ones, and light ones made to number."""

import zlib
from dataclasses import dataclass

import numpy as np

FULL_TRADES_PER_MINUTE = 24.0
LIGHT_TRADES_PER_MINUTE = 6.0
MAX_LIGHT_COINS = 400
LIGHT_PREFIX = "SIM"


@dataclass(frozen=True, slots=True)
class Coin:
    """What is known about a coin before its path is drawn.

    `price` is the start in USDT, `digits` the decimals of (spot tick, spot lot, perpetual tick, perpetual lot),
    `beta` the loading on the common factor, of which `lag_share` arrives `lag_min` minutes late, `idio_vol` the
    annual volatility of its own part, `usd_per_minute` the mean spot turnover. The perpetual's unit is `pack`
    coins. `funding_hours` is the settlement interval, `supply` the coins in circulation (0: not known). A `light` coin
    has been listed for one to two years only.
    """

    base: str
    price: float
    digits: tuple[int, int, int, int]
    beta: float
    lag_min: int
    lag_share: float
    idio_vol: float
    usd_per_minute: float
    pack: int = 1
    funding_hours: int = 8
    spread_ticks: int = 1
    trades_per_minute: float = FULL_TRADES_PER_MINUTE
    light: bool = False
    supply: float = 0.0

    @property
    def symbol(self) -> str:
        """Spot symbol."""
        return f"{self.base}USDT"

    @property
    def perpetual(self) -> str:
        """Symbol of the perpetual contract."""
        return self.symbol if self.pack == 1 else f"{self.pack}{self.symbol}"

    @property
    def key(self) -> int:
        """A number that stands for the coin in seeds."""
        return zlib.crc32(self.base.encode())


FULL_COINS = (
    Coin("BTC", 30_000, (2, 5, 1, 3), 1.0, 0, 0.0, 0.05, 600_000, spread_ticks=1, supply=19.8e6),
    Coin("ETH", 1_900, (2, 4, 2, 3), 1.15, 1, 0.30, 0.30, 300_000, supply=120.5e6),
    Coin("BNB", 300, (2, 3, 2, 2), 0.85, 1, 0.20, 0.35, 80_000, supply=141e6),
    Coin("SOL", 60, (2, 3, 3, 0), 1.40, 2, 0.35, 0.50, 120_000, supply=510e6),
    Coin("XRP", 0.6, (4, 0, 4, 1), 1.00, 2, 0.25, 0.50, 90_000, supply=57e9),
    Coin("DOGE", 0.09, (5, 0, 5, 0), 1.25, 3, 0.40, 0.60, 60_000, supply=148e9),
    Coin("ADA", 0.5, (4, 1, 4, 0), 1.15, 3, 0.30, 0.45, 40_000, supply=35.5e9),
    Coin("AVAX", 25, (2, 2, 3, 0), 1.30, 4, 0.35, 0.50, 30_000, supply=410e6),
    Coin("LINK", 12, (2, 2, 3, 2), 1.15, 5, 0.40, 0.45, 25_000, funding_hours=4, supply=640e6),
    Coin("TRX", 0.09, (4, 1, 5, 0), 0.60, 5, 0.20, 0.30, 25_000, supply=95e9),
    Coin("LTC", 90, (2, 3, 2, 3), 0.95, 3, 0.25, 0.40, 30_000, supply=76e6),
    Coin(
        "SHIB", 0.000_02, (8, 0, 6, 0), 1.25, 4, 0.40, 0.60, 20_000, pack=1000, funding_hours=4, supply=589e12
    ),
)


def light_coins(count: int, seed: int) -> tuple[Coin, ...]:
    """`count` further coins (at most 400) that follow the factor model, named SIM001 and on."""
    return tuple(_light_coin(number, seed) for number in range(1, min(count, MAX_LIGHT_COINS) + 1))


def _light_coin(number: int, seed: int) -> Coin:
    rng = np.random.default_rng([seed, 77, number])
    return Coin(
        base=f"{LIGHT_PREFIX}{number:03d}",
        price=float(np.round(10 ** rng.uniform(-0.5, 2.0), 2)),
        digits=(4, 1, 4, 0),
        beta=float(np.round(rng.uniform(0.5, 1.6), 2)),
        lag_min=int(rng.integers(1, 7)),
        lag_share=float(np.round(rng.uniform(0.1, 0.5), 2)),
        idio_vol=float(np.round(rng.uniform(0.4, 0.9), 2)),
        usd_per_minute=float(np.round(10 ** rng.uniform(3.3, 4.3), 0)),
        trades_per_minute=LIGHT_TRADES_PER_MINUTE,
        light=True,
    )
