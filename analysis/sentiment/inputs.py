"""What module C reads: bars of both markets, funding, open interest and ratios of the perpetual, as known then.

Positioning is read by the hour whatever the bars are, and the price beside it by the half hour: a ratio stamped t
describes the market about half an hour earlier.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Final, TypeVar

from analysis.features.liquidation import Brackets, continuous_brackets
from analysis.framework.look_back import DRAWN_BARS, day_bars
from analysis.framework.module import FitKey
from analysis.framework.question import Listing, MarketInputs, Request, Sources, SourceStamp, stamp
from analysis.framework.reasons import NOT_ASKED, Reason
from analysis.sources.bars import fetch_bars, fetch_counterpart
from analysis.sources.brackets import fetch_brackets
from analysis.sources.degrading import if_displayed, known, or_reason, reasons_of
from analysis.sources.funding import PAGE, SettledFunding, fetch_funding
from analysis.sources.mark import fetch_mark
from analysis.sources.option_surface import OptionSurface, fetch_options
from analysis.sources.positioning import Ask, fetch_statistic, stamp_of
from analysis.sources.quotes import fetch_price
from analysis.sources.running_funding import RunningFunding, fetch_funding_hours, fetch_running_funding
from analysis.sources.seen_liquidations import SeenLiquidations, fetch_seen_liquidations
from config.c_deriv import DerivSentimentConfig
from config.margin import BRACKET_CAPS, BRACKET_LEVERAGES, BRACKET_RATES
from utils.binance_api.answers import Answer
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, HOUR, SHORTEST_MS
from utils.binance_api.positioning.rows import OpenInterestHistory, RatioHistory, Statistic, TakerHistory
from utils.providers import ProviderSeries

PERIOD: Final = "1h"
HALF_HOUR: Final = "30m"
LONGEST_RETURN_H: Final = 72
MARGIN_H: Final = 24
"""Hours beyond the look-back, so that its first value has a change over a day."""

STATISTIC_WORDS: Final[Mapping[str, str]] = {
    "open_interest": "open interest",
    "global_accounts": "long/short ratio",
    "top_accounts": "long/short ratio of the top accounts",
    "top_positions": "long/short ratio of the top positions",
    "taker": "taker volume",
}

SUPPLY_WORDS: Final = "circulating supply"
LONGEST_RECORD: Final = 30 * DAY
"""How far back recorded liquidations are read, ms."""
APPROXIMATE: Final = continuous_brackets(BRACKET_CAPS, BRACKET_RATES, BRACKET_LEVERAGES)

StatisticT = TypeVar("StatisticT", bound=Statistic)


@dataclass(frozen=True, slots=True, eq=False)
class Funding:
    """Settlements, the interval in force now (hours), and the rate of the coming settlement; ``None`` where unknown."""

    settled: SettledFunding | None
    hours: int | None
    running: RunningFunding | None


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Hourly statistics of the perpetual; ``None`` where unknown.

    ``open_interest_now`` is that of now, in base units, ``supply`` the coins in circulation at the moment asked.
    """

    open_interest: OpenInterestHistory | None
    open_interest_now: float | None
    supply: float | None
    global_accounts: RatioHistory | None
    top_accounts: RatioHistory | None
    top_positions: RatioHistory | None
    taker: TakerHistory | None


@dataclass(frozen=True, slots=True, eq=False)
class LiquidationInputs:
    """Bars of the mark price by the half hour, margin brackets, and the forced orders that we recorded.

    ``None`` where unknown; ``approximate`` brackets are those of a large coin.
    """

    mark: Bars | None = None
    brackets: Brackets | None = None
    approximate: bool = False
    seen: SeenLiquidations | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SentimentInputs(MarketInputs):
    """What is read beside the bars; ``None`` where absent, and ``missing`` says why.

    ``counterpart``: bars of the other market, whose prices times ``counterpart_scale`` are in the same unit.
    ``half_hours``: bars of the instrument by the half hour. ``units``: coins per unit of the instrument. ``options``:
    those on the coin; ``dvol``: the coin's volatility index, percent per year.
    """

    counterpart: Bars | None
    counterpart_scale: float
    half_hours: Bars | None
    funding: Funding
    positions: Positions
    liquidations: LiquidationInputs
    units: int = 1
    options: OptionSurface | None = None
    dvol: ProviderSeries | None = None


