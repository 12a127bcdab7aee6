"""Signed flow of market trades in running sums: volume, notional, square root of notional, trades and orders.

Feed aggregate trades (``agg_merge`` joins raw fills to them). Over one second the signed count explains most of the
price change where a tick is small, the notional least; the square root is the safe single choice.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.step_totals import StepTotals

SECONDS_KEPT: Final = 900
_VOLUME, _NOTIONAL, _ROOT, _TRADES, _ORDERS = range(5)
_SELLING: Final = 5
"""The first column of selling; its columns are in the order of those of buying."""


@dataclass(frozen=True, slots=True)
class SideFlow:
    """What the aggressors of one side traded: base units, quote units, sqrt(quote units), and counts."""

    volume: float
    notional: float
    root: float
    trades: float
    orders: float


@dataclass(frozen=True, slots=True)
class FlowSums:
    """Sums over ``seconds`` seconds, the open one among them."""

    seconds: int
    buy: SideFlow
    sell: SideFlow

    @property
    def cvd(self) -> float:
        """Cumulative volume delta: taker buying less taker selling, base units."""
        return self.buy.volume - self.sell.volume

    @property
    def cvd_share(self) -> float | None:
        """The volume delta over the volume, in [-1, 1]; ``None`` without trades."""
        return balance(self.buy.volume, self.sell.volume)

    @property
    def root_share(self) -> float | None:
        """Signed over total sqrt(notional), in [-1, 1]; ``None`` without trades."""
        return balance(self.buy.root, self.sell.root)

    @property
    def direction_ratio(self) -> float | None:
        """Buying less selling orders over orders, in [-1, 1]; trades of one side and ms are one order."""
        return balance(self.buy.orders, self.sell.orders)

    @property
    def taker_dominance(self) -> float | None:
        """Taker buying over all taker notional, in [0, 1]; ``None`` without trades."""
        total = self.buy.notional + self.sell.notional
        return self.buy.notional / total if total > 0.0 else None


@dataclass(frozen=True, slots=True, eq=False)
class FlowRows:
    """Closed seconds, oldest first, arrays (n); a second without trades has zeros.

    ``second`` is the UTC second. ``signed_*`` are buying less selling: base units, quote units, sqrt(quote units),
    and counts.
    """

    second: Times
    volume: Floats
    notional: Floats
    trades: Floats
    orders: Floats
    signed_volume: Floats
    signed_notional: Floats
    signed_root: Floats
    signed_trades: Floats
    signed_orders: Floats


class TradeFlow:
    """Sums of trades per second and over any window of up to ``seconds``, each trade O(1)."""

    __slots__ = ("_order_ms", "_totals", "first_ms", "last_ms")

    def __init__(self, seconds: int = SECONDS_KEPT) -> None:
        self._totals = StepTotals(2 * _SELLING, seconds)
        self._order_ms = [-1, -1]
        self.first_ms: int | None = None
        self.last_ms: int | None = None

    def add(self, time_ms: int, price: float, quantity: float, side: int) -> None:
        """Add one trade, in the order of ids: trade time (UTC ms), ``side`` +1 where the aggressor bought, else -1."""
        self._totals.open(time_ms)
        now, notional, sells = self._totals.now, price * quantity, side < 0
        first = _SELLING if sells else 0
        now[first] += quantity
        now[first + _NOTIONAL] += notional
        now[first + _ROOT] += sqrt(notional)
        now[first + _TRADES] += 1.0
        if self._order_ms[sells] != time_ms:
            self._order_ms[sells] = time_ms
            now[first + _ORDERS] += 1.0
        if self.first_ms is None:
            self.first_ms = time_ms
        self.last_ms = time_ms

    def advance(self, time_ms: int) -> None:
        """Let time pass without a trade (UTC ms): windows end with the second of this moment."""
        if self.first_ms is not None:
            self._totals.open(time_ms)

    @property
    def cvd(self) -> float:
        """Taker buying less taker selling since the first trade, base units."""
        return self._totals.now[_VOLUME] - self._totals.now[_SELLING + _VOLUME]

    def window(self, seconds: int) -> FlowSums:
        """Return the sums of the last ``seconds`` seconds, the open one among them; of fewer at the beginning."""
        sums = self._totals.window(seconds)
        return FlowSums(self._totals.covered(seconds), SideFlow(*sums[:_SELLING]), SideFlow(*sums[_SELLING:]))

    def rows(self, seconds: int) -> FlowRows:
        """Return the last ``seconds`` closed seconds, fewer at the beginning."""
        steps = np.diff(self._totals.at_ends(seconds), axis=0)
        buy, sell = steps[:, :_SELLING], steps[:, _SELLING:]
        both, signed = buy + sell, buy - sell
        return FlowRows(
            self._totals.numbers(seconds),
            both[:, _VOLUME],
            both[:, _NOTIONAL],
            both[:, _TRADES],
            both[:, _ORDERS],
            signed[:, _VOLUME],
            signed[:, _NOTIONAL],
            signed[:, _ROOT],
            signed[:, _TRADES],
            signed[:, _ORDERS],
        )


def balance(buy: float, sell: float) -> float | None:
    """Return (buy - sell) / (buy + sell), in [-1, 1]; ``None`` where both are 0."""
    total = buy + sell
    return (buy - sell) / total if total > 0.0 else None


def aggression_ratio(taker_notional: float, resting_notional: float) -> float | None:
    """Return taker notional / (taker + time-weighted mean notional at the touch it hit), in [0, 1)."""
    total = taker_notional + resting_notional
    return taker_notional / total if total > 0.0 else None


def signed_log(flow: Floats) -> Floats:
    """Return sign(x) ln(1 + |x|): its tails can be scaled by a median, those of the flow itself cannot."""
    return np.sign(flow) * np.log1p(np.abs(flow))
