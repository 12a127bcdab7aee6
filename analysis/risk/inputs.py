"""What module G reads: closed bars, daily bars, margin brackets, open positions, hourly bars of the named crashes."""

import asyncio
from dataclasses import dataclass

from analysis.features.liquidation import Brackets, continuous_brackets
from analysis.features.look_backs import MIN_COUNT, SEED_BARS
from analysis.features.stress import EVENTS
from analysis.framework.bar_rules import BarHistory, newest_break, opened_since, refit_times
from analysis.framework.look_back import DRAWN_BARS, look_back_bars
from analysis.framework.module import FitKey
from analysis.framework.question import Listing, MarketInputs, Request, Sources, stamp
from analysis.framework.reasons import Reason
from analysis.framework.recorded import Recorded
from analysis.sources.bars import fetch_bars, fetch_daily
from analysis.sources.brackets import fetch_brackets
from analysis.sources.crashes import Crashes, fetch_crash_paths, paths_since, with_beta
from analysis.sources.degrading import known, reasons_of
from analysis.sources.open_positions import (
    NO_POSITIONS,
    OpenPositions,
    OpenPositionsRead,
    fetch_open_positions,
)
from analysis.sources.quotes import fetch_price
from config.c_risk import RiskExposureConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, SHORTEST_MS

HOLES = 100
"""Bars a window reaches further back than its returns, so that some may be missing."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RiskInputs(MarketInputs):
    """What is read beside the bars.

    ``missing`` has ``daily``, ``brackets``, ``open_interest``, ``half_hours``, ``mark`` and the crashes by event id.

    ``from_listing`` says that trading began with the first bar. ``daily`` is for bars shorter than a day, the bars
    themselves otherwise. ``brackets`` are the exchange's or, with ``approximate``, the configured ones; ``positions``
    are the perpetual's.
    """

    from_listing: bool
    daily: Bars | None
    brackets: Brackets | None
    approximate: bool
    crashes: Crashes
    positions: OpenPositions


def rank_bars(config: RiskExposureConfig, interval: str) -> int:
    """Return how many past bars the score is ranked among; of long bars those a rank needs, which last longer."""
    return max(look_back_bars(interval, config.rank_days), config.rank_min_bars)


def window_bars(config: RiskExposureConfig) -> int:
    """Return how many bars before a refit time its fit may read."""
    return config.fit_bars + SEED_BARS + 1 + HOLES


def fewest_bars() -> int:
    """Return how many bars a fit needs where trading began later: the observations of 95 %, and the seed."""
    return MIN_COUNT + SEED_BARS + 1


def history(config: RiskExposureConfig, interval: str) -> int:
    """Return how many closed bars one reading needs: the past of each drawn score, and the first fit before it."""
    return window_bars(config) + config.refit_bars + rank_bars(config, interval) + DRAWN_BARS


async def fetch(
    sources: Sources, listing: Listing, request: Request, config: RiskExposureConfig
) -> RiskInputs:
    """Read the bars and the further sources; only the instrument's bars may fail.

    No score and no scalar rests on open positions: where only these are wanted, they are not read.
    """
    rows = request.scope.rows or history(config, request.interval)
    as_of, instrument = sources.moment(request), listing.instrument
    found, price, days, brackets, paths, held = await asyncio.gather(
        fetch_bars(sources, request, instrument, rows),
        fetch_price(sources, request, listing),
        _daily(sources, request, listing, as_of),
        fetch_brackets(sources, request, listing, approximate_brackets(config)),
        fetch_crash_paths(sources, instrument, as_of),
        _open_positions(sources, request, listing),
    )
    bars, since = found.bars, newest_break(found, *(days,) if isinstance(days, BarHistory) else ())
    daily = _daily_since(days, since)
    crashes = await with_beta(sources, paths_since(paths, instrument, since), bars, config.beta_bars, as_of)
    margin = known(brackets)
    read = (bars, known(daily))
    return RiskInputs(
        bars=bars,
        as_of=as_of,
        price=price.price,
        price_time=price.time,
        changes=price.changes,
        scope=request.scope,
        notes=listing.notes + found.notes,
        stamps=(*(stamp(one) for one in read if one is not None), *held.stamps),
        missing={**reasons_of(daily=daily, brackets=brackets, **crashes.paths), **held.missing},
        from_listing=len(bars) < rows,
        daily=bars if daily is None else known(daily),
        brackets=None if margin is None else margin.table,
        approximate=margin is not None and margin.approximate,
        crashes=crashes,
        positions=held.positions,
    )


async def _open_positions(sources: Sources, request: Request, listing: Listing) -> OpenPositionsRead:
    if request.scope.scores_only:
        return NO_POSITIONS
    return await fetch_open_positions(sources, request, listing)


async def _daily(
    sources: Sources, request: Request, listing: Listing, as_of: int
) -> BarHistory | Reason | None:
    """Read daily bars for shorter ones; longer ones need none."""
    if SHORTEST_MS[request.interval] >= DAY:
        return None
    return await fetch_daily(sources, listing.instrument, as_of)


def _daily_since(days: BarHistory | Reason | None, since: int) -> Bars | Reason | None:
    if not isinstance(days, BarHistory):
        return days
    kept = opened_since(days.bars, since)
    return kept if len(kept) else Reason("no_data", {"what": "daily bars"})


def approximate_brackets(config: RiskExposureConfig) -> Brackets:
    """Return the configured brackets."""
    return continuous_brackets(config.bracket_caps, config.bracket_rates, config.bracket_leverages)


def recorded(record: Recorded, config: RiskExposureConfig) -> RiskInputs:
    """Return the inputs of recorded bars, with the configured margin brackets."""
    missing = record.missing("daily", "open_interest", "half_hours", "mark", *(one.id for one in EVENTS))
    return RiskInputs(
        bars=record.bars,
        as_of=record.as_of,
        price=None,
        scope=record.scope,
        missing=missing,
        from_listing=record.from_listing,
        daily=record.bars if SHORTEST_MS[record.bars.interval] >= DAY else None,
        brackets=approximate_brackets(config),
        approximate=True,
        crashes=Crashes({one.id: missing[one.id] for one in EVENTS}),
        positions=OpenPositions(),
    )


def fit_keys(inputs: RiskInputs, config: RiskExposureConfig) -> tuple[FitKey, ...]:
    """Return the refit times with a whole window before them, or where trading began later with enough bars."""
    needed = fewest_bars() if inputs.from_listing else window_bars(config)
    times = refit_times(inputs.bars, needed, config.refit_bars)
    return tuple(FitKey(refit_time) for refit_time in times)
