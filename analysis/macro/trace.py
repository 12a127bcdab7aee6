"""Module F per bar: what was known of each fact at its close, its signal, and the direction they give together."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats, Times
from analysis.framework.missing import Situation, missing_reasons
from analysis.framework.module import Trace
from analysis.framework.question import Scope
from analysis.framework.scoring import configured_weights
from analysis.macro.daily import Daily, placed
from analysis.macro.inputs import MacroInputs
from analysis.macro.metrics import BACKDROP, METRICS, SCALARS
from analysis.macro.missing import RULES, signal_reasons
from analysis.macro.values import daily_metrics
from config.c_onchain import OnChainConfig
from utils.binance_api.intervals import DAY
from utils.onchain_api.facts import ETF


@dataclass(frozen=True, slots=True, eq=False)
class MacroDetail:
    """Every topic's metrics by day."""

    daily: Mapping[str, Daily]


def trace(
    inputs: MacroInputs, fits: Mapping[int, None], config: OnChainConfig, scope: Scope
) -> Trace[MacroDetail]:
    """Return every metric, signal and score per bar; row t from what was known at its close, the last as asked."""
    del scope  # every column is complete in every row
    daily, moments = daily_metrics(inputs, config), moments_of(inputs)
    values = {
        spec.id: placed(
            daily[spec.topic], daily[spec.topic].values[spec.id], moments, config.shown_age_days * DAY
        )
        for spec in METRICS
    }
    signals = {
        spec.id: placed(
            daily[spec.topic], daily[spec.topic].signals[spec.id], moments, counted_age(spec.topic, config)
        )
        for spec in METRICS
        if spec.group is not None
    }
    weights = configured_weights(METRICS, config)
    blend, coverage = weights.blend(signals), weights.coverage(signals)
    direction = np.where(coverage >= config.min_coverage, blend.direction, np.nan)
    situation = Situation(inputs, fits, config, values)
    reasons = missing_reasons(METRICS, situation, RULES, scalars=tuple((spec, direction) for spec in SCALARS))
    return Trace(
        time=inputs.bars.close_time,
        values=values,
        signals=signals,
        groups=blend.groups,
        direction=direction,
        score=0.5 + 0.5 * direction,
        uncertainty=0.5 * blend.standard_error,
        coverage=coverage,
        scalars={BACKDROP: direction},
        scalar_se={BACKDROP: blend.standard_error},
        reasons=reasons | signal_reasons(signals, situation, daily, reasons),
        detail=MacroDetail(daily),
    )


def moments_of(inputs: MacroInputs) -> Times:
    """Return the moment each bar stands for (UTC ms): its close, and for the last one the moment asked."""
    moments = inputs.bars.close_time + 1
    moments[-1] = max(int(moments[-1]), inputs.as_of)
    return moments


def counted_age(topic: str, config: OnChainConfig) -> float:
    """Return the age from which a value of a topic no longer counts (ms)."""
    return DAY * (config.etf_max_age_days if topic == ETF else config.max_age_days)


def ranks_now(daily: Mapping[str, Daily], row: Mapping[str, Floats]) -> Floats:
    """Return where the shown value of each scored metric stands among all of its past, NaN where there is none."""
    found = []
    for spec in METRICS:
        if spec.group is None:
            continue
        now, past = float(row[spec.id][-1]), daily[spec.topic].values[spec.id]
        known = past[np.isfinite(past)]
        share = (known < now).sum() + 0.5 * (known == now).sum()
        found.append(share / len(known) if len(known) and np.isfinite(now) else np.nan)
    return np.array(found, np.float64)
