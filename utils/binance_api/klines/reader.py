"""Bars from memory, or from a file where that has no room; only missing ones are requested from the exchange."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import numpy as np

from utils.binance_api.bars import Bars
from utils.binance_api.http.clock_offset import ClockOffset
from utils.binance_api.http.rest import RestClient
from utils.binance_api.klines.append import AppendResult, append
from utils.binance_api.klines.backfill import Backfill
from utils.binance_api.klines.pages import Page, PageRequest, fetch_page
from utils.binance_api.klines.parked import Parked, ParkedBars
from utils.binance_api.klines.store import (
    NO_ROWS,
    VALUE_COLUMNS,
    FoundRows,
    KlineSeries,
    Segment,
    SeriesStore,
    join,
)
from utils.binance_api.streams.events import Kline
from utils.caching import CancellingSingleFlight, LruMap
from utils.clock import Clock
from utils.priority import InheritingLock, Urgency, urgency
from utils.waiting import Work, step, waiting_for

REFRESH_S: Final = 5.0
"""Age from which an unfinished bar is requested again."""
MAX_ROWS: Final = 560_000
"""Rows kept over all series, about 88 bytes each: those of a scan of fifty symbols.

The least recently read are parked in a file, and go when that is full.
"""
PARKED_AT_ONCE: Final = 8
"""Series that leave memory together, and whose readers wait as long."""


@dataclass(slots=True, eq=False)
class _Kept:
    """A series in memory, and the reading of it that is under way, which later ones wait for.

    While it is ``parked`` the store has no segments. ``rows`` are those that the reader has counted.
    """

    store: SeriesStore = field(default_factory=SeriesStore)
    lock: InheritingLock = field(default_factory=InheritingLock)
    reading: Work = field(default_factory=Work)
    parked: Parked | None = None
    rows: int = 0


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
        parked: ParkedBars,
    ) -> None:
        self._rest = rest
        self._clock = clock
        self._now_ms = offset.now_ms
        self._refresh_s = refresh_s
        self._max_rows = max_rows
        self._parked = parked
        self._rows = 0
        self._bringing = InheritingLock()
        self._making_room: asyncio.Task[None] | None = None
        self._stores: LruMap[KlineSeries, _Kept] = LruMap()
        self._flight: CancellingSingleFlight[tuple[KlineSeries, int, int | None], Bars] = (
            CancellingSingleFlight()
        )

    @property
    def rows_kept(self) -> int:
        """Closed rows in memory."""
        return self._rows

    async def read(self, series: KlineSeries, rows: int, as_of: int | None) -> Bars:
        """Return the last ``rows`` bars closed before ``as_of`` (ms, exchange time; at most now).

        Without ``as_of`` the closed bars are followed by the unfinished one. Fewer rows are returned only if the
        series begins later. Raises ``ValueError`` for ``rows`` below 1 and ``SourceError``.
        """
        if rows < 1:
            raise ValueError(f"rows is {rows}, ask for at least 1")
        return await self._flight.run((series, rows, as_of), lambda: self._read(series, rows, as_of))

    def is_parked(self, series: KlineSeries) -> bool:
        """Whether a series lies in the file, as it was not read for long."""
        kept = self._stores.peek(series)
        return kept is not None and kept.parked is not None

    def append(self, series: KlineSeries, kline: Kline, event_ms: int) -> AppendResult:
        """Append a candle of the stream, stamped ``event_ms`` (exchange time); see :func:`append`.

        Returns ``BUSY`` while the series is being read; call again later. One that is ``PARKED`` is not taken: whoever
        reads the series next asks for what came meanwhile.
        """
        kept = self._stores.peek(series)
        if kept is None:
            return AppendResult.NOT_LOADED
        if kept.lock.locked():
            return AppendResult.BUSY
        if kept.parked is not None:
            return AppendResult.PARKED
        appended = append(kept.store, kline, series.step_ms, event_ms, self._clock.monotonic())
        self._count(series, kept)
        return appended

    async def close(self) -> None:
        """Cancel reads in progress, and give back the file of parked bars."""
        await self._flight.close()
        await self.settled()
        self._parked.close()

    async def settled(self) -> None:
        """Wait until what memory has no room for is parked or gone."""
        if self._making_room is not None:
            await asyncio.wait({self._making_room})

    async def _read(self, series: KlineSeries, rows: int, as_of: int | None) -> Bars:
        kept = self._stores.setdefault(series, _Kept)
        with waiting_for(kept.reading):
            async with kept.lock.held():
                await self._brought_back(series, kept)
                try:
                    with kept.reading.collecting():
                        found = await self._find(series, kept.store, rows, as_of)
                finally:
                    self._count(series, kept)
        self._make_room()
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

    def _count(self, series: KlineSeries, kept: _Kept) -> None:
        """Count the rows of a series anew; one that was dropped while somebody waited to read it has none here."""
        rows = len(kept.store) if self._stores.peek(series) is kept else 0
        self._rows += rows - kept.rows
        kept.rows = rows

    def _make_room(self) -> None:
        """Have the least recently read series leave memory where there are too many rows, beside everything else."""
        if self._making_room is None and self.rows_kept > self._max_rows:
            self._making_room = asyncio.create_task(self._park_surplus())
            self._making_room.add_done_callback(self._room_made)

    def _room_made(self, made: "asyncio.Task[None]") -> None:
        self._making_room = None
        if not made.cancelled() and (error := made.exception()) is not None:
            raise error  # a defect: the loop's handler logs it

    async def _park_surplus(self) -> None:
        while (surplus := self.rows_kept - self._max_rows) > 0:
            leaving = self._least_read(surplus)
            if not leaving:
                return  # all are being read, and the last of these looks again
            async with AsyncExitStack() as held:
                for kept in leaving.values():
                    await held.enter_async_context(kept.lock.held())
                await self._park(leaving)

    def _least_read(self, rows: int) -> dict[KlineSeries, _Kept]:
        """Return some of the least recently read series that nobody reads, which have so many rows or are enough."""
        found = dict[KlineSeries, _Kept]()
        for series in islice(self._stores, len(self._stores) - 1):
            if rows <= 0 or len(found) == PARKED_AT_ONCE:
                break
            kept = self._stores.peek(series)
            if kept is not None and kept.rows and not kept.lock.locked():
                found[series] = kept
                rows -= kept.rows
        return found

    async def _park(self, leaving: Mapping[KlineSeries, _Kept]) -> None:
        """Move series, whose locks are held, to the file; drop what it has no room for and gets none."""
        places = {series: self._place_for(kept.store.segments) for series, kept in leaving.items()}
        writing = [(place, leaving[of].store.segments) for of, place in places.items() if place is not None]
        lost = await asyncio.to_thread(self._unwritten, writing)
        for unwritten in lost:
            self._parked.free(unwritten)
        for series, kept in leaving.items():
            kept.store.segments = []
            self._count(series, kept)
            kept.parked = place if (place := places[series]) not in lost else None
            if kept.parked is None and self._stores.peek(series) is kept:
                self._stores.pop(series)

    def _unwritten(self, writing: Sequence[tuple[Parked, Sequence[Segment]]]) -> list[Parked]:
        return [place for place, segments in writing if not self._parked.write(place, segments)]

    def _place_for(self, segments: Sequence[Segment]) -> Parked | None:
        """Return a place in the file; what was not read for longest makes room."""
        if (place := self._parked.reserve(segments)) is not None:
            return place
        for series, other in self._stores.items():
            if other.parked is not None and not other.lock.locked():
                self._parked.free(other.parked)
                other.parked = None
                self._stores.pop(series)
                if (place := self._parked.reserve(segments)) is not None:
                    return place
        return None

    async def _brought_back(self, series: KlineSeries, kept: _Kept) -> None:
        """Give a series, whose lock is held, the bars that are parked; what the disk lost is read again.

        What no answer waits for may be more than memory has room for: others make room for one after another.
        """
        if kept.parked is None:
            return
        if urgency() > Urgency.ANSWER:
            async with self._bringing.held():
                await self._bring(series, kept, kept.parked)
                self._make_room()
                await self.settled()
        else:
            await self._bring(series, kept, kept.parked)

    async def _bring(self, series: KlineSeries, kept: _Kept, parked: Parked) -> None:
        found = await asyncio.to_thread(self._parked.read, parked)
        self._parked.free(parked)
        kept.parked = None
        kept.store.segments = found or []
        self._count(series, kept)

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
