"""What module B reads: closed bars, and beside them premium, funding, the quarterly future and implied volatility."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from analysis.arrays import Floats, Times
from analysis.framework.question import Request, Sources, SourceStamp
from analysis.framework.reasons import Reason
from analysis.sources.bars import fetch_bars
from analysis.sources.listing import Place, find_places, market_table
from analysis.sources.quotes import fetch_price
from config.c_volat import VolatilityConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, HOUR, SHORTEST_MS, last_close
from utils.binance_api.symbols import Listed
from utils.http.errors import Rejected, SourceError
from utils.recorder.option_figures import figures, smile

DRAWN_BARS = 300
"""Rows a chart shows."""
SETTLEMENTS = 100
QUARTERLY_ROWS = 48
QUARTERLY = "CURRENT_QUARTER"
IMPLIED_FIGURE = "atm_iv_30d_pct"
PERCENT = 100.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Funding:
    """Settled funding, ascending: times (UTC ms) and rates, a fraction per interval."""

    time: Times
    rate: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Quarterly:
    """The current quarterly future beside its index; ``delivery`` (UTC ms) as listed now, ``None`` for the past."""

    bars: Bars
    index: Bars
    delivery: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Implied:
    """30-day implied volatility, annual percent: what was recorded (by ``known_at``, UTC ms) and what stands now.

    ``term_days`` and ``term_iv`` are volatilities at the forward per expiry, now; empty for a past moment.
    """

    known_at: Times
    recorded: Floats
    now: float | None
    term_days: Floats
    term_iv: Floats


@dataclass(frozen=True, slots=True, eq=False)
class RegimeInputs:
    """Closed bars of the asked market, and each further source or the reason why it is missing.

    ``evidence`` asks for every row's fits, otherwise those of the last rows are enough. ``price`` is the live one,
    absent for a past moment.
    """

    bars: Bars
    as_of: int
    evidence: bool
    price: float | None
    premium: Bars | Reason
    funding: Funding | Reason
    quarterly: Quarterly | Reason
    implied: Implied | Reason
    notes: tuple[Reason, ...]
    sources: tuple[SourceStamp, ...]


async def read_inputs(
    sources: Sources, request: Request, config: VolatilityConfig, rows: int
) -> RegimeInputs:
    """Read ``rows`` closed bars and what stands beside them; only the asked symbol's own bars may fail."""
    places = await find_places(sources, request)
    own, notes = places.own, places.notes
    perpetual = own if own.market == "futures" else places.other
    listed = await _listed(sources, own)
    premium_rows = request.rows or config.premium_bars + 1
    bars, price, premium, funding, quarterly, implied = await asyncio.gather(
        fetch_bars(sources, request, own, rows),
        fetch_price(sources, replace(request, market=own.market)),
        _or_reason(_premium(sources, request, perpetual, premium_rows)),
        _or_reason(_funding(sources, request, perpetual)),
        _or_reason(read_quarterly(sources, request, perpetual)),
        _or_reason(_implied(sources, request, listed)),
    )
    return RegimeInputs(
        bars=bars,
        as_of=_moment(sources, request),
        evidence=request.rows is not None,
        price=price,
        premium=premium,
        funding=funding,
        quarterly=quarterly,
        implied=implied,
        notes=notes,
        sources=_stamps(bars, premium, quarterly),
    )


def _stamps(bars: Bars, premium: Bars | Reason, quarterly: Quarterly | Reason) -> tuple[SourceStamp, ...]:
    found = [bars]
    found += [] if isinstance(premium, Reason) else [premium]
    found += [] if isinstance(quarterly, Reason) else [quarterly.bars, quarterly.index]
    return tuple(SourceStamp(b.source, b.as_of, b.fetched_at, len(b)) for b in found)


async def _or_reason(reading: Awaitable[T | Reason]) -> T | Reason:
    try:
        return await reading
    except SourceError as error:  # counted and logged by the source's client
        return Reason("source_down", {"source": error.source})


async def _listed(sources: Sources, place: Place) -> Listed | None:
    try:
        return (await market_table(sources, place.market)).get(place.symbol)
    except SourceError:  # the readings that need it say so
        return None


def _moment(sources: Sources, request: Request) -> int:
    return sources.exchange.market_time_ms() if request.as_of is None else request.as_of


def _bars_until(sources: Sources, request: Request) -> int:
    now = sources.exchange.market_time_ms()
    return last_close(now, request.interval) if request.as_of is None else request.as_of


