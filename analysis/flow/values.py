"""Module D's values: those of the live reading for the last row, those of the minute bars for every row."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import sqrt
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.book_depth import (
    band_balance,
    elasticity,
    fill_cost,
    levels_balance,
    reach_bps,
    touch_of,
    weighted_balance,
)
from analysis.features.level_flow import first_component
from analysis.features.price_impact import long_run_variance, r_squared
from analysis.features.quote_flow import touch_imbalance
from analysis.features.robust import robust_z
from analysis.features.trade_flow import FlowSums, aggression_ratio, balance
from analysis.features.walls import largest_wall, vanished_walls, wall_cells
from analysis.features.windows import divide, lag, rolling_mean, rolling_std, rolling_sum
from analysis.flow.inputs import FlowInputs
from analysis.flow.metrics import METRICS
from analysis.flow.reading import FlowReading
from analysis.flow.specs import (
    BAND,
    DIVERGENCE_BARS,
    FILL,
    HORIZONS_S,
    LEVEL,
    NOTIONALS,
    REFILL,
    SCALE,
    WALL,
    BandMetric,
    FillMetric,
    LevelMetric,
)
from analysis.framework.measured import Measured
from analysis.sources.live_ticks import BOOK, QUOTES, TRADES
from config.c_order import OrderFlowConfig
from utils.binance_api.bars import Bars
from utils.binance_api.touch import Touch
from utils.units import BASIS_POINTS, PERCENT

Values = dict[str, float | None]
Measure = Callable[[FlowReading, OrderFlowConfig], Values]


@dataclass(frozen=True, slots=True)
class FlowPart:
    """Metrics that are measured together: one that fails, or whose source is missing, costs its own alone."""

    name: str
    measure: Measure
    needs: tuple[str, ...]
    families: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """The ids of its metrics: those that need the same sources, of its families where it names some."""
        same = (spec for spec in METRICS if spec.latest_only and set(spec.needs) == set(self.needs))
        return tuple(spec.id for spec in same if not self.families or spec.family in self.families)


def measured(inputs: FlowInputs, config: OrderFlowConfig) -> Measured:
    """Return every metric's column (n); live ones have the last row alone."""
    rows = len(inputs.bars)
    found = Measured(rows)
    found.part("flow.bars", partial(_bar_part, inputs, config))
    for part in PARTS:
        found.part(f"flow.{part.name}", partial(_part, part, inputs, config))
    return found.complete(METRICS)


def _part(part: FlowPart, inputs: FlowInputs, config: OrderFlowConfig) -> dict[str, Floats]:
    """Return the columns of one part; NaN where its sources are missing."""
    values: Values = dict.fromkeys(part.metrics)
    if inputs.flow is not None and not set(part.needs) & set(inputs.missing):
        values |= part.measure(inputs.flow, config)
    return _in_last_row(values, len(inputs.bars))


def _in_last_row(values: Values, rows: int) -> dict[str, Floats]:
    columns = {name: np.full(rows, np.nan) for name in values}
    for name, value in values.items():
        if rows and value is not None:
            columns[name][-1] = value
    return columns


def _bar_part(inputs: FlowInputs, config: OrderFlowConfig) -> dict[str, Floats]:
    """Return the columns of the bars; for the latest answer those of its row alone, NaN before it."""
    rows = len(inputs.bars)
    needed = rows if inputs.scope.is_history else min(rows, config.bar_scale + DIVERGENCE_BARS + 2)
    found = bar_columns(inputs.bars.tail(needed), config)
    return {name: np.concatenate([np.full(rows - needed, np.nan), column]) for name, column in found.items()}


def bar_columns(bars: Bars, config: OrderFlowConfig) -> dict[str, Floats]:
    """Return what minute bars tell of taker flow, per row (n) from rows up to it."""
    window, least = config.bar_scale, config.bar_scale // 4
    signed = 2 * bars.taker_base - bars.volume
    dominance = divide(bars.taker_base, bars.volume)
    returns = np.log(divide(bars.close, lag(bars.close, 1)))
    pushed = _sum_in_usual_size(signed, least)
    moved = _sum_in_usual_size(returns, least)
    return {"dominance_z": robust_z(dominance, window, least), "cvd_divergence": pushed - moved}


