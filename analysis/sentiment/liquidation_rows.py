"""The liquidation map: where positions would be liquidated by the model, and what was seen to be."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.features.as_of import newest_at
from analysis.features.liquidation_map import (
    LONG,
    SHORT,
    LeverageMix,
    Steps,
    bucketed,
    estimated_levels,
    log_grid,
    seen_share,
)
from analysis.features.windows import divide
from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.result import Heatmap
from analysis.sentiment.columns import STATISTIC_AGE
from analysis.sentiment.inputs import SentimentInputs
from analysis.sources.seen_liquidations import SeenLiquidations
from config.c_deriv import DerivSentimentConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, HOUR
from utils.units import PERCENT

ROOM: Final = 1.12
"""The map reaches so many times beyond the extremes of the drawn bars."""
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
    grid = log_grid(float(bars.low.min()) / ROOM, float(bars.high.max()) * ROOM, config.liq_levels)
    shares = np.array(config.liq_shares)
    mix = LeverageMix(np.array(config.liq_leverages), shares / shares.sum(), config.liq_notional)
    steps = steps_of(history.stamp, history.open_interest, halves, inputs.liquidations.mark or halves)
    levels = estimated_levels(steps, grid, mix, brackets)
    rows = newest_at(
        history.known_at, np.arange(len(history), dtype=np.float64), moments[-DRAWN_BARS:], STATISTIC_AGE
    )
    known = np.isfinite(rows)
    drawn = levels[:, :, np.where(known, rows, 0).astype(np.intp)]
    drawn[:, :, ~known] = np.nan
    return LiquidationMap(grid, drawn)


def steps_of(stamp: Times, held: Floats, traded: Bars, mark: Bars) -> Steps:
    """Return the model's steps, each from the stamp before (an hour before the first) to its own."""
    starts = np.concatenate([stamp[:1] - HOUR, stamp[:-1]])
    spent, amount = (
        _within(traded, column, starts, stamp, np.add) for column in (traded.quote_volume, traded.volume)
    )
    return Steps(
        held,
        divide(spent, amount),
        _within(mark, mark.low, starts, stamp, np.minimum),
        _within(mark, mark.high, starts, stamp, np.maximum),
    )


def _within(bars: Bars, column: Floats, starts: Times, ends: Times, joined: np.ufunc) -> Floats:
    """Return a column joined over the bars that lie within each stretch, NaN where none does."""
    first, stop = (np.searchsorted(bars.open_time, edge) for edge in (starts, ends))
    result, filled = np.full(len(starts), np.nan), stop > first
    if filled.any():
        # pairs of borders: every second stretch is one between two of ours
        borders = np.column_stack([first[filled], stop[filled]]).ravel()
        padded = np.append(column, column[-1:])
        result[filled] = joined.reduceat(padded, borders)[::2]
    return result


def map_values(found: LiquidationMap | None, price: float, config: DerivSentimentConfig) -> dict[str, float]:
    """Return the model's numbers of now: how much lies near below and above the price, and the densest levels."""
    if found is None:
        return {}
    grid, longs, shorts = found.grid, found.levels[LONG, :, -1], found.levels[SHORT, :, -1]
    near_longs = (grid < price) & (grid >= price * (1 - config.liq_reach))
    near_shorts = (grid > price) & (grid <= price * (1 + config.liq_reach))
    below, above = float(longs[near_longs].sum()), float(shorts[near_shorts].sum())
    return {
        "liq_below": below,
        "liq_above": above,
        "liq_skew": float(divide(np.array([above - below]), np.array([above + below]))[0]),
        "liq_level_below": _densest(grid, np.where(near_longs, longs, 0.0)),
        "liq_level_above": _densest(grid, np.where(near_shorts, shorts, 0.0)),
    }


def _densest(grid: Floats, amounts: Floats) -> float:
    return float(grid[np.argmax(amounts)]) if np.nanmax(amounts, initial=0.0) > 0 else np.nan


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
