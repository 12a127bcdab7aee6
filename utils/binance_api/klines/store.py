"""A kline series and its known bars: closed rows in segments, each with the span that it covers completely."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from msgspec.structs import astuple
from numpy.typing import NDArray

from utils.binance_api.bars import Series
from utils.binance_api.intervals import SHORTEST_MS, missing_opens
from utils.binance_api.schemas import KlineRow
from utils.binance_api.urls import Endpoint, Market
from utils.http.errors import Rejected
from utils.own_pages import in_own_pages

VALUE_COLUMNS = ("open", "high", "low", "close", "volume", "quote_volume", "taker_base", "taker_quote")
MAX_SEGMENTS = 16
"""Segments kept per series; reads at many scattered times drop the earliest segments."""

SETTLE_MS = 250
"""The newest bar counts as closed only this long after its close, as exchange time is known approximately."""

_ORDER = [1, 2, 3, 4, 5, 7, 9, 10]  # where VALUE_COLUMNS stand in the exchange's tuple


@dataclass(frozen=True, slots=True)
class KlineSeries:
    """A series of bars: the endpoint, its identifying parameters (symbol, or pair and contract) and the interval."""

    endpoint: Endpoint
    series: Series
    subject: tuple[tuple[str, str], ...]
    interval: str

    def __post_init__(self) -> None:
        if self.interval not in SHORTEST_MS:
            detail = f"interval {self.interval[:16]!r} is none of {', '.join(SHORTEST_MS)}"
            raise Rejected(self.endpoint.source, detail, parameter="interval")

    def __hash__(self) -> int:
        return hash((self.series, self.subject, self.interval))  # that of an endpoint takes ten times as long

    @property
    def step_ms(self) -> int:
        """The (shortest) length of a bar."""
        return SHORTEST_MS[self.interval]

    @property
    def market(self) -> Market:
        """The market of the series; options have no bars."""
        return "spot" if self.endpoint.market == "spot" else "futures"

    @property
    def symbol(self) -> str:
        """The symbol or pair."""
        return self.subject[0][1]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Bars as arrays, ascending: times int64[n] in ms, ``values`` float64[8, n] in ``VALUE_COLUMNS``."""

    open_time: NDArray[np.int64]
    close_time: NDArray[np.int64]
    values: NDArray[np.float64]
    trades: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.open_time)

    def part(self, start: int, stop: int) -> "Rows":
        """Return rows ``start`` to ``stop``."""
        return Rows(
            self.open_time[start:stop],
            self.close_time[start:stop],
            self.values[:, start:stop],
            self.trades[start:stop],
        )

    def take(self, index: NDArray[np.intp]) -> "Rows":
        """Return the rows at ``index``, copied."""
        return Rows(self.open_time[index], self.close_time[index], self.values[:, index], self.trades[index])

    def copied(self) -> "Rows":
        """Return copies, which keep nothing of what these rows are a part of."""
        return Rows(self.open_time.copy(), self.close_time.copy(), self.values.copy(), self.trades.copy())

    def kept(self) -> "Rows":
        """Return the rows in memory of their own, for a long time."""
        return Rows(*in_own_pages(self.open_time, self.close_time, self.values, self.trades))

    def closed_before(self, moment: int) -> int:
        """Return the number of rows that closed before ``moment`` (ms)."""
        return int(np.searchsorted(self.close_time, moment, side="left"))


def rows_of(wire: Sequence[KlineRow]) -> Rows:
    """Return decoded bars as arrays, in the order in which they were sent."""
    table = np.array([astuple(row) for row in wire], dtype=np.float64).reshape(len(wire), 11)
    open_time = table[:, 0].astype(np.int64)
    values = np.ascontiguousarray(table[:, _ORDER].T)
    return Rows(open_time, table[:, 6].astype(np.int64), values, table[:, 8].astype(np.int64))


NO_ROWS = rows_of(())