def _sum_in_usual_size(values: Floats, window: int) -> Floats:
    """Return the sum of the last bars less their usual mean, in its usual deviation, both of the bars before them."""
    n = DIVERGENCE_BARS
    mean, deviation = lag(rolling_mean(values, window), n), lag(rolling_std(values, window), n)
    return divide(rolling_sum(values, n) - n * mean, deviation * sqrt(n))


def book_values(flow: FlowReading, config: OrderFlowConfig) -> Values:
    """Return what the book shows now."""
    del config
    if flow.book is None:
        return {}
    sides = flow.book.sides()
    touch = touch_of(sides)
    if touch is None:
        return {}
    bids, asks, reach = flow.book.bids, flow.book.asks, reach_bps(sides, touch)
    found: dict[str, float | None] = {
        "imbalance_touch": touch_imbalance(touch),
        "imbalance_weighted": weighted_balance(bids, asks, touch, reach),
        "reach": min(reach, *(_farthest_bps(levels, touch) for levels in (bids, asks))),
        "spread": touch.spread_bps,
        "elasticity_bid": elasticity(bids, touch),
        "elasticity_ask": elasticity(asks, touch),
    }
    for spec in METRICS:
        if isinstance(spec, BandMetric):
            found[spec.id] = band_balance(sides, touch, spec.bps)
        elif isinstance(spec, LevelMetric):
            found[spec.id] = levels_balance(sides, spec.levels)
        elif isinstance(spec, FillMetric):
            found[spec.id] = fill_cost(sides, touch, NOTIONALS[spec.amount], spec.side)
    return found


def _farthest_bps(levels: Floats, touch: Touch) -> float:
    """Return how far the last known level is: what a complete side reaches."""
    return abs(float(levels[-1, 0]) - touch.mid) / touch.mid * BASIS_POINTS


def resting_values(flow: FlowReading, config: OrderFlowConfig) -> Values:
    """Return refills, walls and what vanished, from the followed book."""
    found: dict[str, float | None] = {}
    cells = wall_cells(flow.depth, config.wall_multiple)
    for side, refill in zip(("bid", "ask"), flow.refill, strict=True):
        found[f"refill_{side}"] = None if refill.median is None else refill.median / 1000
        wall = largest_wall(flow.depth, cells, bids=side == "bid")
        names = (f"wall_{side}", f"wall_{side}_usd", f"wall_{side}_age")
        seen = (None, None, None) if wall is None else (wall.price, wall.notional, wall.age_s)
        found |= dict(zip(names, seen, strict=True))
    vanished = vanished_walls(flow.depth, cells, config.spoof_s * 1000)
    return found | {"walls_vanished": float(vanished) if len(flow.depth) else None}


def trade_values(flow: FlowReading, config: OrderFlowConfig) -> Values:
    """Return what takers did."""
    fast, slow = flow.fast, flow.slow
    known_s = min(float(fast.seconds), max(flow.trades_s, 1.0))
    found: dict[str, float | None] = {
        "pressure_root": fast.root_share,
        "pressure_orders": fast.direction_ratio,
        "pressure_notional": balance(fast.buy.notional, fast.sell.notional),
        "dominance_1m": _percent(flow.minute),
        "dominance_5m": _percent(flow.five),
        "dominance_15m": _percent(flow.quarter),
        "cvd": slow.cvd if slow.buy.trades + slow.sell.trades else None,
        "cvd_share": slow.cvd_share,
        "trades_seconds": flow.trades_s,
    }
    for name, side in (("buy", fast.buy), ("sell", fast.sell)):
        for what, amount in (("orders", side.orders), ("root", side.root), ("notional", side.notional)):
            found[f"{name}_{what}_s"] = amount / known_s if fast.seconds else None
    return found | _slope(flow, config)


def _percent(sums: FlowSums) -> float | None:
    share = sums.taker_dominance
    return None if share is None else PERCENT * share


def _slope(flow: FlowReading, config: OrderFlowConfig) -> Values:
    signed = flow.trade_rows.signed_volume[-config.middle_s :]
    n = len(signed)
    if n < config.scale_s or not np.ptp(signed) > 0:
        return {}
    mean = float(signed.mean())
    error = sqrt(long_run_variance(signed - mean, min(config.slope_lags, n - 1))) / n
    return {"cvd_slope": 60 * mean, "cvd_slope_t": mean / error}


