"""Accounts for tests: amounts nobody would write by chance, and a port that hands one out."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from analysis.account.assess import assess
from analysis.account.holdings import HeldCoin, HeldPosition, exposures
from analysis.account.inputs import AccountInputs
from analysis.account.result import AccountRisk
from analysis.account.stress import CrashPaths
from analysis.features.stress import EVENTS, path_of
from analysis.framework.question import Instrument
from config.c_account import AccountConfig
from tests.support.recorded import walk_bars
from utils.binance_api.account.schemas import FuturesAccount
from utils.binance_api.bars import Bars

AS_OF = 1_722_863_400_000
CONFIG = AccountConfig(paths=1000)
ODD_NUMBERS = ("31,337.61", "27,182.81", "7,357.29", "4,669.21")
"""Equity, the long's size, the short's size and the coin's value, as the block shows them."""

LONG = HeldPosition(
    "BTCUSDT", 0.5, 27_182.81, 50_000.0, 54_365.62, 2182.81, 135.91, 41_234.5, 20.0, False, 0.0
)
SHORT = HeldPosition("ETHUSDT", -2.5, -7357.29, 3000.0, 2942.916, 142.71, 36.79, 3300.25, 10.0, True, 892.71)
COIN = HeldCoin("SOL", 31.7, 4669.21, "SOLUSDT")
CASH = HeldCoin("USDT", 71.5, 71.5, None)
FUTURES = FuturesAccount(
    total_wallet_balance=29_012.09,
    total_unrealized_profit=2325.52,
    total_margin_balance=31_337.61,
    total_initial_margin=2094.87,
    total_maint_margin=172.70,
    available_balance=29_000.0,
)


def crash_path(*lows: float) -> CrashPaths:
    """Hours at these multiples of the first price, for every instrument of the sample."""
    rows = np.array(lows)
    path = path_of(3_600_000 * np.arange(len(rows)), 1.0, rows, rows)
    held = (
        Instrument("futures", "BTCUSDT"),
        Instrument("futures", "ETHUSDT"),
        Instrument("spot", "SOLUSDT"),
    )
    return CrashPaths(dict.fromkeys(held, path))


def some_bars(seed: int, n: int = 2_200, interval: str = "4h", market: str = "futures") -> Bars:
    """A walk of closed bars."""
    return walk_bars(n, seed=seed, interval=interval, market=market)  # type: ignore[arg-type]


def sample_inputs(**changes: Any) -> AccountInputs:
    """A long, an isolated short, a coin and cash, with bars of each."""
    positions, coins = (LONG, SHORT), (COIN, CASH)
    held = exposures(positions, coins)
    inputs = AccountInputs(
        as_of=AS_OF,
        interval="4h",
        futures=FUTURES,
        positions=positions,
        coins=coins,
        unpriced=("XYZ",),
        exposures=held,
        bars={one: some_bars(seed) for seed, one in enumerate(held)},
        daily={one: some_bars(seed + 10, 1000, "1d") for seed, one in enumerate(held)},
        crashes={event.id: crash_path(1.0, 0.8, 0.7) for event in EVENTS},
        reasons={},
    )
    return replace(inputs, **changes)


def sample_account(**changes: Any) -> AccountRisk:
    """The account of ``sample_inputs``."""
    return assess(sample_inputs(**changes), {}, CONFIG)


@dataclass
class ScriptedAccount:
    """Has no key, or one with this account behind it; ``asked`` are the intervals it was read on."""

    holds: AccountRisk | None = None
    asked: list[str] = field(default_factory=list)

    @property
    def available(self) -> bool:
        return self.holds is not None

    async def read(self, interval: str) -> AccountRisk:
        self.asked.append(interval)
        assert self.holds is not None
        return self.holds
