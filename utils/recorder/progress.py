"""The state of every series: its cursor, its last attempt, and its backoff after a fault.

A fault of the exchange backs off all series of a kind with growing pauses, since their symbols share one endpoint; a
rejection backs off that series only. Each change of state is logged once, not each attempt.
"""

from collections.abc import Iterable
from typing import Final

import structlog

from utils.http.errors import Rejected, Retryable, SourceError, Unavailable
from utils.http.transitions import advice
from utils.recorder.plan import Job, RecordedSeries, cursor_after, job_for
from utils.store.cursors import Cursors
from utils.units import HOUR_MS, MINUTE_MS

_log = structlog.get_logger(__name__)

FIRST_BACKOFF_MS: Final = MINUTE_MS
LONGEST_BACKOFF_MS: Final = 15 * MINUTE_MS
REFUSED_BACKOFF_MS: Final = 6 * HOUR_MS
"""A rejected series most likely belongs to a delisted symbol; four attempts a day find one that is listed again."""
_MOST_DOUBLINGS: Final = 10


class Progress:
    """Cursors, attempts and backoffs of all series; times are exchange times (UTC ms)."""

    def __init__(self, cursors: Cursors) -> None:
        self.last_tried: dict[RecordedSeries, int] = {}
        self._cursors = cursors
        self._cursors_read: dict[RecordedSeries, int | None] = {}
        self._retry_at: dict[RecordedSeries, int] = {}
        self._kind_retry_at: dict[str, int] = {}
        self._faults: dict[str, int] = {}
        self._refused: set[RecordedSeries] = set()

    @property
    def failing(self) -> tuple[str, ...]:
        """Kinds of series that cannot be read now, for the status page."""
        return tuple(sorted(self._faults))

    async def due(self, series: Iterable[RecordedSeries], now: int) -> list[Job]:
        """Return a job for every series that has rows due and is not backing off."""
        jobs = []
        for one in series:
            if now < max(self._retry_at.get(one, 0), self._kind_retry_at.get(one.what, 0)):
                continue
            if one not in self._cursors_read:
                self._cursors_read[one] = await self._cursors.get(one.name, one.symbol)
            job = job_for(one, self._cursors_read[one], now)
            if job is not None:
                jobs.append(job)
        return jobs

    def is_backing_off(self, series: RecordedSeries, now: int) -> bool:
        """Return whether the kind of a series is backing off."""
        return now < self._kind_retry_at.get(series.what, 0)

    async def done(self, job: Job, newest_row: int | None, now: int) -> None:
        """Advance the cursor after a response was stored; rows not published yet are requested again later."""
        series = job.series
        self._answered(series)
        cursor = cursor_after(job, newest_row, now)
        if cursor is not None:
            await self._cursors.advance(series.name, series.symbol, cursor, now_ms=now)
            self._cursors_read[series] = cursor
        if cursor is None or cursor < job.end:
            self._retry_at[series] = now + series.retry_ms

    def failed(self, series: RecordedSeries, fault: SourceError, now: int) -> None:
        """Note a fault of the exchange."""
        if isinstance(fault, Rejected):
            self._back_off_refused(series, fault, now)
        else:
            self._back_off_kind(series, fault, now)

    def _back_off_refused(self, series: RecordedSeries, fault: Rejected, now: int) -> None:
        self._retry_at[series] = now + REFUSED_BACKOFF_MS
        if series not in self._refused:
            self._refused.add(series)
            _log.warning(
                "the exchange rejects a series, it is not recorded",
                series=series.name,
                symbol=series.symbol,
                detail=fault.detail,
            )

    def _back_off_kind(self, series: RecordedSeries, fault: SourceError, now: int) -> None:
        faults = self._faults.get(series.what, 0)
        self._faults[series.what] = faults + 1
        pause = min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** min(faults, _MOST_DOUBLINGS))
        asked = 0
        if isinstance(fault, Retryable):
            asked = now + round((fault.retry_after_s or 0.0) * 1000)
        elif isinstance(fault, Unavailable):
            asked = fault.until_ms or 0
        self._kind_retry_at[series.what] = max(now + pause, asked)
        if not faults:
            _log.warning(
                "recording is paused",
                series=series.what,
                fault=type(fault).__name__,
                detail=fault.detail,
                **advice(fault),
            )

    def _answered(self, series: RecordedSeries) -> None:
        self._kind_retry_at.pop(series.what, None)
        if self._faults.pop(series.what, 0):
            _log.info("recording continues", series=series.what)
        if series in self._refused:
            self._refused.discard(series)
            _log.info("a rejected series is recorded again", series=series.name, symbol=series.symbol)
