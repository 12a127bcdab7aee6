"""Positioning statistics from the exchange and from stored rows, which reach back further than the exchange's 30 days.

The methods are those of ``faces/statistics``, so that a longer window is only a larger ``rows``. If both have a stamp,
the stored row is used: it is the value that was known first, and the exchange may have revised it since.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from utils.binance_api.answers import Answer
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.intervals import SHORTEST_MS
from utils.binance_api.positioning.rows import (
    OpenInterestHistory,
    RatioHistory,
    Statistic,
    TakerHistory,
    union,
)
from utils.http.errors import SourceError
from utils.recorder import merged, names
from utils.recorder.option_figures import recorded_chain
from utils.recorder.smiles import RecordedChain
from utils.store.liquidations import LiquidationWindow
from utils.store.listening import EVERY_SYMBOL, Span
from utils.store.observations import Window
from utils.store.store import Store

S = TypeVar("S", bound=Statistic)


@dataclass(frozen=True, slots=True, eq=False)
class ObservedLiquidations:
    """Forced orders and the time spans (UTC ms) in which the stream was received."""

    orders: LiquidationWindow
    listened: tuple[Span, ...]

    def share(self, start: int, end: int) -> float:
        """Return the share of ``start <= t < end`` (UTC ms) in which the stream was received."""
        received = sum(max(0, min(until, end) - max(since, start)) for since, until in self.listened)
        return received / (end - start)


class History:
    """Reads both sources; ``store`` returns ``None`` while the database cannot be used.

    Statistics have ``rows`` rows of ``period`` known at ``as_of`` (UTC ms, default now), fewer if neither source has
    them; ``answer.source`` names the sources used. Errors of the exchange are raised only without any stored row.
    """

    def __init__(self, exchange: BinanceAggregator, store: Callable[[], Store | None]) -> None:
        self._exchange = exchange
        self._store = store

    async def open_interest(
        self, symbol: str, period: str, *, rows: int = 30, as_of: int | None = None
    ) -> Answer[OpenInterestHistory]:
        """Return open interest in base and quote units; the supply of stored rows is NaN."""
        columns = (names.OPEN_INTEREST_BASE, names.OPEN_INTEREST_USD)
        ask = self._exchange.statistics.open_interest
        return await self._both(symbol, period, rows, as_of, columns, merged.open_interest, ask)

    async def global_accounts(
        self, symbol: str, period: str, *, rows: int = 30, as_of: int | None = None
    ) -> Answer[RatioHistory]:
        """Return long against short accounts of everyone."""
        ask = self._exchange.statistics.global_accounts
        return await self._both(symbol, period, rows, as_of, (names.GLOBAL_ACCOUNTS,), merged.ratio, ask)

    async def top_accounts(
        self, symbol: str, period: str, *, rows: int = 30, as_of: int | None = None
    ) -> Answer[RatioHistory]:
        """Return long against short accounts of the top 20 % by margin balance."""
        ask = self._exchange.statistics.top_accounts
        return await self._both(symbol, period, rows, as_of, (names.TOP_ACCOUNTS,), merged.ratio, ask)

    async def top_positions(
        self, symbol: str, period: str, *, rows: int = 30, as_of: int | None = None
    ) -> Answer[RatioHistory]:
        """Return long against short positions, by size, of the top 20 % by margin balance."""
        ask = self._exchange.statistics.top_positions
        return await self._both(symbol, period, rows, as_of, (names.TOP_POSITIONS,), merged.ratio, ask)

    async def taker_volume(
        self, symbol: str, period: str, *, rows: int = 30, as_of: int | None = None
    ) -> Answer[TakerHistory]:
        """Return taker buy and sell volume; a row is known one period after its stamp."""
        columns = (names.TAKER_BUY, names.TAKER_SELL)
        ask = self._exchange.statistics.taker_volume
        return await self._both(symbol, period, rows, as_of, columns, merged.taker, ask)

    async def liquidations(
        self, symbol: str, start: int, end: int, *, as_of: int
    ) -> ObservedLiquidations | None:
        """Return the forced orders of ``start <= ts < end`` (UTC ms) known at ``as_of``, ``None`` without a store."""
        store = self._store()
        if store is None:
            return None
        orders = await store.liquidations.window(symbol, start, end, as_of=as_of)
        until = max(start, min(end, as_of))
        return ObservedLiquidations(
            orders, await store.listening.spans(names.LIQUIDATIONS, EVERY_SYMBOL, start, until)
        )

    async def observed(self, name: str, symbol: str, start: int, end: int, *, as_of: int) -> Window | None:
        """Return any recorded series (``names``) of ``start <= ts < end`` (UTC ms), ``None`` without a store."""
        store = self._store()
        return (
            None if store is None else await store.observations.window(name, symbol, start, end, as_of=as_of)
        )

    async def option_figure(
        self,
        underlying: str,
        figure: str,
        start: int,
        end: int,
        *,
        as_of: int,
        source: str = names.BINANCE_OPTIONS,
    ) -> Window | None:
        """Return one figure of a source's option summaries (``smiles.figures``), ``None`` without a store.

        ``underlying`` is what the source calls it: ``BTCUSDT`` at Binance, ``BTC`` at Deribit.
        """
        store = self._store()
        if store is None:
            return None
        summaries = store.option_summaries
        return await summaries.figure(source, underlying, figure, start, end, as_of=as_of)

    async def option_chain(
        self, underlying: str, *, as_of: int, source: str = names.BINANCE_OPTIONS
    ) -> RecordedChain | None:
        """Return what was recorded last of a source's chain by ``as_of`` (UTC ms), ``None`` where nothing was."""
        store = self._store()
        found = (
            None if store is None else await store.option_summaries.latest(source, underlying, as_of=as_of)
        )
        return None if found is None else recorded_chain(found)

    async def _both(
        self,
        symbol: str,
        period: str,
        rows: int,
        as_of: int | None,
        columns: Sequence[str],
        build: Callable[[str, str, Sequence[Window]], S],
        ask: Callable[..., Awaitable[Answer[S]]],
    ) -> Answer[S]:
        now = self._exchange.market_time_ms()
        moment = now if as_of is None else min(as_of, now)
        kept = await self._kept(symbol, period, rows, moment, columns, build)
        if kept is not None and merged.complete(kept, rows, moment):
            return Answer(kept.tail(rows), int(kept.known_at[-1]), names.STORE_SOURCE, now)
        try:
            asked = await ask(symbol, period, rows=rows, as_of=as_of)
        except SourceError:  # counted and logged by the REST client; stored rows are an answer too
            if kept is None or not len(kept):
                raise
            return Answer(kept.tail(rows), int(kept.known_at[-1]), names.STORE_SOURCE, now)
        if kept is None or not len(kept):
            return asked
        both = union(kept, asked.value).tail(rows)
        source = f"{asked.source} + {names.STORE_SOURCE}"
        return Answer(both, int(both.known_at[-1]), source, asked.fetched_at)

    async def _kept(
        self,
        symbol: str,
        period: str,
        rows: int,
        moment: int,
        columns: Sequence[str],
        build: Callable[[str, str, Sequence[Window]], S],
    ) -> S | None:
        """Return stored rows known at ``moment``, ``None`` without a store or if it does not answer."""
        store = self._store()
        if store is None:
            return None
        start = moment - (rows + 1) * SHORTEST_MS[period]
        try:
            windows = [
                await store.observations.window(
                    names.per_period(name, period), symbol, max(0, start), moment + 1, as_of=moment
                )
                for name in columns
            ]
        except SourceError:  # shown in the status of the database; only the exchange is read
            return None
        return build(symbol, period, windows)
