"""Where every series stands: its cursor, when it was tried, and how long it rests after a fault.

A fault of the exchange rests a whole kind of series with growing pauses, since its symbols share one endpoint; a
refusal rests the refused series alone. Each change of state is logged once, never each try.
"""

from collections.abc import Iterable
from typing import Final

import structlog

from utils.http.errors import Rejected, Retryable, SourceError, Unavailable
from utils.http.transitions import advice
from utils.recorder.plan import HOUR_MS, MINUTE_MS, Job, Series, job_for, reached
from utils.store.cursors import Cursors

_log = structlog.get_logger(__name__)

FIRST_REST_MS: Final = MINUTE_MS
LONGEST_REST_MS: Final = 15 * MINUTE_MS
REFUSED_REST_MS: Final = 6 * HOUR_MS
"""A refused series is most likely a symbol that left; asking four times a day finds one that came back."""
_MOST_DOUBLINGS: Final = 10


class Progress:
    """Times are the exchange's, UTC ms."""

    def __init__(self, cursors: Cursors) -> None:
        self.tried: dict[Series, int] = {}
        self._cursors = cursors
        self._reached: dict[Series, int | None] = {}
        self._rests: dict[Series, int] = {}
        self._kind_rests: dict[str, int] = {}
        self._faults: dict[str, int] = {}
        self._refused: set[Series] = set()

    @property
    def failing(self) -> tuple[str, ...]:
        """Kinds of series that cannot be read now, for the status page."""
        return tuple(sorted(self._faults))

    async def due(self, series: Iterable[Series], now: int) -> list[Job]:
        """Return a job for every series that has something to fetch and does not rest."""
        jobs = []
        for one in series:
            if now < max(self._rests.get(one, 0), self._kind_rests.get(one.what, 0)):
                continue
            if one not in self._reached:
                self._reached[one] = await self._cursors.get(one.name, one.symbol)
            job = job_for(one, self._reached[one], now)
            if job is not None:
                jobs.append(job)
        return jobs

    def rests(self, series: Series, now: int) -> bool:
        """Whether a kind of series has met a fault since its job was made."""
        return now < self._kind_rests.get(series.what, 0)

    async def done(self, job: Job, newest_row: int | None, now: int) -> None:
        """Note an answer whose rows are stored; what was not there yet is asked for again a little later."""
        series = job.series
        self._answered(series)
        cursor = reached(job, newest_row, now)
        if cursor is not None:
            await self._cursors.advance(series.name, series.symbol, cursor, now_ms=now)
            self._reached[series] = cursor
        if cursor is None or cursor < job.end:
            self._rests[series] = now + series.again_ms

    def failed(self, series: Series, fault: SourceError, now: int) -> None:
        """Note a fault of the exchange."""
        if isinstance(fault, Rejected):
            self._rest_refused(series, fault, now)
        else:
            self._rest_kind(series, fault, now)

    def _rest_refused(self, series: Series, fault: Rejected, now: int) -> None:
        self._rests[series] = now + REFUSED_REST_MS
        if series not in self._refused:
            self._refused.add(series)
            _log.warning(
                "the exchange refuses a series, it is not recorded",
                series=series.name,
                symbol=series.symbol,
                detail=fault.detail,
            )

    def _rest_kind(self, series: Series, fault: SourceError, now: int) -> None:
        faults = self._faults.get(series.what, 0)
        self._faults[series.what] = faults + 1
        pause = min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** min(faults, _MOST_DOUBLINGS))
        asked = 0
        if isinstance(fault, Retryable):
            asked = now + round((fault.retry_after_s or 0.0) * 1000)
        elif isinstance(fault, Unavailable):
            asked = fault.until_ms or 0
        self._kind_rests[series.what] = max(now + pause, asked)
        if not faults:
            _log.warning(
                "recording is held up",
                series=series.what,
                fault=type(fault).__name__,
                detail=fault.detail,
                **advice(fault),
            )

    def _answered(self, series: Series) -> None:
        self._kind_rests.pop(series.what, None)
        if self._faults.pop(series.what, 0):
            _log.info("recording goes on", series=series.what)
        if series in self._refused:
            self._refused.discard(series)
            _log.info("a refused series is recorded again", series=series.name, symbol=series.symbol)