def quote_values(flow: FlowReading, config: OrderFlowConfig) -> Values:
    """Return what best quotes showed, once there are enough live seconds of them."""
    quotes = flow.quotes
    found: dict[str, float | None] = {
        "quotes_seconds": flow.quotes_s,
        "delay": None if flow.delay_ms is None else flow.delay_ms[0],
        "delay_p95": None if flow.delay_ms is None else flow.delay_ms[1],
        "age": flow.age_ms,
    }
    if flow.quotes_s < config.least_live_s:
        return found
    found |= {"imbalance_touch_mean": quotes.imbalance, "spread_mean": quotes.spread_bps, "ofi": quotes.ofi}
    usual = _usual_size(flow.quote_rows.ofi[: -config.fast_s], config)
    found["ofi_z"] = None if usual is None else quotes.ofi / (usual * sqrt(config.fast_s))
    change, ofi = flow.quote_rows.change_bps, flow.quote_rows.ofi
    return found | _explained("ofi", ofi, change, config)


def _usual_size(flow: Floats, config: OrderFlowConfig) -> float | None:
    """Return the root mean square of one second's flow, ``None`` below enough seconds or where there was none."""
    known = flow[np.isfinite(flow)]
    size = sqrt(float(known @ known) / len(known)) if len(known) >= config.scale_s else 0.0
    return size if size > 0 else None


def _explained(name: str, flow: Floats, change: Floats, config: OrderFlowConfig) -> Values:
    if len(flow) < config.scale_s:
        return {}
    return {f"{name}_r2": r_squared(flow, change), f"{name}_r2_next": r_squared(flow, change, 1)}


def spread_values(flow: FlowReading, config: OrderFlowConfig) -> Values:
    """Return spreads of trades and what needs trades beside quotes."""
    if flow.quotes_s < config.least_live_s:
        return {}
    quotes, fast = flow.quotes, flow.fast
    found: dict[str, float | None] = {"effective": flow.spread.effective_bps}
    for seconds, realised in zip(HORIZONS_S, flow.spread.realised_bps, strict=True):
        found[f"realised_{seconds}s"] = realised
    if quotes.ask_notional is not None and quotes.bid_notional is not None:
        buying = aggression_ratio(fast.buy.notional, quotes.ask_notional)
        selling = aggression_ratio(fast.sell.notional, quotes.bid_notional)
        found["aggression"] = None if buying is None or selling is None else buying - selling
    root, change = _aligned(flow)
    return found | _explained("root", root, change, config)


def _aligned(flow: FlowReading) -> tuple[Floats, Floats]:
    """Return signed square roots and mid changes of the seconds that both streams know."""
    _, left, right = np.intersect1d(flow.trade_rows.second, flow.quote_rows.second, return_indices=True)
    return flow.trade_rows.signed_root[left], flow.quote_rows.change_bps[right]


def level_values(flow: FlowReading, config: OrderFlowConfig) -> Values:
    """Return the flow on ten levels in its usual size; the combination is fitted on the seconds before the window."""
    before, window = flow.level_rows[: -config.fast_s], flow.level_rows[-config.fast_s :]
    weights = first_component(before)
    if weights is None:
        return {}
    usual, now = _usual_size(before @ weights, config), window @ weights
    known = now[np.isfinite(now)]
    if usual is None or not len(known):
        return {}
    return {"ofi_levels_z": float(known.sum()) / (usual * sqrt(len(known)))}


def level_explained(flow: FlowReading, config: OrderFlowConfig) -> Values:
    """Return what the flow on ten levels explains in the later half of the seconds, fitted on the earlier half."""
    _, left, right = np.intersect1d(flow.level_seconds, flow.quote_rows.second, return_indices=True)
    rows, change = flow.level_rows[left], flow.quote_rows.change_bps[right]
    half = len(rows) // 2
    weights = first_component(rows[:half])
    if weights is None:
        return {}
    return _explained("ofi_levels", rows[half:] @ weights, change[half:], config)


PARTS: Final = (
    FlowPart("book", book_values, (BOOK,), (BAND, LEVEL, FILL)),
    FlowPart("resting", resting_values, (BOOK,), (REFILL, WALL)),
    FlowPart("levels", level_values, (BOOK,), (SCALE,)),
    FlowPart("trades", trade_values, (TRADES,)),
    FlowPart("quotes", quote_values, (QUOTES,)),
    FlowPart("spreads", spread_values, (QUOTES, TRADES)),
    FlowPart("explained", level_explained, (QUOTES, BOOK)),
)
