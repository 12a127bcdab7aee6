"""What module J reads: bars of both markets, open interest and settled funding, each laid on the bars' closes."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.windows import lag
from analysis.framework.question import Request, Sources, SourceStamp
from analysis.framework.reasons import Reason
from analysis.sources.bars import MarketPair, fetch_pair
from analysis.sources.listing import find_places
from analysis.sources.quotes import fetch_price
from utils.binance_api.answers import Answer
from utils.binance_api.bars import Bars
from utils.binance_api.faces.statistics import KEPT_MS, PERIODS
from utils.binance_api.intervals import SHORTEST_MS
from utils.binance_api.positioning.rows import OpenInterestHistory
from utils.binance_api.schemas import FundingRate
from utils.http.errors import SourceError, Unavailable

T = TypeVar("T")

FUNDING_PAGE: Final = 1000
FUNDING_PAGES: Final = 3
SHORT_PERIOD_ROWS: Final = 2000  # of five-minute open interest: four requests, not eighteen
BPS: Final = 10_000.0


@dataclass(frozen=True, slots=True, eq=False)
class Settlements:
    """Settled funding known at the asked moment: times (UTC ms, ascending) and rates (fraction per interval)."""

    time: Times
    rate: Floats


@dataclass(frozen=True, slots=True, eq=False)
class RegimeAnomalyInputs:
    """Closed bars with their perpetual's, open interest and settlements, each with the reason where it is absent.

    ``whole``: the bars begin where the listing does, so that fits may read fewer than usual. ``scored`` is how many
    last rows are scored, ``None`` all of them. ``price`` is the live one, where there is one.
    """

    pair: MarketPair
    as_of: int
    open_interest: OpenInterestHistory | None
    open_interest_reason: Reason | None
    funding: Settlements | None
    funding_reason: Reason | None
    stamps: tuple[SourceStamp, ...]
    whole: bool
    scored: int | None
    price: float | None = None

    @property
    def bars(self) -> Bars:
        """The bars that are analysed."""
        return self.pair.bars


async def fetch_inputs(sources: Sources, request: Request, rows: int, scored: int) -> RegimeAnomalyInputs:
    """Read everything for ``rows`` bars; what fails beside the asked bars is a reason."""
    wanted = request.rows or rows
    places = await find_places(sources, request)
    own, other = places.own, places.other
    perpetual = own.symbol if own.market == "futures" else None if isinstance(other, Reason) else other.symbol
    pair, price, interest, settled = await asyncio.gather(
        fetch_pair(sources, request, wanted, wanted),
        fetch_price(sources, replace(request, market=own.market)),
        _or_reason(_open_interest(sources, request, perpetual, wanted)),
        _or_reason(_settlements(sources, request, perpetual, wanted)),
    )
    stamps = [
        SourceStamp(x.source, x.as_of, x.fetched_at, len(x.value))
        for x in (interest, settled)
        if isinstance(x, Answer)
    ]
    return RegimeAnomalyInputs(
        pair=pair,
        as_of=sources.exchange.market_time_ms() if request.as_of is None else request.as_of,
        open_interest=interest.value if isinstance(interest, Answer) else None,
        open_interest_reason=None if isinstance(interest, Answer) else interest,
        funding=_columns(settled.value) if isinstance(settled, Answer) else None,
        funding_reason=None if isinstance(settled, Answer) else settled,
        stamps=pair.stamps() + tuple(stamps),
        whole=len(pair.bars) < wanted,
        scored=None if request.rows else scored,
        price=price,
    )


async def _or_reason(reading: Awaitable[Answer[T] | Reason]) -> Answer[T] | Reason:
    try:
        return await reading
    except SourceError as error:
        return Reason("source_down", {"source": error.source})


def period_of(interval: str) -> str | None:
    """Return the longest period of the statistics that divides the interval, ``None`` below five minutes."""
    step = SHORTEST_MS[interval]
    fitting = [period for period in PERIODS if step % SHORTEST_MS[period] == 0]
    return max(fitting, key=lambda period: SHORTEST_MS[period], default=None)


async def _open_interest(
    sources: Sources, request: Request, perpetual: str | None, rows: int
) -> Answer[OpenInterestHistory] | Reason:
    period = period_of(request.interval)
    if perpetual is None:
        return Reason("no_perpetual", {"symbol": request.symbol})
    if period is None:
        return Reason("no_data", {"what": "open interest of so short bars"})
    per_bar = SHORTEST_MS[request.interval] // SHORTEST_MS[period]
    wanted = min(rows * per_bar, SHORT_PERIOD_ROWS) if period == PERIODS[0] else rows * per_bar
    try:
        answer = await sources.history.open_interest(perpetual, period, rows=wanted, as_of=request.as_of)
    except Unavailable:
        if request.as_of is None or request.as_of > sources.exchange.market_time_ms() - KEPT_MS:
            raise
        return Reason("no_history", {"what": "open interest"})
    return answer if len(answer.value) else Reason("no_data", {"what": "open interest"})


async def _settlements(
    sources: Sources, request: Request, perpetual: str | None, rows: int
) -> Answer[list[FundingRate]] | Reason:
    """Page back from the asked moment until the bars are covered, three pages at most."""
    if perpetual is None:
        return Reason("no_perpetual", {"symbol": request.symbol})
    futures, end = sources.exchange.futures, request.as_of
    first = (end or sources.exchange.market_time_ms()) - rows * SHORTEST_MS[request.interval]
    newest = await (
        futures.settled_funding(perpetual, FUNDING_PAGE)
        if end is None
        else futures.funding_rates(perpetual, end=end, limit=FUNDING_PAGE)
    )
    found, page = list(newest.value), newest
    pages = FUNDING_PAGES if request.rows is None else max(FUNDING_PAGES, rows // FUNDING_PAGE + 1)
    while len(page.value) == FUNDING_PAGE and found[0].funding_time > first and pages > 1:
        page = await futures.funding_rates(perpetual, end=found[0].funding_time - 1, limit=FUNDING_PAGE)
        found, pages = [*page.value, *found], pages - 1
    if not found:
        return Reason("no_data", {"what": "settled funding"})
    return Answer(found, newest.as_of, newest.source, newest.fetched_at)


def _columns(settled: list[FundingRate]) -> Settlements:
    return Settlements(
        np.array([one.funding_time for one in settled], dtype=np.int64),
        np.array([one.funding_rate for one in settled], dtype=np.float64),
    )


@dataclass(frozen=True, slots=True, eq=False)
class RawRows:
    """One value per bar (n): log return, log range, volume in base units, basis (bps), log change of open interest.

    The return of the first bar and of a bar after a gap is NaN. ``funding_change`` is the change of the settled rate in
    the bar it settled in, NaN elsewhere; ``funding_known`` says where the settled rate is known at all. ``missing`` is
    how many bars are missing right before a bar.
    """

    open_time: Times
    returns: Floats
    ranges: Floats
    volume: Floats
    basis: Floats
    open_interest_change: Floats
    funding_change: Floats
    funding_known: np.typing.NDArray[np.bool_]
    settlements: Times
    missing: Floats


def raw_rows(inputs: RegimeAnomalyInputs) -> RawRows:
    """Lay every input on the bars; row t holds what was known at the close of bar t."""
    bars, funding = inputs.bars, inputs.funding
    missing = _missing_before(bars)
    adjacent = missing == 0
    changes, known = _funding_rows(inputs)
    logs = np.log(bars.close)
    return RawRows(
        open_time=bars.open_time,
        returns=np.where(adjacent, logs - lag(logs, 1), np.nan),
        ranges=np.log(bars.high / bars.low),
        volume=bars.volume,
        basis=_basis(inputs),
        open_interest_change=np.where(adjacent, _log_change(_open_interest_rows(inputs)), np.nan),
        funding_change=changes,
        funding_known=known,
        settlements=np.empty(0, np.int64) if funding is None else funding.time,
        missing=missing,
    )


def _missing_before(bars: Bars) -> Floats:
    absent = bars.gaps()
    before = np.searchsorted(absent, bars.open_time)
    return np.diff(before, prepend=0).astype(np.float64)


def _log_change(values: Floats) -> Floats:
    logs = np.log(np.where(values > 0, values, np.nan))
    return np.asarray(logs - lag(logs, 1), dtype=np.float64)


def _basis(inputs: RegimeAnomalyInputs) -> Floats:
    bars, other = inputs.bars, inputs.pair.other
    result = np.full(len(bars), np.nan)
    if other is None or not len(other):
        return result
    there = np.minimum(np.searchsorted(other.open_time, bars.open_time), len(other) - 1)
    same = other.open_time[there] == bars.open_time
    price = other.close[there] * inputs.pair.other_scale
    perpetual, spot = (price, bars.close) if bars.market == "spot" else (bars.close, price)
    return np.where(same, BPS * (perpetual / spot - 1), np.nan)


def _open_interest_rows(inputs: RegimeAnomalyInputs) -> Floats:
    """The newest open interest known at each close and not older than the bar."""
    bars, history = inputs.bars, inputs.open_interest
    result = np.full(len(bars), np.nan)
    if history is None or not len(history):
        return result
    closed = bars.close_time + 1
    last = np.searchsorted(history.known_at, closed, side="right") - 1
    fresh = (last >= 0) & (history.stamp[last] > bars.open_time)
    result[fresh] = history.open_interest[last[fresh]]
    return result


def _funding_rows(inputs: RegimeAnomalyInputs) -> tuple[Floats, np.typing.NDArray[np.bool_]]:
    bars, funding = inputs.bars, inputs.funding
    if funding is None or not len(funding.time):
        return np.full(len(bars), np.nan), np.zeros(len(bars), np.bool_)
    last = np.searchsorted(funding.time, bars.close_time, side="right") - 1
    before = np.searchsorted(funding.time, bars.open_time, side="left") - 1
    change = np.where(
        (last > before) & (before >= 0), funding.rate[last] - funding.rate[np.maximum(before, 0)], np.nan
    )
    return change, before >= 0
