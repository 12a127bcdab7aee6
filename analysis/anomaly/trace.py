"""Module J per bar: the p-value of every channel, combined, and the score that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.anomaly.change import ChangeAlarms
from analysis.anomaly.channels import CHANNELS, GROUPS, IDS, p_metric
from analysis.anomaly.fit import AnomalyFit
from analysis.anomaly.inputs import AnomalyInputs, scored_rows
from analysis.anomaly.metrics import COMBINED_P, METRICS, channel_weights, tested_channels
from analysis.anomaly.missing import rules_of
from analysis.anomaly.rows import raw_rows
from analysis.anomaly.settings import AnomalySettings
from analysis.anomaly.values import AnomalyValues, anomaly_values
from analysis.arrays import Floats
from analysis.features.tail_probability import SCORE_DECADES, anomaly_score
from analysis.framework.missing import Situation, missing_reasons
from analysis.framework.module import Trace
from analysis.framework.question import Scope
from analysis.framework.reasons import low_coverage


@dataclass(frozen=True, slots=True, eq=False)
class AnomalyDetail:
    """Per row (n) the p-value of each group and the dominant channel as its place in ``IDS``; the alarms by row.

    ``smallest`` and ``past_count``: the p of the dominant channel and among how many past values it is ranked.
    """

    group_p: Mapping[str, Floats]
    dominant: Floats
    smallest: Floats
    past_count: Floats
    alarms: ChangeAlarms


def trace(
    inputs: AnomalyInputs, fits: Mapping[int, AnomalyFit], config: AnomalySettings, scope: Scope
) -> Trace[AnomalyDetail]:
    """Return every metric and the score per bar; row t uses bars <= t and the last fit before its close."""
    raw = raw_rows(inputs)
    values = anomaly_values(inputs, raw, fits, config, scored_rows(scope))
    combined, coverage = values.metrics["p_combined"], _coverage(values, config)
    scored_p = np.where(coverage >= config.min_coverage, combined, np.nan)
    score, error = anomaly_score(scored_p), _standard_error(values, combined, config)
    group_p = {group: _group_p(values, group, config) for group in GROUPS}
    latest = fits[max(fits)] if fits else None
    reasons = missing_reasons(METRICS, Situation(inputs, fits, config, values.metrics), rules_of(raw, latest))
    if np.isnan(scored_p[-1]):
        few = low_coverage(float(coverage[-1]), config.min_coverage)
        reasons[COMBINED_P] = reasons.get("p_combined", few)
    return Trace(
        time=inputs.bars.close_time[values.first :],
        values=values.metrics,
        signals={p_metric(name): anomaly_score(values.p[name]) for name in IDS},
        groups={group: anomaly_score(p) for group, p in group_p.items()},
        direction=np.full(len(score), np.nan),
        score=score,
        uncertainty=error / (combined * np.log(10) * SCORE_DECADES),
        coverage=coverage,
        scalars={COMBINED_P: scored_p},
        scalar_se={COMBINED_P: error},
        reasons=reasons,
        detail=AnomalyDetail(group_p, _dominant(values, config), *_smallest(values, config), values.alarms),
    )


def _coverage(values: AnomalyValues, config: AnomalySettings) -> Floats:
    """Return the share of the channels' weights whose p-value is known."""
    weights = channel_weights(config)
    known = sum(weights[name] * np.isfinite(values.p[name]) for name in IDS)
    return np.asarray(known / (sum(weights.values()) or np.nan), dtype=np.float64)


def _standard_error(values: AnomalyValues, combined: Floats, config: AnomalySettings) -> Floats:
    """Return the standard error of the combined p: that of the smallest p, carried through the correction.

    The smallest p is a share of so many past values, whose variance is p (1 - p) / N.
    """
    smallest, count = _smallest(values, config)
    error = np.sqrt(smallest * (1 - smallest) / count)
    channels = values.metrics["channels_independent"]
    return np.asarray(
        np.where(np.isfinite(combined), channels * (1 - smallest) ** (channels - 1) * error, np.nan)
    )


def _smallest(values: AnomalyValues, config: AnomalySettings) -> tuple[Floats, Floats]:
    """Return the smallest p per bar and among how many past values it is ranked."""
    names = tested_channels(config)
    p = np.stack([values.p[name] for name in names])
    past_count = np.stack([values.past_count[name] for name in names])
    dominant = np.where(np.isfinite(p), p, np.inf).argmin(axis=0)[None]
    smallest, count = (np.take_along_axis(x, dominant, 0)[0] for x in (p, past_count))
    return smallest, count


def _group_p(values: AnomalyValues, group: str, config: AnomalySettings) -> Floats:
    """Return the smallest p-value of the group's tested channels per bar."""
    tested = tested_channels(config)
    members = [
        values.p[channel.id] for channel in CHANNELS if channel.group == group and channel.id in tested
    ]
    if not members:
        return np.full(len(values.metrics["p_combined"]), np.nan)
    return np.asarray(np.fmin.reduce(members), dtype=np.float64)


def _dominant(values: AnomalyValues, config: AnomalySettings) -> Floats:
    """Return the channel of the smallest p-value per bar, the first of equal ones; NaN where none is known."""
    tested = tested_channels(config)
    p = np.stack([values.p[name] if name in tested else np.full_like(values.p[name], np.nan) for name in IDS])
    known = np.isfinite(p).any(axis=0)
    return np.where(known, np.where(np.isfinite(p), p, np.inf).argmin(axis=0), np.nan)
