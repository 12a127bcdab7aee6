"""What module B reads: closed bars, premium, funding, the quarterly future and implied volatility."""

import asyncio
from dataclasses import dataclass

import numpy as np

from analysis.framework.bar_rules import refit_times
from analysis.framework.look_back import DRAWN_BARS, look_back_bars
from analysis.framework.module import FitKey
from analysis.framework.question import Listing, MarketInputs, Request, Sources, stamp
from analysis.framework.recorded import Recorded
from analysis.regime.horizons import range_har_bars
from analysis.regime.odds_table import shipped_table
from analysis.sources.bars import fetch_bars
from analysis.sources.degrading import if_displayed, known, reasons_of
from analysis.sources.funding import SettledFunding, fetch_funding
from analysis.sources.implied_volatility import ImpliedVolatility, fetch_implied_volatility
from analysis.sources.premium import fetch_premium
from analysis.sources.quarterly import Quarterly, fetch_quarterly
from analysis.sources.quotes import fetch_price
from config.c_volat import VolatilityConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import HOUR

SETTLEMENTS = 100
QUARTERLY_ROWS = 48


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RegimeInputs(MarketInputs):
    """Beside the bars: the premium index, settled funding, the quarterly future and 30-day implied volatility."""

    premium: Bars | None
    funding: SettledFunding | None
    quarterly: Quarterly | None
    implied: ImpliedVolatility | None


def history(config: VolatilityConfig, interval: str) -> int:
    """Return how many closed bars one answer needs: the look-back of the oldest row replayed, or that of the fits."""
    ranked = look_back_bars(interval, config.look_back_days) + config.hv_bars + 1
    fitted = _fit_bars(config, interval) - 1 + config.refit_bars
    return _rows(config) + max(ranked, fitted, shipped_table().windows.bars)


async def fetch(
    sources: Sources, listing: Listing, request: Request, config: VolatilityConfig
) -> RegimeInputs:
    """Read the bars and the other sources; raises ``SourceError`` only where the instrument's own bars fail.

    Scores and scalars rest on the bars alone: where only they are wanted, nothing else is read.
    """
    rows = request.scope.rows
    settled_since = sources.moment(request) - SETTLEMENTS * 8 * HOUR
    found, price, premium, funding, quarterly, implied = await asyncio.gather(
        fetch_bars(sources, request, listing.instrument, rows or history(config, request.interval)),
        fetch_price(sources, request, listing),
        if_displayed(
            request, lambda: fetch_premium(sources, request, listing, rows or config.premium_bars + 1)
        ),
        if_displayed(
            request,
            lambda: fetch_funding(sources, request, listing, last=SETTLEMENTS, since=settled_since),
        ),
        if_displayed(request, lambda: fetch_quarterly(sources, request, listing, rows or QUARTERLY_ROWS)),
        if_displayed(
            request, lambda: fetch_implied_volatility(sources, request, listing, rows or DRAWN_BARS)
        ),
    )
    bars, future = found.bars, known(quarterly)
    read = (bars, known(premium), *((future.bars, future.index) if future is not None else ()))
    return RegimeInputs(
        bars=bars,
        as_of=sources.moment(request),
        price=price.price,
        price_time=price.time,
        changes=price.changes,
        scope=request.scope,
        notes=listing.notes + found.notes,
        stamps=tuple(stamp(part) for part in read if part is not None),
        missing=reasons_of(premium=premium, funding=funding, quarterly=quarterly, implied_volatility=implied),
        premium=known(premium),
        funding=known(funding),
        quarterly=future,
        implied=known(implied),
    )


def recorded(record: Recorded, config: VolatilityConfig) -> RegimeInputs:
    """Return the inputs of recorded bars, without the derivatives markets."""
    del config
    return RegimeInputs(
        bars=record.bars,
        as_of=record.as_of,
        price=None,
        scope=record.scope,
        missing=record.missing("premium", "funding", "quarterly", "implied_volatility"),
        premium=None,
        funding=None,
        quarterly=None,
        implied=None,
    )


def fit_keys(inputs: RegimeInputs, config: VolatilityConfig) -> tuple[FitKey, ...]:
    """Return the refit times of the rows that are drawn or replayed; of every row for a history.

    The variant says how few bars lie before a refit time at which not every model has enough.
    """
    fewest = min(config.garch_fit_bars, config.markov_fit_bars) + 1
    last = None if inputs.scope.is_history else _rows(config)
    most, closes = _fit_bars(config, inputs.bars.interval), inputs.bars.close_time
    times = refit_times(inputs.bars, fewest, config.refit_bars, last=last)
    before = {at: int(np.searchsorted(closes, at)) for at in times}
    return tuple(FitKey(at, "" if before[at] >= most else f"{before[at]} bars before") for at in times)


def _fit_bars(config: VolatilityConfig, interval: str) -> int:
    returns = max(config.garch_fit_bars, config.markov_fit_bars) + 1
    return max(returns, range_har_bars(config, interval))


def _rows(config: VolatilityConfig) -> int:
    return DRAWN_BARS + config.replay_bars + config.stress_bars
