"""Bars: candles as arrays, with the time they describe and which of them are final."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from utils.binance_api.intervals import missing_opens
from utils.binance_api.urls import Market
from utils.http.errors import Rejected, Unavailable


class ImpossibleBars(Unavailable):
    """The exchange sent bars that cannot be true; ``detail`` says what is wrong. Nothing of them is kept."""

    def __init__(self, source: str, symbol: str, interval: str, wrong: str) -> None:
        super().__init__(source, f"the exchange sent impossible bars of {symbol} {interval}: {wrong}")
        self.symbol = symbol
        self.interval = interval


class NoBars(Unavailable):
    """The exchange lists ``symbol`` but has sent no bars of it: just listed, or a fault of the moment."""

    def __init__(self, source: str, symbol: str, interval: str) -> None:
        super().__init__(source, f"the exchange has sent no {interval} bars of {symbol} so far")
        self.symbol = symbol
        self.interval = interval


class NoneClosedYet(Unavailable):
    """The first bar of ``symbol`` is still unfinished; ``until_ms`` is when it closes, where the interval tells."""

    def __init__(self, source: str, symbol: str, interval: str, until_ms: int | None) -> None:
        super().__init__(source, f"no {interval} bar of {symbol} has closed yet", until_ms=until_ms)
        self.symbol = symbol
        self.interval = interval


class NoBarsThen(Rejected):
    """No bar of ``symbol`` had closed by the moment asked about."""

    def __init__(self, source: str, symbol: str, interval: str) -> None:
        super().__init__(source, f"no closed bars of {symbol} {interval} by then", parameter="at")
        self.symbol = symbol
        self.interval = interval


Series = Literal["trade", "mark", "index", "premium", "continuous"]

_VALUES = ("open", "high", "low", "close", "volume", "quote_volume", "taker_base", "taker_quote")
_ARRAYS = ("open_time", "close_time", *_VALUES, "trades", "is_final")


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Candles of one series, ascending; all arrays have the same length n and are read-only.

    Times are ms of exchange time; prices in quote, ``volume`` and ``taker_base`` in base, ``quote_volume`` and
    ``taker_quote`` in quote units. On mark, index and premium series only times and prices are meaningful.
    Gaps in the exchange's data are missing rows. Only the last bar can be unfinished (``is_final``).
    ``as_of`` is the time that the bars describe, ``fetched_at`` when they were last requested.
    """

    symbol: str
    market: Market
    interval: str
    series: Series
    open_time: NDArray[np.int64]
    close_time: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]
    quote_volume: NDArray[np.float64]
    taker_base: NDArray[np.float64]
    taker_quote: NDArray[np.float64]
    trades: NDArray[np.int64]
    is_final: NDArray[np.bool_]
    as_of: int
    source: str
    fetched_at: int

    def __post_init__(self) -> None:
        for name in _ARRAYS:
            array: NDArray[np.generic] = getattr(self, name)
            if array.shape != self.open_time.shape:
                raise ValueError(f"{name} has shape {array.shape}, open_time has {self.open_time.shape}")
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.open_time)

    def closed(self, as_of: int | None = None) -> "Bars":
        """Return only final bars, and of those only the ones that had closed before ``as_of`` (ms)."""
        keep = self.is_final if as_of is None else self.is_final & (self.close_time < as_of)
        if keep.all() and as_of is None:
            return self
        moment = self.as_of if as_of is None else min(as_of, self.as_of)
        return replace(self._pick(slice(0, int(np.count_nonzero(keep)))), as_of=moment)

    def tail(self, n: int) -> "Bars":
        """Return the last ``n`` bars."""
        return self._pick(slice(max(0, len(self) - n), len(self)))

    def gaps(self) -> NDArray[np.int64]:
        """Return the opening times (ms) missing between the first and the last bar."""
        return missing_opens(self.open_time, self.interval)

    def age_ms(self, now: int) -> int:
        """Return how old these bars are at ``now`` (ms, exchange time)."""
        return now - self.as_of

    def _pick(self, part: slice) -> "Bars":
        return replace(self, **{name: getattr(self, name)[part] for name in _ARRAYS})