async def _premium(sources: Sources, request: Request, perpetual: Place | Reason, rows: int) -> Bars | Reason:
    if isinstance(perpetual, Reason):
        return perpetual
    futures = sources.exchange.futures
    bars = await futures.premium_klines(
        perpetual.symbol, request.interval, rows=rows, as_of=_bars_until(sources, request)
    )
    return bars if len(bars) else Reason("no_data", {"what": "premium"})


async def _funding(sources: Sources, request: Request, perpetual: Place | Reason) -> Funding | Reason:
    if isinstance(perpetual, Reason):
        return perpetual
    futures = sources.exchange.futures
    if request.as_of is None:
        answer = await futures.settled_funding(perpetual.symbol, SETTLEMENTS)
    else:
        start = request.as_of - SETTLEMENTS * 8 * HOUR
        answer = await futures.funding_rates(perpetual.symbol, start=start, end=request.as_of, limit=1000)
    regular = [row for row in answer.value if row.rate_type == "Regular"]
    if not regular:
        return Reason("no_data", {"what": "funding"})
    times = np.array([row.funding_time for row in regular], dtype=np.int64)
    return Funding(times, np.array([row.funding_rate for row in regular], dtype=np.float64))


async def read_quarterly(sources: Sources, request: Request, perpetual: Place | Reason) -> Quarterly | Reason:
    """Return the quarterly future that is current and its index, or why there is none; raises ``SourceError``."""
    if isinstance(perpetual, Reason):
        return perpetual
    futures, pair = sources.exchange.futures, perpetual.symbol
    nothing = Reason("no_quarterly", {"symbol": pair})
    delivery = None
    if request.as_of is None:
        delivery = await _delivery(sources, pair)
        if delivery is None:
            return nothing
    until, rows = _bars_until(sources, request), request.rows or QUARTERLY_ROWS
    try:
        bars, index = await asyncio.gather(
            futures.continuous_klines(pair, request.interval, rows=rows, contract=QUARTERLY, as_of=until),
            futures.index_klines(pair, request.interval, rows=rows, as_of=until),
        )
    except Rejected:  # how the exchange answers for a pair that never had one
        return nothing
    return Quarterly(bars, index, delivery) if len(bars) and len(index) else nothing


async def _delivery(sources: Sources, pair: str) -> int | None:
    """When the current quarterly future of a pair is delivered (UTC ms), as listed now."""
    rows = (await sources.exchange.futures.exchange_info()).value.symbols
    found = [
        row.delivery_date
        for row in rows
        if row.contract_type == QUARTERLY and row.base_asset + row.quote_asset == pair
    ]
    return found[0] if found else None


async def _implied(sources: Sources, request: Request, listed: Listed | None) -> Implied | Reason:
    if listed is None:
        return Reason("no_data", {"what": "symbol table"})
    underlying = f"{listed.asset}USDT"  # options are quoted in USDT, whatever the asked pair's quote is
    recorded = await _recorded(sources, request, underlying)
    if request.as_of is not None:
        return recorded if len(recorded.recorded) else Reason("no_history", {"what": "implied volatility"})
    known = await sources.exchange.options.underlyings()
    if underlying not in known.value:
        return Reason("no_options", {"asset": listed.asset})
    answer = await sources.exchange.options.option_chain(underlying)
    chain = answer.value
    smiles = [smile(chain, chain.expiry == expiry) for expiry in chain.expiries]
    term = [(s.expiry - answer.as_of, s.atm_iv) for s in smiles if s.atm_iv is not None]
    return replace(
        recorded,
        now=figures(chain, smiles, answer.as_of)[IMPLIED_FIGURE],
        term_days=np.array([left / DAY for left, _ in term]),
        term_iv=np.array([PERCENT * volatility for _, volatility in term]),
    )


async def _recorded(sources: Sources, request: Request, underlying: str) -> Implied:
    moment, nothing = _moment(sources, request), np.empty(0)
    start = moment - (request.rows or DRAWN_BARS) * SHORTEST_MS[request.interval] - DAY
    try:
        window = await sources.history.option_figure(
            underlying, IMPLIED_FIGURE, max(0, start), moment + 1, as_of=moment
        )
    except SourceError:  # the database room says so on its status; the live chain is asked alone
        window = None
    if window is None:
        return Implied(np.empty(0, np.int64), nothing, None, nothing, nothing)
    known = np.isfinite(window.value)
    return Implied(window.known_at[known], window.value[known], None, nothing, nothing)
