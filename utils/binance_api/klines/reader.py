"""Bars from memory; only missing ones are requested from the exchange."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from utils.binance_api.bars import Bars
from utils.binance_api.http.clock_offset import ClockOffset
from utils.binance_api.http.rest import RestClient
from utils.binance_api.klines.append import AppendResult, append
from utils.binance_api.klines.backfill import Backfill
from utils.binance_api.klines.pages import Page, PageRequest, fetch_page
from utils.binance_api.klines.store import NO_ROWS, VALUE_COLUMNS, FoundRows, KlineSeries, SeriesStore, join
from utils.binance_api.streams.events import Kline
from utils.caching import CancellingSingleFlight, LruMap
from utils.clock import Clock
from utils.priority import InheritingLock
from utils.waiting import Work, step, waiting_for

REFRESH_S: Final = 5.0
"""Age from which an unfinished bar is requested again."""
MAX_ROWS: Final = 560_000
"""Rows kept over all series, about 88 bytes each: those of a scan of fifty symbols. The least recently read go."""


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """A series in memory, and the reading of it that is under way, which later ones wait for."""

    store: SeriesStore = field(default_factory=SeriesStore)
    lock: InheritingLock = field(default_factory=InheritingLock)
    reading: Work = field(default_factory=Work)


class KlineReader:
    """Reads series; keeps their closed bars, which never change, and one unfinished bar each."""

    def __init__(
        self,
        rest: RestClient,
        clock: Clock,
        offset: ClockOffset,
        *,
        refresh_s: float = REFRESH_S,
        max_rows: int = MAX_ROWS,
    ) -> None:
        self._rest = rest
        self._clock = clock
        self._now_ms = offset.now_ms
        self._refresh_s = refresh_s
        self._max_rows = max_rows
        self._stores: LruMap[KlineSeries, _Kept] = LruMap()
        self._flight: CancellingSingleFlight[tuple[KlineSeries, int, int | None], Bars] = (
            CancellingSingleFlight()
        )

    @property
    def rows_kept(self) -> int:
        """Closed rows in memory."""
        return sum(len(kept.store) for kept in self._stores.values())

    async def read(self, series: KlineSeries, rows: int, as_of: int | None) -> Bars:
        """Return the last ``rows`` bars closed before ``as_of`` (ms, exchange time; at most now).

        Without ``as_of`` the closed bars are followed by the unfinished one. Fewer rows are returned only if the
        series begins later. Raises ``ValueError`` for ``rows`` below 1 and ``SourceError``.
        """
        if rows < 1:
            raise ValueError(f"rows is {rows}, ask for at least 1")
        return await self._flight.run((series, rows, as_of), lambda: self._read(series, rows, as_of))

    def append(self, series: KlineSeries, kline: Kline, event_ms: int) -> AppendResult:
        """Append a candle of the stream, stamped ``event_ms`` (exchange time); see :func:`append`.

        Returns ``BUSY`` while the series is being read; call again later.
        """
        kept = self._stores.peek(series)
        if kept is None:
            return AppendResult.NOT_LOADED
        if kept.lock.locked():
            return AppendResult.BUSY
        return append(kept.store, kline, series.step_ms, event_ms, self._clock.monotonic())

    async def close(self) -> None:
        """Cancel reads in progress."""
        await self._flight.close()

    async def _read(self, series: KlineSeries, rows: int, as_of: int | None) -> Bars:
        kept = self._stores.setdefault(series, _Kept)
        with waiting_for(kept.reading):
            async with kept.lock.held():
                before = len(kept.store)
                with kept.reading.collecting():
                    found = await self._find(series, kept.store, rows, as_of)
        if len(kept.store) > before:
            self._evict()
        return bars_of(series, found, kept.store.fetched_at)

    async def _find(self, series: KlineSeries, store: SeriesStore, rows: int, as_of: int | None) -> FoundRows:
        past = None if as_of is None or as_of > self._now_ms() else as_of
        known = None if past is None else store.known(rows, past, series.interval)
        if known is not None and past is not None:
            return FoundRows(known, NO_ROWS, past)
        kind = "perpetual" if (series.series, series.market) == ("trade", "futures") else series.series
        of = {"symbol": series.symbol, "interval": series.interval, "series": kind}
        with step("history", **of) as pages:
            backfill = Backfill(
                self._fetch, self._clock, self._now_ms, self._refresh_s, series, store, rows, pages
            )
            return await (backfill.live(unfinished=as_of is None) if past is None else backfill.past(past))

    def _evict(self) -> None:
        surplus = self.rows_kept - self._max_rows
        while len(self._stores) > 1 and surplus > 0:
            series, kept = self._stores.oldest()
            surplus -= len(kept.store)
            self._stores.pop(series)

    async def _fetch(self, series: KlineSeries, request: PageRequest) -> Page:
        return await fetch_page(self._rest, series, request)


def bars_of(series: KlineSeries, found: FoundRows, fetched_at: int) -> Bars:
    """Return what was found as bars; ``fetched_at`` is the time of the series' newest request (UTC ms)."""
    rows = join(found.closed, found.unfinished) if len(found.unfinished) else found.closed
    columns = {name: rows.values[position] for position, name in enumerate(VALUE_COLUMNS)}
    return Bars(
        symbol=series.symbol,
        market=series.market,
        interval=series.interval,
        series=series.series,
        open_time=rows.open_time,
        close_time=rows.close_time,
        **columns,
        trades=rows.trades,
        is_final=np.arange(len(rows)) < len(found.closed),
        as_of=found.as_of,
        source=series.endpoint.source,
        fetched_at=fetched_at,
    )
