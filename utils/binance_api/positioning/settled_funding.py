"""Settled funding in memory: settlements never change, so that each is requested once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from utils.binance_api.answers import Answer, with_value
from utils.binance_api.schemas import FundingRate
from utils.caching import LruMap
from utils.units import HOUR_MS

SETTLING_MS: Final = 120_000
"""Settlements are at whole hours; rows read this soon after one may lack it."""
MOST_ROWS: Final = 200_000
"""Rows kept, 24 bytes each."""
REGULAR: Final = "Regular"


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Settlements as arrays (n): time (ms), rate and mark price (NaN: none); ``special`` types by time."""

    time: NDArray[np.int64]
    rate: NDArray[np.float64]
    mark: NDArray[np.float64]
    special: Mapping[int, str]


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """Settlements as they were asked for, ``limit`` of them, complete until a moment (exchange time, ms)."""

    columns: Answer[_Columns]
    limit: int
    until: int

    @property
    def last(self) -> int:
        """The time of the newest settlement (ms)."""
        return int(self.columns.value.time[-1])


class SettledFundingCache:
    """The newest settlements by symbol, at most ``MOST_ROWS`` in all."""

    def __init__(self) -> None:
        self._kept: LruMap[str, _Kept] = LruMap(MOST_ROWS, weigh=lambda kept: len(kept.columns.value.time))

    def recall(
        self, symbol: str, limit: int, next_ms: int | None, now_ms: int
    ) -> Answer[list[FundingRate]] | None:
        """Return the newest ``limit`` rows if none can have been added by ``now_ms``, else ``None``.

        ``next_ms`` is the next settlement; where it is not known every whole hour may be one.
        """
        kept = self._reaching(symbol, limit)
        if kept is None or now_ms >= kept.until:
            return None
        known = (
            kept.columns.as_of // HOUR_MS == now_ms // HOUR_MS if next_ms is None else kept.until <= next_ms
        )
        return _rows(symbol, kept, limit) if known else None

    def last(self, symbol: str, limit: int) -> int | None:
        """Return the time (ms) of the newest settlement kept, ``None`` where ``limit`` rows are not."""
        kept = self._reaching(symbol, limit)
        return None if kept is None else kept.last

    def keep(self, symbol: str, limit: int, next_ms: int | None, rows: Answer[list[FundingRate]]) -> None:
        """Keep the newest ``limit`` rows as they were read while ``next_ms`` was the next settlement."""
        if not rows.value:
            return
        due = (rows.as_of // HOUR_MS + 1) * HOUR_MS if next_ms is None else next_ms
        complete = rows.as_of % HOUR_MS >= SETTLING_MS and rows.fetched_at < due
        self._kept.put(symbol, _Kept(with_value(rows, _columns(rows.value)), limit, due if complete else 0))

    def extended(
        self, symbol: str, limit: int, next_ms: int | None, newer: Answer[list[FundingRate]]
    ) -> Answer[list[FundingRate]]:
        """Return the newest ``limit`` rows with those that were read behind the last one, and keep them."""
        kept = self._kept.get(symbol)
        if kept is None:
            raise KeyError(symbol)
        behind = (row for row in newer.value if row.funding_time > kept.last)
        rows = [*_rows(symbol, kept, kept.limit).value, *behind][-kept.limit :]
        self.keep(symbol, kept.limit, next_ms, with_value(newer, rows))
        return with_value(newer, rows[-limit:])

    def _reaching(self, symbol: str, limit: int) -> _Kept | None:
        kept = self._kept.get(symbol)
        return None if kept is None or kept.limit < limit else kept


def _columns(rows: Sequence[FundingRate]) -> _Columns:
    return _Columns(
        np.array([row.funding_time for row in rows], np.int64),
        np.array([row.funding_rate for row in rows], np.float64),
        np.array([np.nan if row.mark_price is None else row.mark_price for row in rows], np.float64),
        {row.funding_time: row.rate_type for row in rows if row.rate_type != REGULAR},
    )


def _rows(symbol: str, kept: _Kept, limit: int) -> Answer[list[FundingRate]]:
    columns = kept.columns.value
    newest = slice(max(0, len(columns.time) - limit), None)
    sides = zip(
        columns.time[newest].tolist(),
        columns.rate[newest].tolist(),
        columns.mark[newest].tolist(),
        strict=True,
    )
    rows = [
        FundingRate(symbol, time, rate, None if isnan(mark) else mark, columns.special.get(time, REGULAR))
        for time, rate, mark in sides
    ]
    return with_value(kept.columns, rows)
