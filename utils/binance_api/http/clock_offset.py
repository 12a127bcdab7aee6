"""Exchange time: the local clock plus the offset measured from ``/time``."""

from collections.abc import Awaitable, Callable

import structlog

from utils.binance_api.http.rest import Fetched
from utils.binance_api.schemas import ServerTime
from utils.caching import CancellingSingleFlight
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.priority import urgent

_log = structlog.get_logger(__name__)

TimeReader = Callable[[], Awaitable[Fetched[ServerTime]]]
"""Requests ``/time``; the stamps of its response are taken with the offset in use."""

SAMPLES = 3
"""Samples per measurement; the one with the shortest round trip is used."""
REMEASURE_S = 600.0
RETRY_S = 30.0
STEP_MS = 1000.0
"""If the wall clock moved this much against the monotonic one, it was set and the offset is measured again."""


class ClockOffset:
    """Measured at first use, then every ``every_s`` seconds and whenever the wall clock was set."""

    def __init__(self, clock: Clock, *, every_s: float = REMEASURE_S) -> None:
        self._clock = clock
        self._every_s = every_s
        self._due_s = float("-inf")
        self._wall_at = 0
        self._monotonic_at = 0.0
        self._flight: CancellingSingleFlight[str, None] = CancellingSingleFlight()
        self.offset_ms = 0
        self.round_trip_ms: int | None = None

    def now_ms(self) -> int:
        """Return exchange time in ms; before the first measurement the local time."""
        return self._clock.now_ms() + self.offset_ms

    @property
    def measured(self) -> bool:
        """Whether any measurement succeeded."""
        return self.round_trip_ms is not None

    def invalidate(self) -> None:
        """Require a new measurement, as after a reply that the timestamp is wrong (-1021)."""
        self._due_s = float("-inf")

    async def ensure(self, read: TimeReader) -> None:
        """Measure if due; if ``read`` fails, the last offset stays in use and the next attempt is 30 s later."""
        if self._clock.monotonic() >= self._due_s or self._stepped():
            await self._flight.run("measure", lambda: self._measure(read))

    def _stepped(self) -> bool:
        wall = self._clock.now_ms() - self._wall_at
        return abs(wall - (self._clock.monotonic() - self._monotonic_at) * 1000) > STEP_MS

    async def _measure(self, read: TimeReader) -> None:
        self._wall_at, self._monotonic_at = self._clock.now_ms(), self._clock.monotonic()
        self._due_s = self._clock.monotonic() + RETRY_S
        try:
            with urgent():  # everybody's stamps and the ages of events depend on it, whoever finds it due
                samples = [await self._sample(read) for _ in range(SAMPLES)]
        except SourceError as error:
            _log.warning("exchange time not measured", source=error.source, detail=error.detail)
            return
        self._due_s = self._clock.monotonic() + self._every_s
        self.round_trip_ms, self.offset_ms = min(samples)

    async def _sample(self, read: TimeReader) -> tuple[int, int]:
        """Return (round trip, offset) in ms, assuming that the exchange answered half-way."""
        fetched = await read()
        trip = fetched.fetched_at - fetched.sent_at
        return trip, self.offset_ms + fetched.value.server_time - (fetched.sent_at + trip // 2)