def join(first: Rows, second: Rows) -> Rows:
    """Return the union by opening time, ascending; ``second`` wins where both have a row."""
    if len(first) == 0 or len(second) == 0:
        return second if len(first) == 0 else first
    both = Rows(
        np.concatenate([second.open_time, first.open_time]),
        np.concatenate([second.close_time, first.close_time]),
        np.concatenate([second.values, first.values], axis=1),
        np.concatenate([second.trades, first.trades]),
    )
    _, index = np.unique(both.open_time, return_index=True)
    return both.take(index)


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Closed rows without gaps in knowledge between ``start`` and ``until`` (ms).

    Every bar that opened at or after ``start`` and closed before ``until`` is in ``rows``; a ``start`` of 0
    means that the series has nothing earlier.
    """

    rows: Rows
    start: int
    until: int

    @property
    def next_open(self) -> int:
        """The earliest opening time of a row after this segment."""
        return int(self.rows.close_time[-1]) + 1 if len(self.rows) else self.start

    def covers(self, moment: int) -> bool:
        """Whether the segment contains the bars that were closed at ``moment``."""
        return self.start <= moment <= self.until

    def touches(self, other: "Segment") -> bool:
        """Whether the two segments overlap or adjoin."""
        return self.start <= other.until and other.start <= self.until

    def joined(self, other: "Segment") -> "Segment":
        """Return the union of two touching segments; the rows of ``other`` win."""
        rows = join(self.rows, other.rows)
        return Segment(rows, min(self.start, other.start), max(self.until, other.until))


@dataclass(frozen=True, slots=True, eq=False)
class LatestQuery:
    """The latest query: when it was sent (exchange ms, monotonic s) and the last bar it returned, if any.

    ``more`` means that the response was truncated at its end, so newer bars exist.
    """

    asked_at: int
    asked_s: float
    row: Rows = NO_ROWS
    more: bool = False

    @property
    def row_closed(self) -> bool:
        """Whether the bar had closed at the time of the query although no later one had begun (a halted symbol)."""
        return len(self.row) > 0 and int(self.row.close_time[0]) + SETTLE_MS < self.asked_at

    def fresh(self, now_ms: int, now_s: float, refresh_s: float) -> bool:
        """Whether the bar has not closed since and was requested less than ``refresh_s`` ago."""
        closed_since = len(self.row) > 0 and not self.row_closed and now_ms > int(self.row.close_time[0])
        return not closed_since and not self.more and now_s - self.asked_s < refresh_s


@dataclass(frozen=True, slots=True, eq=False)
class FoundRows:
    """What one read found: closed rows, the unfinished one if asked for, and the time they stand for (ms)."""

    closed: Rows
    unfinished: Rows
    as_of: int


class SeriesStore:
    """Disjoint segments of one series in order of time, its unfinished bar and the gaps that were checked.

    ``first_open`` is when the series' first bar opened (ms), where that was asked.
    """

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self.latest: LatestQuery | None = None
        self.checked_gaps: set[int] = set()
        self.first_open: int | None = None
        self.fetched_at = 0

    def __len__(self) -> int:
        return sum(len(segment.rows) for segment in self.segments)

    def covering(self, moment: int) -> Segment | None:
        """Return the segment that contains what was closed at ``moment``."""
        return next((segment for segment in self.segments if segment.covers(moment)), None)

    def known(self, count: int, moment: int, interval: str) -> Rows | None:
        """Return the last ``count`` rows closed before ``moment``, ``None`` if anything has to be requested first."""
        segment = self.covering(moment)
        if segment is None:
            return None
        stop = segment.rows.closed_before(moment)
        if stop < count and segment.start > 0:
            return None
        rows = segment.rows.part(max(0, stop - count), stop)
        return None if self.unchecked_gaps(rows, interval) else rows

    def unchecked_gaps(self, rows: Rows, interval: str) -> list[int]:
        """Return the opening times (ms) that are missing between rows and have not been requested a second time."""
        missing = (int(opening) for opening in missing_opens(rows.open_time, interval))
        return [opening for opening in missing if opening not in self.checked_gaps]

    def latest_before(self, moment: int) -> Segment | None:
        """Return the last segment that ends before ``moment``."""
        return next((s for s in reversed(self.segments) if s.until < moment), None)

    def add(self, page: Segment) -> Segment:
        """Add a page, merge it with the segments it overlaps or adjoins, and return the result."""
        apart = [segment for segment in self.segments if not segment.touches(page)]
        for segment in self.segments:
            if segment.touches(page):
                page = segment.joined(page)
        page = replace(page, rows=page.rows.kept())
        self.segments = sorted([*apart[-(MAX_SEGMENTS - 1) :], page], key=lambda segment: segment.start)
        return page

    def patch(self, rows: Rows) -> None:
        """Add rows of a checked gap to the segment around them."""
        if len(rows) == 0:
            return
        opening = int(rows.open_time[0])
        self.segments = [
            replace(s, rows=join(s.rows, rows).kept()) if s.start <= opening < s.until else s
            for s in self.segments
        ]
