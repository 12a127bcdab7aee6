"""The request of one job, and its response as rows to store."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from utils.binance_api.answers import Answer
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.positioning.rows import RatioHistory, Statistic
from utils.option_chain import OptionChain
from utils.providers import OptionProvider
from utils.recorder import names, rows
from utils.recorder.option_figures import MeasureChain, nothing_beside, summary_of
from utils.recorder.plan import FUNDING_PAGE, Job, What
from utils.store.observations import Observation
from utils.store.option_summaries import OptionSummary
from utils.units import HOUR_MS

S = TypeVar("S", bound=Statistic)

EARLY_MS: Final = 60_000
"""Settlements are stamped some ms off the hour; requests begin a minute before it."""


@dataclass(frozen=True, slots=True)
class FetchedRows:
    """Rows to store, and the grid point (UTC ms) of the newest one, ``None`` without rows."""

    newest: int | None
    observations: Sequence[Observation] = ()
    summaries: Sequence[OptionSummary] = field(default=())


class Fetcher:
    """Executes jobs; ``symbols`` are the perpetuals to store from responses for all symbols.

    ``deribit`` reads the series ``options_deribit``; without it there must be none. ``measure`` adds figures to those
    of every option chain.
    """

    def __init__(
        self,
        exchange: BinanceAggregator,
        symbols: Sequence[str],
        deribit: OptionProvider | None = None,
        measure: MeasureChain = nothing_beside,
    ) -> None:
        self._exchange = exchange
        self._deribit = deribit
        self._measure = measure
        self._statistics = exchange.statistics.uncached()  # every page is read once
        self._symbols = symbols
        self._readers: Mapping[What, Callable[[Job], Awaitable[FetchedRows]]] = {
            "open_interest": self._open_interest,
            "global_accounts": self._global_accounts,
            "top_accounts": self._top_accounts,
            "top_positions": self._top_positions,
            "taker_volume": self._taker_volume,
            "funding": self._funding,
            "open_interest_now": self._open_interest_now,
            "premium": self._premium,
            "options": self._options,
            "options_deribit": self._options_deribit,
        }

    async def fetch(self, job: Job) -> FetchedRows:
        """Execute one job; raises the errors of ``utils/http/errors.py``."""
        return await self._readers[job.series.what](job)

    async def _open_interest(self, job: Job) -> FetchedRows:
        found = await self._statistic(job, self._statistics.open_interest)
        return _fetched(job, found, rows.open_interest_rows(found))

    async def _global_accounts(self, job: Job) -> FetchedRows:
        return await self._ratio(job, names.GLOBAL_ACCOUNTS, self._statistics.global_accounts)

    async def _top_accounts(self, job: Job) -> FetchedRows:
        return await self._ratio(job, names.TOP_ACCOUNTS, self._statistics.top_accounts)

    async def _top_positions(self, job: Job) -> FetchedRows:
        return await self._ratio(job, names.TOP_POSITIONS, self._statistics.top_positions)

    async def _taker_volume(self, job: Job) -> FetchedRows:
        found = await self._statistic(job, self._statistics.taker_volume)
        return _fetched(job, found, rows.taker_rows(found))

    async def _ratio(
        self, job: Job, name: str, ask: Callable[..., Awaitable[Answer[RatioHistory]]]
    ) -> FetchedRows:
        found = await self._statistic(job, ask)
        return _fetched(job, found, rows.ratio_rows(name, found))

    async def _statistic(self, job: Job, ask: Callable[..., Awaitable[Answer[S]]]) -> S:
        series = job.series
        known_at = job.end + series.lag_ms  # a row of taker volume is known one period after its stamp
        answer = await ask(series.symbol, series.period, rows=job.rows, as_of=known_at)
        return answer.value

    async def _funding(self, job: Job) -> FetchedRows:
        symbol, end = job.series.symbol, job.end + HOUR_MS // 2
        answer = await self._exchange.futures.funding_rates(
            symbol, start=job.start - EARLY_MS, end=end, limit=FUNDING_PAGE
        )
        settled = [row for row in answer.value if row.funding_time <= end]
        newest = max((_nearest_hour(row.funding_time) for row in settled), default=None)
        return FetchedRows(newest, rows.funding_rows(symbol, settled))

    async def _open_interest_now(self, job: Job) -> FetchedRows:
        answer = await self._exchange.futures.open_interest(job.series.symbol)
        return FetchedRows(job.end, rows.open_interest_now_rows(answer))

    async def _premium(self, job: Job) -> FetchedRows:
        answer = await self._exchange.futures.premium_indexes()
        return FetchedRows(job.end, rows.premium_rows(answer, self._symbols))

    async def _options(self, job: Job) -> FetchedRows:
        answer = await self._exchange.options.option_chain(job.series.symbol)
        return await self._summary(job, answer, names.BINANCE_OPTIONS)

    async def _options_deribit(self, job: Job) -> FetchedRows:
        if self._deribit is None:
            raise RuntimeError("a series of deribit is planned without its provider")
        answer = await self._deribit.option_chain(job.series.symbol)
        return await self._summary(job, answer, names.DERIBIT_OPTIONS)

    async def _summary(self, job: Job, answer: Answer[OptionChain], source: str) -> FetchedRows:
        measured = await self._measure(answer.value, answer.as_of)
        return FetchedRows(job.end, summaries=(summary_of(answer, source, measured),))


def _fetched(job: Job, found: Statistic, observations: Sequence[Observation]) -> FetchedRows:
    step = job.series.every_ms
    newest = int(found.stamp[-1]) // step * step if len(found) else None
    return FetchedRows(newest, observations)


def _nearest_hour(moment: int) -> int:
    return (moment + HOUR_MS // 2) // HOUR_MS * HOUR_MS