def history(config: DerivSentimentConfig, interval: str) -> int:
    """Return how many closed bars one reading needs."""
    return day_bars(interval) + 2 * config.scale_bars + config.rank_bars


def position_hours(config: DerivSentimentConfig, request: Request) -> int:
    """Return how many hourly values are read: the look-back, and for a history the hours that its bars last too."""
    asked = (request.scope.rows or 0) * SHORTEST_MS[request.interval] // HOUR
    return config.position_hours + MARGIN_H + asked


async def fetch(
    sources: Sources, listing: Listing, request: Request, config: DerivSentimentConfig
) -> SentimentInputs:
    """Read everything at once; only the instrument's own bars may fail.

    No score and no scalar rests on liquidations, the coming funding, open interest of now, supply and the volatility
    index: where only these are wanted, they are not read.
    """
    rows = request.scope.rows or history(config, request.interval)
    hours, half_hourly = position_hours(config, request), replace(request, interval=HALF_HOUR)
    found, price, counterpart, half_hours, beside, (liquidations, no_map) = await asyncio.gather(
        fetch_bars(sources, request, listing.instrument, rows),
        fetch_price(sources, request, listing),
        fetch_counterpart(sources, request, listing, rows),
        or_reason(fetch_bars(sources, half_hourly, listing.instrument, 2 * hours)),
        asyncio.gather(
            _funding(sources, listing, request, config),
            _positions(sources, listing, request, hours),
            fetch_options(sources, request, listing, hours),
        ),
        _liquidations(sources, listing, request, hours),
    )
    (funding, no_funding), positions, options = beside
    bars = (found.bars, known(counterpart))
    settled = funding.settled
    return SentimentInputs(
        bars=found.bars,
        as_of=sources.moment(request),
        price=price.price,
        price_time=price.time,
        changes=price.changes,
        scope=request.scope,
        notes=listing.notes + found.notes,
        stamps=(
            *(stamp(one) for one in bars if one is not None),
            *(() if settled is None else (settled.stamp,)),
            *positions.stamps,
            *options.stamps,
        ),
        missing={
            **reasons_of(counterpart=counterpart, half_hours=half_hours),
            **no_funding,
            **positions.missing,
            **no_map,
            **options.missing,
        },
        counterpart=known(counterpart),
        counterpart_scale=listing.counterpart_scale,
        half_hours=None if isinstance(half_hours, Reason) else half_hours.bars,
        funding=funding,
        positions=positions.values,
        liquidations=liquidations,
        units=listing.multiple,
        options=options.surface,
        dvol=options.index,
    )


async def _funding(
    sources: Sources, listing: Listing, request: Request, config: DerivSentimentConfig
) -> tuple[Funding, Mapping[str, Reason]]:
    span = (request.scope.rows or 0) * SHORTEST_MS[request.interval]
    since = sources.moment(request) - config.funding_days * DAY - span
    pages = 1 + config.funding_rank // PAGE + span // (PAGE * HOUR) if request.scope.is_history else 1
    settled, hours, running = await asyncio.gather(
        or_reason(fetch_funding(sources, request, listing, since=since if pages > 1 else None, pages=pages)),
        or_reason(fetch_funding_hours(sources, request, listing)),
        if_displayed(request, lambda: fetch_running_funding(sources, request, listing)),
    )
    missing = reasons_of(funding=settled, funding_hours=hours, running=running)
    return Funding(known(settled), known(hours), known(running)), missing


@dataclass(frozen=True, slots=True, eq=False)
class _PositionsRead:
    values: Positions
    stamps: tuple[SourceStamp, ...]
    missing: Mapping[str, Reason]


