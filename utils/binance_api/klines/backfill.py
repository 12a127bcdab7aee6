"""Completes a series' store for one read: requests the missing pages and returns the rows.

A page without bars is believed only where other bars prove it: the last ones before its end, or the first bar of the
series where that opened later. Otherwise it is a fault of the moment and nothing of it is kept.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from utils.binance_api.bars import NoBars
from utils.binance_api.intervals import MONTH, first_open
from utils.binance_api.klines.pages import Page, PageRequest
from utils.binance_api.klines.store import (
    NO_ROWS,
    SETTLE_MS,
    FoundRows,
    KlineSeries,
    LatestQuery,
    Rows,
    Segment,
    SeriesStore,
    join,
)
from utils.binance_api.weights import cheapest_page
from utils.clock import Clock
from utils.http.errors import Retryable
from utils.waiting import Work

PAGES_AT_ONCE: Final = 4
"""Pages of the past that are requested together; of a series that begins within them some are empty."""
LAST_BARS: Final = 2
"""Bars that prove what a page without bars left open: the last closed one and the unfinished one."""

FetchPage = Callable[[KlineSeries, PageRequest], Awaitable[Page]]


@dataclass(slots=True)
class Backfill:
    """Completes ``store`` for ``rows`` bars of ``series``; the caller must hold the series' lock.

    ``pages`` counts the pages of the history that are fetched.
    """

    fetch: FetchPage
    clock: Clock
    now_ms: Callable[[], int]
    refresh_s: float
    series: KlineSeries
    store: SeriesStore
    rows: int
    pages: Work = field(default_factory=Work)

    async def live(self, *, unfinished: bool) -> FoundRows:
        """Return the newest bars, with or without the unfinished one."""
        segment, live = await self._newest()
        segment = await self._backward(segment, None)
        closed = await self._with_gaps_checked(segment, None)
        if live.row_closed:
            both = join(closed, live.row)
            return FoundRows(both.part(max(0, len(both) - self.rows), len(both)), NO_ROWS, live.asked_at)
        return FoundRows(closed, live.row if unfinished else NO_ROWS, live.asked_at)

    async def past(self, as_of: int) -> FoundRows:
        """Return the bars that had closed before ``as_of``."""
        segment = await self._covering(as_of)
        segment = await self._backward(segment, as_of)
        return FoundRows(await self._with_gaps_checked(segment, as_of), NO_ROWS, as_of)

    async def _newest(self) -> tuple[Segment, LatestQuery]:
        """Return a segment that extends to now and the latest query, which is repeated if it is too old."""
        now, newest = self.now_ms(), self.store.segments[-1] if self.store.segments else None
        live = self.store.latest
        if live and newest and live.fresh(now, self.clock.monotonic(), self.refresh_s):
            return newest, live
        if newest is None or self._missing(newest, now) > self.rows + 1:
            asked_s = self.clock.monotonic()
            segment, page = await self._begun(PageRequest(self._page_size(self.rows + 1)), now)
            self.store.latest = LatestQuery(page.sent_at, asked_s, page.unfinished)
            return segment, self.store.latest
        while True:
            limit = min(self._missing(newest, self.now_ms()), self.series.endpoint.max_limit)
            newest, live = await self._ask_live(PageRequest(limit, start=newest.next_open))
            if not live.more:
                return newest, live

    async def _ask_live(self, request: PageRequest) -> tuple[Segment, LatestQuery]:
        asked_s = self.clock.monotonic()
        request, page = await self._asked(request)
        more = request.start is not None and page.full and len(page.unfinished) == 0
        self.store.latest = LatestQuery(page.sent_at, asked_s, page.unfinished, more)
        return self._keep(page), self.store.latest

    async def _begun(self, newest: PageRequest, last_open: int) -> tuple[Segment, Page]:
        """Return a new segment and its newest page, whose bars opened by ``last_open``; request all pages together."""
        wanted = self.rows + (newest.end is None)  # without an end the unfinished bar is among them
        self._expect(wanted)
        start = first_open(last_open, newest.limit, self.series.interval)
        earlier = self._pages_before(start, wanted - newest.limit)
        newest_page, *pages = await self._fetched_together([newest, *earlier])
        _, page = await self._proven(newest, newest_page)
        return await self._extended(self._keep(page), earlier, pages), page

    async def _covering(self, moment: int) -> Segment:
        """Return a segment with everything that had closed by ``moment``.

        Right after a close the exchange may not have begun the next bar; then one settling pause is made.
        """
        for pause_s in (0.0, 2 * SETTLE_MS / 1000):
            if pause_s and self.store.covering(moment) is None:
                await self.clock.sleep(pause_s)
            await self._fetch_up_to(moment)
            segment = self.store.covering(moment)
            if segment is not None:
                return segment
        detail = "the exchange did not give the bars that closed by the asked moment"
        raise Retryable(self.series.endpoint.source, detail)

    async def _fetch_up_to(self, moment: int) -> None:
        """Request the bars between the store and ``moment``, or a new segment that ends there."""
        while self.store.covering(moment) is None:
            earlier = self.store.latest_before(moment)
            if earlier is not None and self._missing(earlier, moment) <= self.rows + 1:
                limit = min(self._missing(earlier, moment), self.series.endpoint.max_limit)
                request = self._up_to(moment, limit, earlier.next_open)
                request, page = await self._asked(request)
                self._keep(page)
            else:
                request = self._up_to(moment, self._page_size(self.rows + 1), None)
                _, page = await self._begun(request, moment if request.end is None else request.end)
            if len(page.unfinished) or not page.full or request.start is None:
                return

    def _up_to(self, moment: int, limit: int, start: int | None) -> PageRequest:
        """Return the request for what had closed by ``moment``; without an end if ``moment`` has just passed.

        The response then includes the bar that began after it, which proves that the one before is closed.
        """
        if self.now_ms() - moment < 2 * SETTLE_MS:
            return PageRequest(limit, start=start)
        last_open = moment - self.series.step_ms  # a bar that opened later had not closed
        exact = limit - (start is None and self.series.interval != MONTH)
        return PageRequest(max(1, exact), start=start, end=last_open, complete_to=moment)

    async def _backward(self, segment: Segment, moment: int | None) -> Segment:
        """Extend a segment into the past until it has the requested rows or the series begins."""
        while segment.start > 0 and (need := self.rows - self._have(segment, moment)) > 0:
            self._expect(need)
            requests = self._pages_before(segment.start, need)
            segment = await self._extended(segment, requests, await self._fetched_together(requests))
        return segment

    async def _fetched_together(self, requests: Sequence[PageRequest]) -> list[Page]:
        return await asyncio.gather(*(self._fetched(request) for request in requests))

    async def _extended(
        self, segment: Segment, requests: Sequence[PageRequest], pages: Sequence[Page]
    ) -> Segment:
        """Return a segment with the pages before it, the newest first; those before its series begins are empty."""
        for request, page in zip(requests, pages, strict=True):
            if segment.start == 0:
                break
            segment = self._keep((await self._proven(request, page))[1])
        return segment

    def _pages_before(self, start: int, need: int) -> list[PageRequest]:
        """Return requests for the bars before ``start``, the newest first, no more than reach the kept ones before it.

        Their ends are where the pages before begin if no bar is absent; where some are, pages overlap.
        """
        earlier, found = self.store.latest_before(start), list[PageRequest]()
        while need > 0 and len(found) < PAGES_AT_ONCE and start > 0:
            size = self._page_size(need)
            if earlier is not None:
                between = -(-(start - earlier.next_open) // self.series.step_ms)
                if between <= 0 and found:
                    break
                size = min(size, max(1, between))
            found.append(PageRequest(size, end=start - 1, complete_to=start))
            need, start = need - size, start - size * self.series.step_ms
        return found

    async def _with_gaps_checked(self, segment: Segment, moment: int | None) -> Rows:
        """Return the requested rows; gaps that were not checked before are requested once more, then accepted."""
        rows = self._last(segment, moment)
        gaps = self.store.unchecked_gaps(rows, self.series.interval)
        if not gaps:
            return rows
        for start, end, count in _runs(gaps, self.series.step_ms):
            size = min(count, self.series.endpoint.max_limit)
            page = await self.fetch(self.series, PageRequest(size, start=start, end=end, complete_to=end))
            self.store.patch(page.closed.rows)
            answered_to = int(page.closed.rows.open_time[-1]) if page.full and len(page.closed.rows) else end
            self.store.checked_gaps.update(gap for gap in gaps if start <= gap <= answered_to)
        again = next(s for s in self.store.segments if s.start == segment.start)
        return self._last(again, moment)

    async def _asked(self, request: PageRequest) -> tuple[PageRequest, Page]:
        """Return a proven page with its request, which may be another one."""
        return await self._proven(request, await self._fetched(request))

    async def _fetched(self, request: PageRequest) -> Page:
        page = await self.fetch(self.series, request)
        self.pages.part_done()
        return page

    async def _proven(self, request: PageRequest, page: Page) -> tuple[PageRequest, Page]:
        """Return a page with its request; where no bars follow a ``start``, that of the last bars before its end."""
        if page.is_empty and request.start is not None:
            request = replace(request, start=None, limit=LAST_BARS)
            page = await self.fetch(self.series, request)
        if page.is_empty and not (request.end is not None and await self._begins_after(request.end)):
            raise NoBars(self.series.endpoint.source, self.series.symbol, self.series.interval)
        return request, page

    async def _begins_after(self, moment: int) -> bool:
        """Whether the first bar of the series opened after ``moment`` (ms)."""
        if self.store.first_open is None:
            first = await self.fetch(self.series, PageRequest(1, start=0))
            if first.is_empty:
                return False
            self.store.first_open = int(join(first.closed.rows, first.unfinished).open_time[0])
        return self.store.first_open > moment

    def _expect(self, need: int) -> None:
        self.pages.expect(-(-need // self._page_size(need)))

    def _keep(self, page: Page) -> Segment:
        self.store.fetched_at = page.fetched_at
        return self.store.add(page.closed)

    def _missing(self, segment: Segment, moment: int) -> int:
        """Return the largest number of bars that began after the segment's last and before ``moment``."""
        known_to = max(segment.next_open, segment.until - self.series.step_ms)
        return max(0, moment - known_to) // self.series.step_ms + 1

    def _page_size(self, need: int) -> int:
        endpoint = self.series.endpoint
        return cheapest_page(need, endpoint.weight, endpoint.max_limit)

    def _have(self, segment: Segment, moment: int | None) -> int:
        return len(segment.rows) if moment is None else segment.rows.closed_before(moment)

    def _last(self, segment: Segment, moment: int | None) -> Rows:
        stop = self._have(segment, moment)
        return segment.rows.part(max(0, stop - self.rows), stop)


def _runs(gaps: list[int], step_ms: int) -> list[tuple[int, int, int]]:
    """Group ascending gaps (opening times, ms) into (first, last, count) of neighbours; months differ in length."""
    runs: list[tuple[int, int, int]] = []
    for gap in gaps:
        if runs and gap - runs[-1][1] <= step_ms * 31 / 28:
            runs[-1] = (runs[-1][0], gap, runs[-1][2] + 1)
        else:
            runs.append((gap, gap, 1))
    return runs
