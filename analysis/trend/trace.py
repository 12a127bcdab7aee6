"""Module A per bar: values, signals, direction times strength around 0.5, and the scalars handed on."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.features.kalman import TrendEstimate
from analysis.features.windows import divide, rolling_max, rolling_min
from analysis.framework import signals as maps
from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.missing import Situation, missing_reasons
from analysis.framework.module import Trace
from analysis.framework.question import Scope
from analysis.framework.scoring import SignalWeights, configured_weights, error_of_mean, weighted_mean
from analysis.trend.inputs import TrendInputs
from analysis.trend.metrics import METRICS, SCALARS
from analysis.trend.missing import RULES
from analysis.trend.specs import STRENGTH
from analysis.trend.values import trend_values
from config.c_trend import TrendConfig
from utils.binance_api.bars import Bars


def trace(
    inputs: TrendInputs, fits: Mapping[int, TrendEstimate], config: TrendConfig, scope: Scope
) -> Trace[None]:
    """Return every metric, signal and score per bar; row t uses bars <= t and fits at refit times <= its close."""
    values = trend_values(inputs, fits, config, scope.displayed(DRAWN_BARS))
    signals = maps.signal_rows(METRICS, values, config)
    weights = configured_weights(METRICS, config)
    blend = weights.without(STRENGTH).blend(signals)
    coverage = weights.coverage(signals)
    strength, strength_error = _strength(signals, weights, config)
    direction = np.where(coverage >= config.min_coverage, blend.direction, np.nan)
    direction_error = _direction_error(blend.direction, blend.standard_error, coverage, config)
    scalars = _scalars(inputs.bars, values, direction, strength, config)
    return Trace(
        time=inputs.bars.close_time,
        values=values,
        signals=signals,
        groups=blend.groups,
        multipliers={STRENGTH: strength},
        direction=direction,
        score=0.5 + 0.5 * direction * strength,
        uncertainty=0.5 * np.hypot(strength * direction_error, direction * strength_error),
        coverage=coverage,
        scalars=scalars,
        scalar_se={"trend.direction": direction_error, "trend.strength": strength_error},
        reasons=missing_reasons(
            METRICS,
            Situation(inputs, fits, config, values),
            RULES,
            signals=signals,
            scalars=tuple((spec, scalars[spec.name]) for spec in SCALARS),
        ),
        detail=None,
    )


def _strength(
    signals: Mapping[str, Floats], weights: SignalWeights, config: TrendConfig
) -> tuple[Floats, Floats]:
    members = weights.members(STRENGTH)
    stack = np.stack([signals[member.id] for member in members])
    shares = np.array([member.weight for member in members])[:, None]
    mean, _ = weighted_mean(stack, shares)
    return np.maximum(mean, config.strength_floor), error_of_mean(stack, shares, mean)


def _direction_error(direction: Floats, error: Floats, coverage: Floats, config: TrendConfig) -> Floats:
    """One sigma of the direction: disagreement of the groups, and its own spread for what is missing."""
    usual = pd.Series(direction).rolling(config.scale_bars, min_periods=config.scale_min_bars).std()
    absent = np.where(coverage < 1, (1 - coverage) * np.asarray(usual, dtype=np.float64), 0.0)
    return np.asarray(np.hypot(error, absent), dtype=np.float64)


def _scalars(
    bars: Bars, values: Mapping[str, Floats], direction: Floats, strength: Floats, config: TrendConfig
) -> dict[str, Floats]:
    atr, mid, slow = values["atr_14"], values["ema_50"], values["ema_200"]
    high, low = rolling_max(bars.high, config.pullback_bars), rolling_min(bars.low, config.pullback_bars)
    against = np.where(mid > slow, high - bars.close, np.where(mid < slow, bars.close - low, np.nan))
    above = (divide(bars.close - mid, atr), divide(mid - slow, atr))
    stretch, long_term = maps.scaled(above, config.scale_bars, config.scale_min_bars)
    return {
        "trend.direction": direction,
        "trend.strength": strength,
        "trend.stretch": stretch,
        "trend.pullback": divide(against, high - low),
        "trend.slow": long_term,
    }
