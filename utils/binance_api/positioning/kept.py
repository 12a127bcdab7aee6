"""Positioning statistics in memory as arrays, so that a later read requests only the rows that are new since."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

import numpy as np

from utils.binance_api.positioning.rows import Statistic, union
from utils.caching import LruMap
from utils.units import HOUR_MS, MINUTE_MS

S = TypeVar("S", bound=Statistic)

SETTLED_MS: Final = HOUR_MS
"""Rows may be published late; one that did not come this long after it was due is taken as not existing."""
FIRM_MS: Final = 5 * MINUTE_MS
"""A row that was read this long after it was due is taken as published for good."""
NEWEST_TTL_S: Final = 30.0
"""Age from which rows that may still come or change are requested again."""
HOLES_TTL_S: Final = 3600.0
"""Age from which a history with missing rows is requested again as a whole."""
MOST_BYTES: Final = 8_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """Stamps from ``first`` to ``last`` (ms), ``step`` apart; a row is known ``lag`` (ms) after its stamp."""

    first: int
    last: int
    step: int
    lag: int

    def after(self, stamp: int) -> "Span":
        """Return the part behind a stamp."""
        return replace(self, first=max(self.first, stamp + self.step))


@dataclass(frozen=True, slots=True, eq=False)
class KeptHistory(Generic[S]):
    """Rows that were read from the stamp ``start`` on; those up to ``final`` are not requested again.

    They were requested last at ``asked_s`` (monotonic), which is ``sent_at`` in exchange time (ms), all of them
    together at ``whole_s``. With ``holes`` some are missing before ``final``.
    """

    rows: S
    start: int
    final: int
    holes: bool
    asked_s: float
    whole_s: float
    sent_at: int
    fetched_at: int

    def answers(self, span: Span, now_s: float) -> bool:
        """Return whether nothing up to ``span.last`` has to be requested (again) now."""
        return self.final >= span.last or now_s - self.asked_s < NEWEST_TTL_S


def history_read(rows: S, span: Span, asked_s: float, sent_at: int, fetched_at: int) -> KeptHistory[S]:
    """Return rows of ``span`` that were requested at ``asked_s`` (monotonic), ``sent_at`` in exchange time (ms)."""
    final = _final(rows, span, sent_at)
    holes = _has_holes(rows, span.first, final, span.step)
    return KeptHistory(rows, span.first, final, holes, asked_s, asked_s, sent_at, fetched_at)


class KeptHistories:
    """The histories used last, by what was asked, at most ``most_bytes`` in all."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._kept: LruMap[Hashable, KeptHistory[Any]] = LruMap(
            most_bytes, weigh=lambda kept: kept.rows.nbytes
        )

    def find(self, key: Hashable, first: int, now_s: float) -> KeptHistory[Any] | None:
        """Return the history where it reaches back to the stamp ``first`` (ms); one with old holes is forgotten."""
        kept = self._kept.get(key)
        if kept is not None and kept.holes and now_s - kept.whole_s >= HOLES_TTL_S:
            self._kept.pop(key)
            return None
        return None if kept is None or kept.start > first else kept

    def add(self, key: Hashable, read: KeptHistory[S], step: int, oldest: int) -> KeptHistory[S]:
        """Keep what was read with the rows before it from the stamp ``oldest`` (ms) on, and return both."""
        before, history = self._kept.get(key), read
        if before is not None and before.final + step >= read.start > before.start:
            rows = union(read.rows, before.rows).since(oldest)
            start, final = max(oldest, before.start), max(read.final, before.final)
            holes = _has_holes(rows, start, final, step)
            history = replace(read, rows=rows, start=start, final=final, holes=holes, whole_s=before.whole_s)
        self._kept.put(key, history)
        return history


def _final(rows: Statistic, span: Span, sent_at: int) -> int:
    """Return the stamp (ms) up to which rows requested at ``sent_at`` (exchange time, ms) are complete.

    All that were known an hour before are, and those after them that were there five minutes after they were known.
    """
    final = min(span.last, (sent_at - span.lag - SETTLED_MS) // span.step * span.step)
    firm = rows.stamp[(rows.stamp > final) & (rows.stamp + span.lag + FIRM_MS <= sent_at)]
    for stamp in firm.tolist():
        if stamp != final + span.step:
            break
        final = stamp
    return final


def _has_holes(rows: Statistic, start: int, final: int, step: int) -> bool:
    """Return whether a row from ``start`` to ``final`` (stamps, ms) is missing."""
    there = np.count_nonzero((rows.stamp >= start) & (rows.stamp <= final))
    return int(there) < (final - start) // step + 1
