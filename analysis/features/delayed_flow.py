"""Flow that forgets, and the delays of the messages that it is made of."""

from math import exp

import numpy as np

from analysis.features.step_totals import StepTotals
from analysis.features.trade_flow import SECONDS_KEPT
from utils.binance_api.trades.columns import FloatColumn

DELAYS_KEPT = 1024
_MESSAGES, _LATE = range(2)


class Delays:
    """The newest delays (ms) between an event and its receipt, each O(1)."""

    __slots__ = ("_column", "_count", "smallest")

    def __init__(self, kept: int = DELAYS_KEPT) -> None:
        self._column = FloatColumn(kept)
        self._count = 0
        self.smallest: float | None = None

    def add(self, delay_ms: float) -> None:
        """Add one delay, corrected for the offset of the clocks."""
        self._column.cells[self._count % len(self._column.cells)] = delay_ms
        self._count += 1
        if self.smallest is None or delay_ms < self.smallest:
            self.smallest = delay_ms

    @property
    def count(self) -> int:
        """How many delays were added so far."""
        return self._count

    def quantiles(self, *shares: float) -> tuple[float, ...] | None:
        """Return quantiles of the kept delays (ms); ``None`` without any."""
        kept = min(self._count, len(self._column.cells))
        if kept == 0:
            return None
        return tuple(float(q) for q in np.quantile(self._column.view[:kept], shares))


class DelayedFlow:
    """Signed over total notional with weights exp(-age / ``tau_ms``), each trade O(1).

    Trades that arrive later than ``late_ms`` after they happened are left out; ``late_share`` says how many.
    """

    __slots__ = ("_at_ms", "_late_ms", "_signed", "_tau_ms", "_total", "_totals", "delays")

    def __init__(self, tau_ms: float, late_ms: float, seconds: int = SECONDS_KEPT) -> None:
        if tau_ms <= 0.0:
            raise ValueError(f"tau_ms must be positive, was {tau_ms}")
        self._tau_ms = tau_ms
        self._late_ms = late_ms
        self._totals = StepTotals(2, seconds)
        self._signed = self._total = 0.0
        self._at_ms = 0
        self.delays = Delays()

    def add(self, time_ms: int, notional: float, side: int, delay_ms: float) -> None:
        """Add one trade: its time (UTC ms), quote units, side +1 or -1, and the corrected delay of its message."""
        self.delays.add(delay_ms)
        self._totals.open(time_ms)
        self._totals.now[_MESSAGES] += 1.0
        if delay_ms > self._late_ms:
            self._totals.now[_LATE] += 1.0
            return
        weight = 1.0
        if time_ms >= self._at_ms:
            fading = exp((self._at_ms - time_ms) / self._tau_ms)
            self._signed, self._total, self._at_ms = self._signed * fading, self._total * fading, time_ms
        else:
            weight = exp((time_ms - self._at_ms) / self._tau_ms)
        self._total += weight * notional
        self._signed += weight * side * notional

    @property
    def ratio(self) -> float | None:
        """The weighted flow ratio in [-1, 1], the same at any later moment; ``None`` without trades in time."""
        return self._signed / self._total if self._total > 0.0 else None

    def late_share(self, seconds: int) -> float | None:
        """Return the share of the messages of the last ``seconds`` seconds that came too late; ``None`` without any."""
        messages, late = self._totals.window(seconds)
        return late / messages if messages else None
