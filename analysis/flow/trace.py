"""Module D per bar: the live reading in the last row, pressure around 0.5, fragility beside it, the scalars."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.flow.bar_rows import bar_rows
from analysis.flow.inputs import FlowInputs
from analysis.flow.metrics import FRAGILITY_SCALAR, LIVE_SCALARS, METRICS, PRESSURE_SCALAR
from analysis.flow.missing import RULES
from analysis.flow.specs import FRAGILITY
from analysis.flow.values import measured
from analysis.framework.around_half import AroundHalf
from analysis.framework.missing import Situation
from analysis.framework.module import ScoreRows, Trace
from analysis.framework.question import Scope
from analysis.framework.scoring import SignalWeights, configured_weights, error_of_mean, weighted_mean
from analysis.framework.signals import signal_rows
from config.c_order import OrderFlowConfig

SCORED: Final = AroundHalf(METRICS, LIVE_SCALARS, RULES, PRESSURE_SCALAR)


def fragility_weights(config: OrderFlowConfig) -> SignalWeights:
    """Return the weights of what makes a book fragile."""
    return SignalWeights(configured_weights(METRICS, config).signals, {FRAGILITY: 1.0})


def fragility_signals(values: Mapping[str, Floats], config: OrderFlowConfig) -> dict[str, Floats]:
    """Return levels in [0, 1): x / (x + half) of costs and times, 1 / (1 + slope) of elasticities."""
    halves = {
        "spread": config.spread_half_bps,
        "slip_buy_100k": config.slippage_half_bps,
        "slip_sell_100k": config.slippage_half_bps,
        "refill_bid": config.refill_half_s,
        "refill_ask": config.refill_half_s,
    }
    found = {name: values[name] / (values[name] + half) for name, half in halves.items()}
    slopes = ("elasticity_bid", "elasticity_ask")
    return found | {name: 1 / (1 + np.maximum(values[name], 0.0)) for name in slopes}


def trace(inputs: FlowInputs, fits: Mapping[int, None], config: OrderFlowConfig, scope: Scope) -> Trace[None]:
    """Return every metric, signal and score per minute; only the last row has live values."""
    del scope  # what a past row lacks was never kept
    values = measured(inputs, config)
    signals = signal_rows(METRICS, values, config) | fragility_signals(values, config)
    fragile = _fragility(signals, config)
    situation = Situation(inputs, fits, config, values)
    live = SCORED.trace(
        situation, signals, None, headlines={FRAGILITY: fragile}, beside={FRAGILITY_SCALAR: fragile}
    )
    of_bars = bar_rows(inputs, config)
    return replace(
        live,
        scalars={**live.scalars, **of_bars.columns},
        reasons={**live.reasons, **of_bars.reasons},
        earlier=of_bars.earlier,
    )


def _fragility(signals: Mapping[str, Floats], config: OrderFlowConfig) -> ScoreRows:
    weights = fragility_weights(config)
    members = weights.members(FRAGILITY)
    stack = np.stack([signals[member.id] for member in members])
    shares = np.array([member.weight for member in members])[:, None]
    mean, _ = weighted_mean(stack, shares)
    coverage = weights.coverage(signals)
    score = np.where(coverage >= config.min_coverage, mean, np.nan)
    return ScoreRows(score, error_of_mean(stack, shares, mean), coverage)
