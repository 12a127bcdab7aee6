"""Requests of one page of klines, and the time span that a response covers."""

from dataclasses import dataclass

from utils.binance_api import schemas
from utils.binance_api.bars import ImpossibleBars
from utils.binance_api.http.rest import RestClient
from utils.binance_api.klines.store import SETTLE_MS, KlineSeries, Rows, Segment, rows_of
from utils.binance_api.klines.validity import fault_of
from utils.http.errors import Unavailable


@dataclass(frozen=True, slots=True)
class PageRequest:
    """At most ``limit`` bars, oldest first from ``start`` or newest up to ``end`` (opening times, ms).

    ``complete_to`` is the time up to which a response that is not truncated at its end is complete; ``None`` is the
    time of the request.
    """

    limit: int
    start: int | None = None
    end: int | None = None
    complete_to: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Closed rows with the span that they cover, the unfinished row if included, and the times of the request."""

    closed: Segment
    unfinished: Rows
    full: bool
    sent_at: int
    fetched_at: int

    @property
    def is_empty(self) -> bool:
        """Whether the exchange sent no bar."""
        return len(self.closed.rows) == 0 and len(self.unfinished) == 0


async def fetch_page(rest: RestClient, series: KlineSeries, request: PageRequest) -> Page:
    """Request one page; raises the errors of ``RestClient.get``, and ``ImpossibleBars``."""
    params: dict[str, str | int] = {**dict(series.subject), "interval": series.interval}
    params["limit"] = request.limit
    if request.start is not None:
        params["startTime"] = request.start
    if request.end is not None:
        params["endTime"] = request.end
    fetched = await rest.get(series.endpoint, params, schemas.klines)
    rows = rows_of(fetched.value)
    fault = fault_of(rows, series.series)
    if fault is not None:
        error = ImpossibleBars(fetched.source, series.symbol, series.interval, fault)
        rest.transitions.failed(error)
        raise error
    if len(rows) and not _within(rows, request):
        raise Unavailable(fetched.source, "the exchange answered with bars outside of the asked time")
    return page_of(rows, request, series.step_ms, sent_at=fetched.sent_at, fetched_at=fetched.fetched_at)


def _within(rows: Rows, request: PageRequest) -> bool:
    early = request.start is not None and int(rows.open_time[0]) < request.start
    late = request.end is not None and int(rows.open_time[-1]) > request.end
    return not (early or late)


def page_of(rows: Rows, request: PageRequest, step_ms: int, *, sent_at: int, fetched_at: int) -> Page:
    """Separate the newest row if it may still change, and determine the span that the page covers.

    Every row but the last is closed, since a later one has begun. The last is closed if it ended ``SETTLE_MS`` before
    the request; but where a later row could have been included and is absent (the symbol is halted, or the response is
    old), it is not kept as closed.
    """
    full = len(rows) >= request.limit
    last = len(rows) > 0 and not (full and request.start is not None)
    late = len(rows) > 0 and int(rows.close_time[-1]) + SETTLE_MS >= sent_at
    open_end = late or (last and request.end is None)
    closed = rows.part(0, len(rows) - open_end)
    unfinished = rows.part(len(rows) - open_end, len(rows)).copied()  # kept longer than the page
    beginning = int(rows.open_time[0]) if full else 0
    start = beginning if request.start is None else request.start
    answered_to = sent_at - SETTLE_MS if request.complete_to is None else request.complete_to
    if open_end:
        until = int(rows.close_time[-1])
    elif len(rows) > 0:
        cut_at_end = full and request.start is not None
        next_close = int(rows.close_time[-1]) + step_ms  # no later bar can close earlier
        until = next_close if cut_at_end else max(answered_to, next_close)
    else:
        until = answered_to
    return Page(Segment(closed, start, until), unfinished, full, sent_at, fetched_at)
