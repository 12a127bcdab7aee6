"""A market of recorded bars: only what was recorded is listed, and nothing is told before its bar has closed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from utils.sandbox.exchange.market.bars import Bars, joined, whole
from utils.sandbox.exchange.market.book import BookSnapshot, Tops
from utils.sandbox.exchange.market.contract import (
    INDEX,
    LAST,
    MARK,
    TRADING,
    DayStatistics,
    Digits,
    Liquidation,
    Listing,
    NotRecordedError,
    Positioning,
    PremiumState,
    TradeQuery,
    UnknownSymbolError,
    Window,
)
from utils.sandbox.exchange.market.funding import Settlement
from utils.sandbox.exchange.market.instrument import FUTURES, SPOT
from utils.sandbox.exchange.market.intervals import DAY_MS, HOUR, HOUR_MS, Interval
from utils.sandbox.exchange.market.options import OptionChain
from utils.sandbox.exchange.market.trades import Trades
from utils.sandbox.exchange.replay.merge import merged, unfinished
from utils.sandbox.exchange.replay.recordings import (
    Recording,
    SeriesKey,
    decimals_of,
    funding_table,
    kline_files,
    universe,
)

FUNDING_HOURS = 8
QUOTES = ("USDT", "USDC", "BTC")


class ReplayMarket:
    """Bars and funding of a data folder (see its README). Files are read on first use and kept.

    Prices and quantities are plain numbers; turnover, trade counts and taker volumes that were not recorded are
    zero. Not thread-safe: one worker asks.
    """

    mode = "replay"

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise FileNotFoundError(f"no data folder at {folder}; give the folder that holds klines_spot")
        self._folder = folder
        self._files = kline_files(folder)
        self._universe: dict[SeriesKey, list[Recording]] | None = None
        self._recordings: dict[SeriesKey, list[Recording]] = {}
        self._merged: dict[tuple[SeriesKey, str, int], Bars] = {}
        self._funding: dict[str, list[Settlement]] = {}

    def clock_stepped(self, now_ms: int) -> None:
        """Nothing depends on where the clock has been."""

    def listings(self, kind: str, now_ms: int) -> list[Listing]:
        """See `Market`: symbols that have begun by `now_ms`."""
        keys = self._files.keys() | (self._all_universe().keys() if kind == FUTURES else set())
        symbols = sorted({symbol for market, series, symbol in keys if market == kind and series == LAST})
        listed = [self._listing(kind, symbol) for symbol in symbols]
        return [listing for listing in listed if listing.onboard_ms <= now_ms]

    def bars(self, kind: str, symbol: str, series: str, window: Window, now_ms: int) -> Bars:
        """See `Market`; an interval finer than every recording has no bars."""
        key = self._key(kind, symbol, series)
        interval, shift = window.interval, window.shift_ms
        bars = self._all(key, interval, shift)
        closed = bars.between(0, interval.step(interval.open_of(now_ms, shift), -1, shift))
        told = joined([closed, unfinished(self._read(key), interval, now_ms, shift)])
        start = 0 if window.start_ms is None else window.start_ms
        asked = told.between(start, now_ms if window.end_ms is None else window.end_ms)
        if window.start_ms is None:
            return asked.part(slice(max(0, len(asked) - window.limit), len(asked)))
        return asked.part(slice(0, window.limit))

    def trades(self, kind: str, symbol: str, query: TradeQuery, now_ms: int) -> Trades:
        """See `Market`: no single trades are replayed."""
        self._key(kind, symbol, LAST)
        raise NotRecordedError(f"trades of {symbol} are not recorded")

    def book(self, kind: str, symbol: str, levels: int, now_ms: int) -> BookSnapshot:
        """See `Market`: no book is replayed."""
        self._key(kind, symbol, LAST)
        raise NotRecordedError(f"the book of {symbol} is not recorded")

    def tops(self, kind: str, symbol: str, moments: list[int]) -> Tops:
        """See `Market`: no book is replayed."""
        self._key(kind, symbol, LAST)
        raise NotRecordedError(f"the book of {symbol} is not recorded")

    def open_interest(self, symbol: str, now_ms: int) -> float:
        """See `Market`: not replayed."""
        self._key(FUTURES, symbol, LAST)
        raise NotRecordedError(f"open interest of {symbol} is not recorded")

    def positioning(self, symbol: str, now_ms: int) -> Positioning:
        """See `Market`: not replayed."""
        self._key(FUTURES, symbol, LAST)
        raise NotRecordedError(f"positioning in {symbol} is not recorded")

    def options(self, base: str, now_ms: int) -> OptionChain:
        """See `Market`: no option of this exchange is recorded."""
        raise UnknownSymbolError(base)

    def volatility_index(self, base: str, from_ms: int, to_ms: int, now_ms: int) -> dict[int, float]:
        """See `Market`: no option of this exchange is recorded."""
        raise UnknownSymbolError(base)

    def liquidations(self, symbol: str, after_ms: int, to_ms: int) -> list[Liquidation]:
        """See `Market`: not replayed."""
        self._key(FUTURES, symbol, LAST)
        raise NotRecordedError(f"liquidations of {symbol} are not recorded")

    def day(self, kind: str, symbol: str, now_ms: int, span_ms: int = DAY_MS) -> DayStatistics:
        """See `Market`: the window's closed bars, or the last close alone when they are empty."""
        key = self._key(kind, symbol, LAST)
        closed, interval = self._closed(key, now_ms)
        first = now_ms // interval.ms * interval.ms - span_ms
        recent = closed.between(first, now_ms)
        if not len(recent):
            last = closed.part(slice(len(closed) - 1, len(closed)))
            recent = Bars(*[last.open_time, *[last.close] * 4, *[c * 0 for c in last.columns()[5:]]])
        before = closed.between(0, int(recent.open_time[0]) - 1)
        previous = before.close[-1] if len(before) else recent.open[0]
        return DayStatistics(whole(recent), first, now_ms, -1, -1, 0.0, float(previous))

    def premium(self, symbol: str, now_ms: int) -> PremiumState:
        """See `Market`: last closed mark and spot bars; the rate is the last settled one."""
        self._key(FUTURES, symbol, LAST)
        mark = self._last_close((FUTURES, MARK, symbol), now_ms)
        index = self._last_close((SPOT, LAST, symbol), now_ms)
        settled = self.funding(symbol, now_ms)
        if not settled:
            raise NotRecordedError(f"funding of {symbol} is not recorded")
        span = FUNDING_HOURS * HOUR_MS
        return PremiumState(mark, index, settled[-1].rate, (now_ms // span + 1) * span)

    def funding(self, symbol: str, now_ms: int) -> list[Settlement]:
        """See `Market`; no rows where no funding was recorded."""
        self._key(FUTURES, symbol, LAST)
        if symbol not in self._funding:
            self._funding[symbol] = self._settlements(symbol)
        return [settlement for settlement in self._funding[symbol] if settlement.time_ms <= now_ms]

    def funding_hours(self, symbol: str) -> int:
        """See `Market`: eight; other intervals are not recorded."""
        return FUNDING_HOURS

    def _key(self, kind: str, symbol: str, series: str) -> SeriesKey:
        listed = (kind, LAST, symbol)
        if listed not in self._files and (kind != FUTURES or listed not in self._all_universe()):
            raise UnknownSymbolError(symbol)
        key = (SPOT, LAST, symbol) if series == INDEX else (kind, series, symbol)
        if key != listed and key not in self._files:
            raise NotRecordedError(f"{series} price of {symbol} is not recorded")
        return key

    def _all_universe(self) -> dict[SeriesKey, list[Recording]]:
        if self._universe is None:
            self._universe = {}
            for key, recording in universe(self._folder):
                self._universe.setdefault(key, []).append(recording)
        return self._universe

    def _read(self, key: SeriesKey) -> list[Recording]:
        if key not in self._recordings:
            own = [file.read() for file in self._files.get(key, [])]
            shared = self._all_universe().get(key, []) if key[0] == FUTURES else []
            self._recordings[key] = own + shared
        return self._recordings[key]

    def _all(self, key: SeriesKey, interval: Interval, shift_ms: int) -> Bars:
        which = (key, interval.name, shift_ms)
        if which not in self._merged:
            self._merged[which] = merged(self._read(key), interval, shift_ms)
        return self._merged[which]

    def _closed(self, key: SeriesKey, now_ms: int) -> tuple[Bars, Interval]:
        """Closed bars of the finest interval whose recording reaches furthest up to now."""
        best = self._finest(key, now_ms)
        return self._all(key, best, 0).between(0, now_ms - best.ms), best

    def _finest(self, key: SeriesKey, now_ms: int) -> Interval:
        def reach(recording: Recording) -> tuple[int, int]:
            seen = recording.bars.between(0, now_ms - recording.interval.ms)
            last = int(seen.open_time[-1]) + recording.interval.ms if len(seen) else 0
            return last, -recording.interval.ms

        best = max(self._read(key), key=reach)
        if reach(best)[0] == 0:
            raise UnknownSymbolError(key[2])
        return best.interval

    def _last_close(self, key: SeriesKey, now_ms: int) -> float:
        if key not in self._files:
            raise NotRecordedError(f"{key[1]} price of {key[2]} is not recorded")
        closed, _ = self._closed(key, now_ms)
        return float(closed.close[-1])

    def _settlements(self, symbol: str) -> list[Settlement]:
        table = funding_table(self._folder, symbol)
        if table is None:
            return []
        mark_at = self._mark_opens(symbol)
        rows: list[Settlement] = []
        for stamp, rate in table:
            time_ms = int(stamp)
            rows.append(Settlement(time_ms, float(rate), mark_at(time_ms // HOUR_MS * HOUR_MS)))
        return rows

    def _mark_opens(self, symbol: str) -> Callable[[int], float | None]:
        key = (FUTURES, MARK, symbol)
        if key not in self._files:
            return lambda _: None
        bars = self._all(key, HOUR, 0)
        return dict(zip(bars.open_time.tolist(), bars.open.tolist(), strict=True)).get

    def _listing(self, kind: str, symbol: str) -> Listing:
        key = (kind, LAST, symbol)
        recordings = self._read(key)
        price = max(decimals_of(np.r_[r.bars.close, r.bars.open]) for r in recordings)
        quantity = min(3, max(decimals_of(r.bars.volume) for r in recordings))
        quote = next((q for q in QUOTES if symbol.endswith(q)), "USDT")
        onboard = min(r.first_ms for r in recordings)
        return Listing(symbol, symbol.removesuffix(quote), quote, TRADING, Digits(price, quantity), onboard)
