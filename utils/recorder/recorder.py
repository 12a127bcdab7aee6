"""Records data that the exchange keeps for a limited time: one loop fetches what is due and advances cursors.

Rows are stored before the cursor moves and storing is idempotent, so that stopping at any time neither loses nor
duplicates rows. The pools of the exchange's limits are served concurrently.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import structlog

from config.c_record import RecordConfig
from utils.binance_api.binance_a import BinanceAggregator
from utils.clock import Clock
from utils.http.errors import SourceError
from utils.http.transitions import advice
from utils.providers import OptionProvider
from utils.recorder.fetch import FetchedRows, Fetcher
from utils.recorder.forced_orders import ForcedOrders
from utils.recorder.option_figures import MeasureChain, nothing_beside
from utils.recorder.plan import Job, select_jobs, series_of, tick_budget
from utils.recorder.progress import Progress
from utils.recorder.watched import Watched, WatchList
from utils.store.store import Store
from utils.store.urls import SOURCE as DATABASE

_log = structlog.get_logger(__name__)

TICK_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """For the status page: counts since the start, and what fails now (kinds of series, or the database)."""

    requests: int
    rows: int
    liquidations: int
    defects: int
    failing: tuple[str, ...]


async def _at_once() -> None:
    """Wait for nobody."""


class Recorder:
    """``await run()`` records until cancelled. It only reads from the exchange; ``rng`` jitters retries of writing.

    ``deribit`` is the second source of options, not recorded where it is ``None``. ``quiet`` is awaited before every
    request: it returns when nobody waits for an answer.
    """

    def __init__(
        self,
        store: Store,
        exchange: BinanceAggregator,
        config: RecordConfig,
        *,
        clock: Clock,
        rng: random.Random,
        deribit: OptionProvider | None = None,
        quiet: Callable[[], Awaitable[None]] = _at_once,
        measure_chain: MeasureChain = nothing_beside,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.progress = Progress(store.cursors)
        self.forced = ForcedOrders(exchange, store, clock, rng)
        self._store = store
        self._exchange = exchange
        self._config = config
        self._deribit = deribit
        self._clock = clock
        self._quiet = quiet
        self._measure_chain = measure_chain
        self._watching = WatchList(exchange, config)
        self._paused_by: str | None = None

    @property
    def status(self) -> RecorderStatus:
        """Counts since the start and what fails now."""
        paused_by = () if self._paused_by is None else (self._paused_by,)
        return RecorderStatus(
            self.counts["requests"],
            self.counts["rows"],
            self.forced.writer.counts.written,
            self.counts["defects"] + self.forced.writer.counts.defects,
            (*paused_by, *self.progress.failing),
        )

    async def run(self) -> None:
        """Record until cancelled; then write buffered rows and store the received time spans."""
        async with self.forced.writer:
            try:
                self.forced.start()
                while True:
                    await self._guarded_tick()
                    await self._clock.sleep(TICK_S)
            finally:
                self.forced.close()
                await self._note_end()

    async def tick(self) -> None:
        """Fetch what is due now, within the share of the limits; a failed request is retried later."""
        try:
            await self._store.database.ping()
            await self.forced.save()
            now = self._exchange.market_time_ms()
            watched = await self._watching.watched(now)
            assets = () if self._deribit is None else watched.option_assets
            series = series_of(self._config, watched.symbols, watched.underlyings, assets)
            due = await self.progress.due(series, now)
        except SourceError as fault:
            self._pause(fault)
            return
        self._resume()
        budget = tick_budget(self._config.budget_share, round(TICK_S * 1000))
        await self._serve(select_jobs(due, self.progress.last_tried, budget), watched)

    async def _guarded_tick(self) -> None:
        try:
            await self.tick()
        except Exception:  # the outermost loop: a defect must not end recording
            self.counts["defects"] += 1
            _log.exception("a tick of the recorder failed; this is a defect of the program")

    async def _serve(self, jobs: Sequence[Job], watched: Watched) -> None:
        fetcher = Fetcher(self._exchange, watched.symbols, self._deribit, self._measure_chain)
        ordered = sorted(jobs, key=_pool)  # stable: the order inside a pool stays
        pools = [list(group) for _, group in groupby(ordered, key=_pool)]
        await asyncio.gather(*(self._serve_pool(fetcher, pool) for pool in pools))

    async def _serve_pool(self, fetcher: Fetcher, jobs: Sequence[Job]) -> None:
        for job in jobs:
            if self._paused_by is None and not self.progress.is_backing_off(
                job.series, self._exchange.market_time_ms()
            ):
                await self._record(fetcher, job)

    async def _record(self, fetcher: Fetcher, job: Job) -> None:
        """Execute one job; a failure affects its series only."""
        await self._quiet()
        self.counts["requests"] += 1
        self.progress.last_tried[job.series] = self._exchange.market_time_ms()
        try:
            await self._store_rows(job, await fetcher.fetch(job))
        except SourceError as fault:
            if fault.source == DATABASE:
                self._pause(fault)
            else:
                self.progress.failed(job.series, fault, self._exchange.market_time_ms())
        except (
            Exception
        ) as error:  # the outermost handler of a series: a defect of one must not end the others
            self.counts["defects"] += 1
            _log.exception(
                "a series cannot be recorded; this is a defect of the program", series=job.series.name
            )
            defect = SourceError("recorder", f"defect: {type(error).__name__}")
            self.progress.failed(job.series, defect, self._exchange.market_time_ms())

    async def _store_rows(self, job: Job, fetched: FetchedRows) -> None:
        if fetched.observations:
            self.counts["rows"] += await self._store.observations.append(fetched.observations)
        if fetched.summaries:
            self.counts["rows"] += await self._store.option_summaries.append(fetched.summaries)
        await self.progress.done(job, fetched.newest, self._exchange.market_time_ms())

    async def _note_end(self) -> None:
        try:
            await self.forced.save()
        except SourceError as fault:
            self._pause(fault)

    def _pause(self, fault: SourceError) -> None:
        if self._paused_by is None:
            _log.warning("recording is paused", source=fault.source, detail=fault.detail, **advice(fault))
        self._paused_by = fault.source

    def _resume(self) -> None:
        if self._paused_by is not None:
            _log.info("recording continues", source=self._paused_by)
            self._paused_by = None


def _pool(job: Job) -> str:
    return job.series.pool