async def _positions(sources: Sources, listing: Listing, request: Request, hours: int) -> _PositionsRead:
    kept = sources.history

    def read(ask: Ask[StatisticT], what: str) -> Awaitable[Answer[StatisticT] | Reason]:
        reading = fetch_statistic(ask, what, sources, request, listing, period=PERIOD, rows=hours)
        return or_reason(reading)

    (now, supply), interest, everyone, accounts, positions, taker = await asyncio.gather(
        asyncio.gather(
            if_displayed(request, lambda: _open_interest_now(sources, listing, request)),
            if_displayed(request, lambda: _supply(sources, listing, request)),
        ),
        read(kept.open_interest, STATISTIC_WORDS["open_interest"]),
        read(kept.global_accounts, STATISTIC_WORDS["global_accounts"]),
        read(kept.top_accounts, STATISTIC_WORDS["top_accounts"]),
        read(kept.top_positions, STATISTIC_WORDS["top_positions"]),
        read(kept.taker_volume, STATISTIC_WORDS["taker"]),
    )
    parts: tuple[Answer[Any] | Reason, ...] = (interest, everyone, accounts, positions, taker)
    return _PositionsRead(
        Positions(
            _value(interest),
            known(now),
            known(supply),
            _value(everyone),
            _value(accounts),
            _value(positions),
            _value(taker),
        ),
        tuple(stamp_of(part) for part in parts if not isinstance(part, Reason)),
        reasons_of(
            open_interest=interest,
            open_interest_now=now,
            supply=supply,
            global_accounts=everyone,
            top_accounts=accounts,
            top_positions=positions,
            taker=taker,
        ),
    )


def _value(part: Answer[StatisticT] | Reason) -> StatisticT | None:
    return None if isinstance(part, Reason) else part.value


async def _open_interest_now(sources: Sources, listing: Listing, request: Request) -> float | Reason:
    perpetual = listing.perpetual
    if isinstance(perpetual, Reason):
        return perpetual
    if request.as_of is not None:
        return Reason("no_history", {"what": "live open interest"})
    return (await sources.exchange.futures.open_interest(perpetual.symbol)).value.open_interest


async def _liquidations(
    sources: Sources, listing: Listing, request: Request, hours: int
) -> tuple[LiquidationInputs, Mapping[str, Reason]]:
    if request.scope.scores_only:
        return LiquidationInputs(), reasons_of(mark=NOT_ASKED, brackets=NOT_ASKED, liquidations=NOT_ASKED)
    drawn = DRAWN_BARS * SHORTEST_MS[request.interval]
    span = max(DAY, min(drawn, LONGEST_RECORD))
    mark, margin, seen = await asyncio.gather(
        or_reason(fetch_mark(sources, replace(request, interval=HALF_HOUR), listing, 2 * hours)),
        fetch_brackets(sources, request, listing, APPROXIMATE),
        or_reason(fetch_seen_liquidations(sources, request, listing, span)),
    )
    brackets = known(margin)
    found = LiquidationInputs(
        known(mark),
        None if brackets is None else brackets.table,
        brackets is not None and brackets.approximate,
        known(seen),
    )
    return found, reasons_of(mark=mark, brackets=margin, liquidations=seen)


async def _supply(sources: Sources, listing: Listing, request: Request) -> float | Reason:
    """Read the coins in circulation, which the exchange tells beside open interest and the record does not keep."""
    statistics = sources.exchange.statistics
    found = await fetch_statistic(
        statistics.open_interest, SUPPLY_WORDS, sources, request, listing, period=PERIOD, rows=1
    )
    if isinstance(found, Reason):
        return found
    supply = float(found.value.supply[-1])
    return supply if isfinite(supply) else Reason("no_data", {"what": SUPPLY_WORDS})


def fit_keys(inputs: SentimentInputs, config: DerivSentimentConfig) -> tuple[FitKey, ...]:
    """Return no refit times: the fits of the ratios are part of every row."""
    del inputs, config
    return ()
