"""Why a value of module A's last bar is missing, in words."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.features.kalman import TrendEstimate
from analysis.features.volume_profile import DAY_MS, MONDAY_MS, WEEK_MS, known_quote_volume
from analysis.framework.reasons import Reason
from analysis.trend.inputs import TrendInputs
from analysis.trend.metrics import (
    KALMAN_METRICS,
    LIVE_METRICS,
    METRICS,
    PERPETUAL_METRICS,
    SCALED_METRICS,
    VOLUME_METRICS,
    bars_needed,
)
from config.c_trend import TrendConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS


def missing_reasons(
    inputs: TrendInputs,
    fits: Mapping[int, TrendEstimate],
    config: TrendConfig,
    values: Mapping[str, Floats],
    signals: Mapping[str, Floats],
    scalars: Mapping[str, Floats],
) -> dict[str, Reason]:
    """Return a reason for every metric, signal or scalar that is NaN in the last row."""
    needs, has = bars_needed(config), len(inputs.bars)
    reasons = {
        spec.id: _value_reason(spec.id, needs.get(spec.id, 1), inputs, fits, config)
        for spec in METRICS
        if np.isnan(values[spec.id][-1])
    }
    for name in signals:
        if name not in reasons and np.isnan(signals[name][-1]):
            wanted = needs.get(name, 1) + (config.scale_min_bars if name in SCALED_METRICS else 0)
            reasons[name] = _short(wanted, has) or Reason("constant")
    wanted = config.ema_slow + config.scale_min_bars
    for name in scalars:
        if np.isnan(scalars[name][-1]):
            reasons[name] = _short(wanted, has) or Reason("constant")
    return reasons


def _short(needs: int, has: int) -> Reason | None:
    return Reason("too_few_bars", {"needs": needs, "has": has}) if has < needs else None


def _value_reason(
    name: str, needs: int, inputs: TrendInputs, fits: Mapping[int, TrendEstimate], config: TrendConfig
) -> Reason:
    if name in LIVE_METRICS:
        return inputs.quote_reason or Reason("no_data", {"what": "live figure"})
    if name in PERPETUAL_METRICS:
        return _perpetual_reason(name, needs, inputs)
    if name in KALMAN_METRICS:
        return _kalman_reason(inputs, fits, config)
    short = _short(needs, len(inputs.bars))
    if short is not None:
        return short
    if name == "change_24h":
        return Reason("no_data", {"what": "bar 24 hours earlier"})
    if name in VOLUME_METRICS:
        return _volume_reason(name, inputs, config)
    return Reason("constant")


def _first_row_read(name: str, bars: Bars, config: TrendConfig) -> int:
    opened = int(bars.open_time[-1])
    if name.startswith("vwap_day"):
        return int(np.searchsorted(bars.open_time, opened - opened % DAY_MS))
    if name.startswith("vwap_week"):
        return int(np.searchsorted(bars.open_time, opened - (opened - MONDAY_MS) % WEEK_MS))
    return max(len(bars) - (config.vwap_bars if name.startswith("vwap") else config.profile_bars), 0)


def _perpetual_reason(name: str, needs: int, inputs: TrendInputs) -> Reason:
    if inputs.pair.other_reason is not None:
        return inputs.pair.other_reason
    other = inputs.pair.other
    paired = 0 if other is None else len(np.intersect1d(other.open_time, inputs.bars.open_time))
    short = _short(needs, paired)
    if short is not None:
        return short
    return (
        Reason("no_data", {"what": "bar of the other market"}) if name == "basis_bps" else Reason("constant")
    )


def _kalman_reason(inputs: TrendInputs, fits: Mapping[int, TrendEstimate], config: TrendConfig) -> Reason:
    closes = inputs.bars.close_time
    step = config.kalman_refit_bars * SHORTEST_MS[inputs.bars.interval]
    latest = int(closes[-1]) // step * step
    before = int(np.searchsorted(closes, latest))
    if before < config.kalman_fit_bars:
        return Reason("too_few_bars", {"needs": config.kalman_fit_bars, "has": before})
    return Reason("constant" if latest in fits else "not_converged")


def _volume_reason(name: str, inputs: TrendInputs, config: TrendConfig) -> Reason:
    bars, longest = inputs.bars, max(config.vwap_bars, config.profile_bars)
    if not bars.volume[-longest:].sum() > 0:
        return Reason("no_volume")
    read = slice(_first_row_read(name, bars, config), None)
    if np.isnan(known_quote_volume(bars.volume[read], bars.quote_volume[read])).any():
        return Reason("no_data", {"what": "quote volume"})
    if name.startswith(("vwap_day", "vwap_week")):
        return Reason("no_data", {"what": "bars since the anchor"})
    return Reason("constant")
