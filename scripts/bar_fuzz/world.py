"""An exchange in memory that has the bars of one symbol on both markets, its funding, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

import numpy as np

from scripts.bar_fuzz.series import COLUMNS, SYMBOL, daily
from utils.binance_api.answers import Answer
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import HOUR
from utils.binance_api.schemas import FundingRate
from utils.binance_api.symbols import Listed, SymbolTable
from utils.binance_api.urls import Market
from utils.http.errors import Unavailable

FUNDED: Final = 300
"""Settlements, eight hours apart."""


class Silent:
    """A source that answers nothing."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def silent(*_: object, **__: object) -> None:
            raise Unavailable("fuzz", f"{name} does not answer")

        return silent


class Face(Silent):
    """One market; whatever else is asked of it does not answer."""

    def __init__(self, market: Market, bars: Bars, asked_at: int) -> None:
        self.market = market
        self._asked_at = asked_at
        self._bars = {bars.interval: bars, "1d": daily(bars)}

    async def symbols(self) -> SymbolTable:
        """Return the one symbol."""
        row = Listed(SYMBOL, "FUZZ", "USDT", "trading", "FUZZ", 1)
        return SymbolTable(self.market, {SYMBOL: row}, self._asked_at)

    async def klines(self, symbol: str, interval: str, *, rows: int, as_of: int | None = None) -> Bars:
        """Return the bars that had closed by then; none of another symbol or interval."""
        bars = self._bars.get(interval) if symbol == SYMBOL else None
        if bars is None:
            raise Unavailable(f"fuzz.{self.market}", f"no {interval} bars of {symbol}")
        moment = self._asked_at if as_of is None else as_of
        kept = np.flatnonzero(bars.close_time < moment)[-rows:]
        return replace(bars, **{name: getattr(bars, name)[kept] for name in COLUMNS}, as_of=moment)

    def bars(self, interval: str) -> Bars:
        """Return all bars of an interval."""
        return self._bars[interval]

    async def settled_funding(self, symbol: str, limit: int) -> Answer[list[FundingRate]]:
        """Return settlements of which every third is special."""
        stamps = self._asked_at - 8 * HOUR * np.arange(min(limit, FUNDED), 0, -1)
        rows = [
            FundingRate(symbol, t, 1e-4 + 1e-6 * (n % 7), rate_type="Regular" if n % 3 else "Special")
            for n, t in enumerate(stamps.tolist())
        ]
        return Answer(rows, self._asked_at, f"fuzz.{self.market}.funding", self._asked_at)


class Exchange:
    """Both markets, asked at one moment; the futures' prices lie a little above those of spot."""

    def __init__(self, bars: Bars, asked_at: int) -> None:
        basis = 1.0005 + 1e-4 * np.random.default_rng(len(bars)).standard_normal(len(bars))
        dearer = {name: getattr(bars, name) * basis for name in ("open", "high", "low", "close")}
        self.spot = Face("spot", bars, asked_at)
        self.futures = Face("futures", replace(bars, market="futures", **dearer), asked_at)
        self.statistics = self.options = Face("futures", bars, asked_at)
        self.account = SimpleNamespace(available=False)
        self._asked_at = asked_at

    def market_time_ms(self) -> int:
        """Return the moment asked about."""
        return self._asked_at

    def watch(self, *_: object) -> None:
        """Subscribe to nothing."""

    def quote(self, *_: object) -> None:
        """Subscribe to nothing."""

    def followed_trades(self, *_: object) -> None:
        """Follow nobody's trades."""
