"""The liquidation map: where positions would be liquidated by the model, and what was seen to be."""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.liquidation_map import (
    LONG,
    SHORT,
    bucketed,
    densest,
    estimated_levels,
    grid_beyond,
    levels_at,
    leverage_mix,
    log_grid,
    seen_share,
    steps_of,
    within_reach,
)
from analysis.features.windows import divide
from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.result import Heatmap
from analysis.sentiment.inputs import SentimentInputs
from analysis.sources.positioning import STATISTIC_AGE
from analysis.sources.seen_liquidations import SeenLiquidations
from config.c_deriv import DerivSentimentConfig
from utils.binance_api.intervals import DAY
from utils.units import PERCENT

ESTIMATED, SEEN = "liquidations_estimated", "liquidations_seen"


@dataclass(frozen=True, slots=True, eq=False)
class LiquidationMap:
    """Notional (USDT) to be liquidated, (2, m, n) for longs and shorts: price rows (m) at the drawn bars (n)."""

    grid: Floats
    levels: Floats


def estimated_map(
    inputs: SentimentInputs, moments: Times, config: DerivSentimentConfig
) -> LiquidationMap | None:
    """Return the model's map at the drawn bars, ``None`` where a source is missing or too short."""
    history, brackets, halves = (
        inputs.positions.open_interest,
        inputs.liquidations.brackets,
        inputs.half_hours,
    )
    if history is None or brackets is None or halves is None or len(history) < 2:
        return None
    bars = inputs.bars.tail(DRAWN_BARS)
    grid = grid_beyond(bars, config.liq_levels)
    mix = leverage_mix(config.liq_leverages, config.liq_shares, config.liq_notional)
    steps = steps_of(history.stamp, history.open_interest, halves, inputs.liquidations.mark or halves)
    levels = estimated_levels(steps, grid, mix, brackets)
    return LiquidationMap(grid, levels_at(history.known_at, levels, moments[-DRAWN_BARS:], STATISTIC_AGE))


def map_values(found: LiquidationMap | None, price: float, config: DerivSentimentConfig) -> dict[str, float]:
    """Return the model's numbers of now: how much lies near below and above the price, and the densest levels."""
    if found is None:
        return {}
    grid, longs, shorts = found.grid, found.levels[LONG, :, -1], found.levels[SHORT, :, -1]
    near_longs, near_shorts = within_reach(grid, price, config.liq_reach)
    below, above = float(longs[near_longs].sum()), float(shorts[near_shorts].sum())
    return {
        "liq_below": below,
        "liq_above": above,
        "liq_skew": float(divide(np.array([above - below]), np.array([above + below]))[0]),
        "liq_level_below": densest(grid, np.where(near_longs, longs, 0.0)),
        "liq_level_above": densest(grid, np.where(near_shorts, shorts, 0.0)),
    }


def seen_values(seen: SeenLiquidations | None, as_of: int) -> dict[str, float]:
    """Return what was seen in the day before a moment: longs and shorts closed (USDT), and the share seen."""
    if seen is None:
        return {}
    day = (seen.time > as_of - DAY) & (seen.time <= as_of)
    sides = {"liq_seen_longs": day & seen.closes_long, "liq_seen_shorts": day & ~seen.closes_long}
    share = seen.listened * seen_share(seen.time[day])
    return {
        **{name: float(seen.notional[rows].sum()) for name, rows in sides.items()},
        "liq_seen_share": PERCENT * share,
        "liq_listened": PERCENT * seen.listened,
    }


def seen_per_bar(inputs: SentimentInputs) -> dict[str, Floats]:
    """Return the notional of longs and shorts seen to be liquidated in each bar; NaN before the record begins."""
    bars, seen = inputs.bars, inputs.liquidations.seen
    if seen is None:
        return {}
    place = np.searchsorted(bars.open_time, seen.time, side="right") - 1
    unknown = bars.close_time < seen.since
    columns = {}
    for name, side in (("seen_longs", seen.closes_long), ("seen_shorts", ~seen.closes_long)):
        rows = side & (place >= 0)
        total = np.bincount(place[rows], seen.notional[rows], len(bars))
        columns[name] = np.where(unknown, np.nan, total)
    return columns


def heatmaps(
    found: LiquidationMap | None, inputs: SentimentInputs, config: DerivSentimentConfig
) -> tuple[Heatmap, ...]:
    """Return the maps over the drawn bars: the model's, longs and shorts together, and the seen one."""
    bars, seen = inputs.bars.tail(DRAWN_BARS), inputs.liquidations.seen
    maps = []
    if found is not None:
        both = found.levels.sum(axis=0)
        maps.append(Heatmap(ESTIMATED, "Liquidations (model)", "USDT", bars.open_time, found.grid, both))
    if seen is not None:
        grid = (
            log_grid(float(bars.low.min()), float(bars.high.max()), config.liq_levels)
            if found is None
            else found.grid
        )
        amounts = bucketed(seen.time, seen.price, seen.notional, bars.open_time, grid)
        amounts[:, bars.close_time < seen.since] = np.nan
        maps.append(Heatmap(SEEN, "Liquidations (sample)", "USDT", bars.open_time, grid, amounts))
    return tuple(maps)
