"""Deribit's public market data: the options on a coin, and its volatility index (DVOL). Keyless, it only reads.

Every call is bounded, see :mod:`utils.options_api.deribit_client`.
"""

import random
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import numpy as np
from numpy.typing import NDArray

from utils.binance_api.answers import Answer
from utils.caching import TtlCache
from utils.clock import Clock
from utils.http.errors import Rejected, Unavailable
from utils.http.transport import Params
from utils.option_chain import OptionChain
from utils.options_api import deribit_wire
from utils.options_api.deribit_chain import by_asset, chain_of, settlement_of
from utils.options_api.deribit_client import USUAL, DeribitClient, DeribitTuning, source_of
from utils.options_api.deribit_wire import BookSummary, Candle
from utils.providers import ProviderSeries
from utils.units import HOUR_MS, PERCENT

SUMMARIES: Final = "get_book_summary_by_currency"
INDEX_DATA: Final = "get_volatility_index_data"
METHODS: Final = (SUMMARIES, INDEX_DATA)
CHAIN_TTL_S: Final = 10.0
INDEX_TTL_S: Final = 60.0
CANDLE_S: Final = 3_600
MOST_PAGES: Final = 12
"""Pages of one reading: a year of hours has nine of a thousand candles."""
LOWEST_PERCENT: Final = 3.0
"""No coin's volatility is below it: smaller numbers are fractions, not percent."""
DVOL: Final[Mapping[str, str]] = {"dvol_btc": "BTC", "dvol_eth": "ETH"}
"""Series by name, and the currency that each is the index of."""


@dataclass(frozen=True, slots=True, eq=False)
class _Listed:
    """What is listed under one currency: rows by coin, read at a moment (UTC ms), and the chains made of them."""

    rows: Mapping[str, Sequence[BookSummary]]
    read_at: int
    chains: dict[str, Answer[OptionChain]] = field(default_factory=dict)


class Deribit:
    """Option chains and the volatility index, cached, with concurrent equal calls shared.

    ``now_ms`` is market time (UTC ms), ``rng`` only jitters retries; the session is the caller's to close.
    """

    def __init__(
        self,
        url: str,
        *,
        session: aiohttp.ClientSession,
        clock: Clock,
        now_ms: Callable[[], int],
        rng: random.Random,
        proxy: str | None = None,
        tuning: DeribitTuning = USUAL,
    ) -> None:
        self._client = DeribitClient(
            url, session=session, clock=clock, now_ms=now_ms, rng=rng, proxy=proxy, tuning=tuning
        )
        self._now_ms = now_ms
        self._cache: TtlCache[Hashable, Any] = TtlCache(clock, size=64)

    @property
    def failing(self) -> tuple[str, ...]:
        """The endpoints whose last call failed."""
        return self._client.transitions.failing

    @property
    def requests(self) -> Mapping[tuple[str, str], int]:
        """Requests sent so far by (source, outcome); outcomes are ``ok`` and the names of the faults."""
        return self._client.requests

    @property
    def held_back(self) -> Mapping[tuple[str, str], bool]:
        """Whether requests are held back, by why."""
        return self._client.held_back

    async def close(self) -> None:
        """Cancel requests in progress."""
        await self._cache.close()

    async def option_chain(self, asset: str) -> Answer[OptionChain]:
        """Return the options on a coin (``BTC``) as they stand now, at most ``CHAIN_TTL_S`` seconds old.

        Raises ``Rejected`` where none are listed and the errors of :mod:`utils.options_api.deribit_wire`.
        """
        currency = settlement_of(asset)
        listed: _Listed = await self._cache.fetch(
            (SUMMARIES, currency), CHAIN_TTL_S, lambda: self._listed(currency)
        )
        if asset not in listed.chains:
            listed.chains[asset] = _chain_answer(asset, listed)
        return listed.chains[asset]

    async def _listed(self, currency: str) -> "_Listed":
        params = {"currency": currency, "kind": "option"}
        rows = (await self._client.get(SUMMARIES, params, deribit_wire.summaries)).result
        return _Listed(by_asset(rows), self._now_ms())

    async def series(self, name: str, start: int, end: int, *, as_of: int | None) -> ProviderSeries:
        """Return hourly closes of the volatility index ``dvol_btc`` or ``dvol_eth``, percent per year.

        Candles that begin in ``[start, end)``; each is known when it closes. Raises ``Rejected`` for another name and
        the errors of :mod:`utils.options_api.deribit_wire`.
        """
        source = source_of(INDEX_DATA)
        if name not in DVOL:
            raise Rejected(source, f"there is no series {name[:32]!r}", parameter="name")
        first, last = -(-start // HOUR_MS) * HOUR_MS, -(-end // HOUR_MS) * HOUR_MS
        key = (INDEX_DATA, name, first, last)
        rows: list[Candle] = await self._cache.fetch(
            key, INDEX_TTL_S, lambda: self._candles(DVOL[name], first, last, source)
        )
        now = self._now_ms()
        until = now if as_of is None else min(as_of, now)
        kept = [row for row in rows if start <= row[0] < end and row[0] + HOUR_MS <= until]
        time = np.array([row[0] for row in kept], np.int64)
        close = np.array([row[4] for row in kept], np.float64)
        return ProviderSeries(time, time + HOUR_MS, close, source, now)

    async def _candles(self, currency: str, start: int, end: int, source: str) -> list[Candle]:
        """Read page by page, the newest first; return the candles by time."""
        found: dict[int, Candle] = {}
        for _ in range(MOST_PAGES):
            params: Params = {
                "currency": currency,
                "start_timestamp": start,
                "end_timestamp": end,
                "resolution": str(CANDLE_S),
            }
            page = (await self._client.get(INDEX_DATA, params, deribit_wire.candles)).result
            found |= {row[0]: row for row in page.data}
            if page.continuation is None or not start <= page.continuation < end:
                break
            end = page.continuation
        if found:
            _check_percent(np.array([row[4] for row in found.values()]), source)
        return [found[time] for time in sorted(found)]


def _chain_answer(asset: str, listed: _Listed) -> Answer[OptionChain]:
    source = source_of(SUMMARIES)
    chain = chain_of(asset, listed.rows.get(asset, ()), listed.read_at)
    if chain is None:
        raise Rejected(source, f"no options are listed on {asset[:32]!r}", parameter="asset")
    _check_percent(chain.mark_iv * PERCENT, source)
    return Answer(chain, chain.index_at, source, listed.read_at)


def _check_percent(volatilities: NDArray[np.float64], source: str) -> None:
    """Raise ``Unavailable`` where the known volatilities cannot be percent."""
    known = volatilities[np.isfinite(volatilities)]
    if len(known) and float(np.median(known)) < LOWEST_PERCENT:
        raise Unavailable(source, f"a volatility of {np.median(known):g} is not in percent")
