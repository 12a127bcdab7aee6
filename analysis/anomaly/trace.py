"""Module J per bar: the p-value of every channel, combined, and the score that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.anomaly.fit import AnomalyFit
from analysis.anomaly.inputs import SCORED_BARS, AnomalyInputs
from analysis.anomaly.metrics import (
    CHANNELS,
    GROUPS,
    IDS,
    METRICS,
    channel_weights,
    counted_channels,
    p_metric,
)
from analysis.anomaly.missing import rules_of
from analysis.anomaly.rows import raw_rows
from analysis.anomaly.settings import AnomalySettings
from analysis.anomaly.values import AnomalyPath, anomaly_path
from analysis.arrays import Floats
from analysis.features.tail_probability import SCORE_DECADES, anomaly_score
from analysis.framework.missing import Situation, missing_reasons
from analysis.framework.module import Trace
from analysis.framework.question import Scope
from analysis.framework.reasons import Reason


@dataclass(frozen=True, slots=True, eq=False)
class AnomalyDetail:
    """The path behind a trace; per row the p-value of each group, and the dominant channel as its place in ``IDS``."""

    path: AnomalyPath
    group_p: Mapping[str, Floats]
    dominant: Floats


def trace(
    inputs: AnomalyInputs, fits: Mapping[int, AnomalyFit], config: AnomalySettings, scope: Scope
) -> Trace[AnomalyDetail]:
    """Return every metric and the score per bar; row t uses bars <= t and the last fit before its close."""
    raw = raw_rows(inputs)
    path = anomaly_path(inputs, raw, fits, config, None if scope.is_history else SCORED_BARS)
    weights, combined = channel_weights(config), path.values["p_combined"]
    known = sum(weights[name] * np.isfinite(path.p[name]) for name in IDS)
    coverage = np.asarray(known / (sum(weights.values()) or np.nan), dtype=np.float64)
    scored = np.where(coverage >= config.min_coverage, combined, np.nan)
    score, error = anomaly_score(scored), _p_error(path, combined, config)
    group_p = {group: _group_p(path, group, config) for group in GROUPS}
    latest = fits[max(fits)] if fits else None
    reasons = missing_reasons(METRICS, Situation(inputs, fits, config, path.values), rules_of(raw, latest))
    if np.isnan(scored[-1]):
        facts = {"has": f"{coverage[-1]:.0%}", "needs": f"{config.min_coverage:.0%}"}
        reasons["redet.surprise"] = reasons.get("p_combined", Reason("low_coverage", facts))
    return Trace(
        time=inputs.bars.close_time[path.first :],
        values=path.values,
        signals={p_metric(name): anomaly_score(path.p[name]) for name in IDS},
        groups={group: anomaly_score(p) for group, p in group_p.items()},
        direction=np.full(len(score), np.nan),
        score=score,
        uncertainty=error / (combined * np.log(10) * SCORE_DECADES),
        coverage=coverage,
        scalars={"redet.surprise": scored},
        scalar_se={"redet.surprise": error},
        reasons=reasons,
        detail=AnomalyDetail(path, group_p, _dominant(path, config)),
    )


def _p_error(path: AnomalyPath, combined: Floats, config: AnomalySettings) -> Floats:
    """One sigma of the combined p: that of a share among so many past values, carried through the correction."""
    names = counted_channels(config)
    p = np.stack([path.p[name] for name in names])
    past = np.stack([path.past[name] for name in names])
    dominant = np.where(np.isfinite(p), p, np.inf).argmin(axis=0)[None]
    smallest, count = (np.take_along_axis(x, dominant, 0)[0] for x in (p, past))
    share = np.sqrt(smallest * (1 - smallest) / count)
    channels = np.isfinite(p).sum(axis=0)
    return np.asarray(
        np.where(np.isfinite(combined), channels * (1 - smallest) ** (channels - 1) * share, np.nan)
    )


def _group_p(path: AnomalyPath, group: str, config: AnomalySettings) -> Floats:
    counted = counted_channels(config)
    members = [path.p[channel.id] for channel in CHANNELS if channel.group == group and channel.id in counted]
    if not members:
        return np.full(len(path.values["p_combined"]), np.nan)
    return np.asarray(np.fmin.reduce(members), dtype=np.float64)


def _dominant(path: AnomalyPath, config: AnomalySettings) -> Floats:
    """The channel of the smallest p-value per bar, the first of equal ones; NaN where none is known."""
    counted = counted_channels(config)
    p = np.stack([path.p[name] if name in counted else np.full_like(path.p[name], np.nan) for name in IDS])
    known = np.isfinite(p).any(axis=0)
    return np.where(known, np.where(np.isfinite(p), p, np.inf).argmin(axis=0), np.nan)
