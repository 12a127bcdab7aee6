"""What module A reads: closed bars of both markets, and the live quote."""

import asyncio
from dataclasses import dataclass

from analysis.framework.bar_rules import refit_times
from analysis.framework.module import FitKey
from analysis.framework.question import Listing, MarketInputs, Request, Sources, stamp
from analysis.framework.reasons import NOT_ASKED, Reason
from analysis.framework.recorded import Recorded
from analysis.sources.bars import fetch_bars, fetch_counterpart
from analysis.sources.degrading import known, reasons_of
from analysis.sources.quotes import LiveQuote, SpokenPrice, fetch_price, fetch_quote_and_price
from config.c_trend import TrendConfig
from utils.binance_api.bars import Bars

WARM_UP = 5
"""Times the slowest average: the seed of an EMA has then lost all but 5e-5 of its weight."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TrendInputs(MarketInputs):
    """Bars of the counterpart, whose prices times ``counterpart_scale`` are in the same unit, and the live quote."""

    counterpart: Bars | None
    counterpart_scale: float
    quote: LiveQuote | None


def history(config: TrendConfig, interval: str) -> int:
    """Return how many closed bars one reading needs, the same for every interval."""
    del interval
    warm_up = max(WARM_UP * config.ema_slow, config.kalman_fit_bars + config.kalman_refit_bars)
    return warm_up + max(config.rank_bars, config.scale_bars)


def average_bars(config: TrendConfig, interval: str) -> int:
    """Return how many closes every row of an average reads: those that the oldest row behind a signal's scale has."""
    return history(config, interval) - config.scale_bars


async def fetch(sources: Sources, listing: Listing, request: Request, config: TrendConfig) -> TrendInputs:
    """Read bars of both markets and, for now, the last price with its five-minute and 24-hour figures.

    Scores and scalars rest on the bars alone: where only they are wanted, these figures are not read.
    """
    rows = request.scope.rows or history(config, request.interval)
    beside = request.scope.rows or config.rank_bars + config.ols_window + config.agreement_bars
    found, counterpart, (quote, price) = await asyncio.gather(
        fetch_bars(sources, request, listing.instrument, rows),
        fetch_counterpart(sources, request, listing, beside),
        _quote_and_price(sources, request, listing),
    )
    bars, other, live = found.bars, known(counterpart), known(quote)
    return TrendInputs(
        bars=bars,
        as_of=sources.moment(request),
        price=price.price,
        price_time=price.time,
        changes=price.changes,
        scope=request.scope,
        notes=listing.notes + found.notes,
        stamps=tuple(stamp(read) for read in (bars, other) if read is not None),
        missing=reasons_of(counterpart=counterpart, quote=quote),
        counterpart=other,
        counterpart_scale=listing.counterpart_scale,
        quote=live,
    )


async def _quote_and_price(
    sources: Sources, request: Request, listing: Listing
) -> tuple[LiveQuote | Reason, SpokenPrice]:
    if request.scope.scores_only:
        return NOT_ASKED, await fetch_price(sources, request, listing)
    return await fetch_quote_and_price(sources, request, listing)


def recorded(record: Recorded, config: TrendConfig) -> TrendInputs:
    """Return the inputs of recorded bars, without a live quote."""
    del config
    return TrendInputs(
        bars=record.bars,
        as_of=record.as_of,
        price=None,
        scope=record.scope,
        missing=record.missing("counterpart", "quote"),
        counterpart=record.counterpart,
        counterpart_scale=1.0,
        quote=None,
    )


def fit_keys(inputs: TrendInputs, config: TrendConfig) -> tuple[FitKey, ...]:
    """Return the refit times with enough bars before them."""
    times = refit_times(inputs.bars, config.kalman_fit_bars, config.kalman_refit_bars)
    return tuple(FitKey(refit_time) for refit_time in times)
