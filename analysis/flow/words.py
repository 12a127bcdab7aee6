"""What the last row of module D means: contributions, the volume delta beside the price, the map of resting orders."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.depth_map import by_bar
from analysis.flow.inputs import FlowInputs
from analysis.flow.metrics import BAR_SCALARS, METRICS
from analysis.flow.specs import FRAGILITY
from analysis.flow.trace import fragility_weights
from analysis.framework.answer import linear_contributions
from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.module import Trace, Words
from analysis.framework.reasons import Reason, low_coverage
from analysis.framework.result import Heatmap
from analysis.framework.scoring import configured_weights
from config.c_order import OrderFlowConfig
from utils.binance_api.bars import Bars

DEPTH_MAP: Final = "depth"
LARGE_SHARE: Final = 0.9
"""Rank from which a minute's net taker volume is marked among those drawn."""


def words(trace: Trace[None], inputs: FlowInputs, fits: Mapping[int, None], config: OrderFlowConfig) -> Words:
    """Return the contributions of the last row, what the chart draws, and why a headline is missing."""
    del fits
    weights = configured_weights(METRICS, config)
    return Words(
        weights=weights.by_metric(),
        group_weights=weights.group_weights,
        contributions=linear_contributions(trace, weights, scale=0.5),
        series=drawn_columns(inputs.bars),
        heatmaps=_heatmaps(inputs),
        headline_reasons={FRAGILITY: _why_not_fragile(trace, config)},
        published=_published(inputs),
    )


def _published(inputs: FlowInputs) -> dict[str, int]:
    """Return the close of the bar that the scalars of the asked interval are from (UTC ms)."""
    if inputs.asked_bars is None:
        return {}
    return dict.fromkeys((spec.name for spec in BAR_SCALARS), int(inputs.asked_bars.close_time[-1]))


def drawn_columns(bars: Bars) -> dict[str, Floats]:
    """Return taker buying less selling per bar, its running sum over the drawn bars, and where it was largest."""
    delta = 2 * bars.taker_base - bars.volume
    shown = delta[-DRAWN_BARS:]
    cvd = np.full(len(delta), np.nan)
    cvd[-len(shown) :] = np.cumsum(shown)
    size = np.abs(shown)
    large = np.zeros(len(delta))
    large[-len(shown) :] = np.where(size >= np.quantile(size, LARGE_SHARE), np.sign(shown), 0.0)
    return {"delta": delta, "cvd": cvd, "large": large}


def _heatmaps(inputs: FlowInputs) -> tuple[Heatmap, ...]:
    """Return the resting notional by price over the drawn bars and the one under way; none without samples."""
    flow = inputs.flow
    if flow is None or len(flow.depth) == 0:
        return ()
    opens = inputs.bars.open_time[-DRAWN_BARS:]
    values = by_bar(flow.depth, opens)
    known = np.isfinite(values).any(axis=0)
    if not known.any():
        return ()
    rows = np.isfinite(values).any(axis=1)
    return (
        Heatmap(
            DEPTH_MAP, "Resting orders", "USDT", opens[known], flow.depth.price[rows], values[rows][:, known]
        ),
    )


def _why_not_fragile(trace: Trace[None], config: OrderFlowConfig) -> tuple[Reason, ...]:
    members = fragility_weights(config).members(FRAGILITY)
    reasons = [trace.reasons[member.id] for member in members if member.id in trace.reasons]
    coverage = float(trace.headlines[FRAGILITY].coverage[-1])
    distinct = tuple({reason.text: reason for reason in reasons}.values())
    return (low_coverage(coverage, config.min_coverage), *distinct)
