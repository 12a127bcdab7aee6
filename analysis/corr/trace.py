"""Module E per bar: the pull of the leaders and what all have in common; of the last bar everything else."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.corr.facts import CorrFacts, facts
from analysis.corr.fit import PullFit
from analysis.corr.inputs import CorrInputs
from analysis.corr.metrics import METRICS, PULL_METRICS, SCALARS
from analysis.corr.missing import RULES, corr_situation
from analysis.corr.pull import pull_rows
from analysis.corr.rolling import common_share, lead_rows
from analysis.features.windows import divide
from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.measured import Measured
from analysis.framework.missing import missing_reasons
from analysis.framework.module import Trace
from analysis.framework.question import Scope
from analysis.framework.scoring import configured_weights
from config.c_corr import CorrelationConfig
from utils.units import BASIS_POINTS, PERCENT

SCORED = tuple(spec.id for spec in PULL_METRICS if spec.group is not None)


@dataclass(frozen=True, slots=True, eq=False)
class CorrDetail:
    """What the last window says coin by coin and pair by pair."""

    facts: CorrFacts


def trace(
    inputs: CorrInputs, fits: Mapping[int, PullFit | None], config: CorrelationConfig, scope: Scope
) -> Trace[CorrDetail]:
    """Return every metric, signal and score per bar; row t uses bars <= t and fits at refit times <= its close."""
    rows = np.searchsorted(inputs.joint.open_time, inputs.bars.open_time)
    tail = (
        None
        if scope.is_history
        else len(inputs.joint) - int(rows[0])
        if len(rows) <= DRAWN_BARS
        else DRAWN_BARS
    )
    found = facts(inputs, config)
    values = Measured(len(rows))
    values.part("corr.pull", lambda: _pull(inputs, fits, config, rows))
    values.part("corr.rolling", lambda: _rolling(inputs, config, rows, tail))
    values.part("corr.facts", lambda: _last(inputs, found, len(rows)))
    error = values.pop("_error", np.full(len(rows), np.nan))
    values.complete(METRICS)
    values.failed |= {spec.id for spec in METRICS if spec.family in found.failed}
    return _scored(inputs, fits, config, values, error, found)


def _scored(
    inputs: CorrInputs,
    fits: Mapping[int, PullFit | None],
    config: CorrelationConfig,
    values: Measured,
    error: Floats,
    found: CorrFacts,
) -> Trace[CorrDetail]:
    weights = configured_weights(METRICS, config)
    signals = {name: np.tanh(values[name]) for name in SCORED}
    coverage = np.ones(values.rows) if inputs.is_basket else weights.coverage(signals)
    pull = sum(share * values[name] for name, share in pull_shares(config).items())
    score = np.where(coverage >= config.min_coverage, np.tanh(pull), np.nan)
    spread = np.where(np.isfinite(score), error * (1 - score**2), np.nan)
    scalars = {"corr.leader_pull": score, "corr.concentration": values["concentration"]}
    reasons = missing_reasons(
        METRICS,
        corr_situation(inputs, fits, config, values),
        RULES,
        signals=signals,
        scalars=tuple((spec, scalars[spec.name]) for spec in SCALARS),
    )
    return Trace(
        time=inputs.bars.close_time,
        values=values,
        signals=signals,
        groups={} if inputs.is_basket else {"pull": score},
        direction=score,
        score=score,
        uncertainty=spread,
        coverage=coverage,
        scalars=scalars,
        scalar_se={"corr.leader_pull": spread},
        reasons=reasons,
        detail=CorrDetail(found),
    )


def pull_shares(config: CorrelationConfig) -> dict[str, float]:
    """Return how much each part of the forecast counts: its weight over the largest."""
    weights = configured_weights(METRICS, config).by_metric()
    largest = max(weights.values())
    return {name: weights[name] / largest for name in SCORED if weights[name] > 0}


def _pull(
    inputs: CorrInputs,
    fits: Mapping[int, PullFit | None],
    config: CorrelationConfig,
    rows: NDArray[np.intp],
) -> dict[str, Floats]:
    if inputs.target is None or not inputs.leaders:
        nothing = np.full(len(rows), np.nan)
        return {spec.id: nothing for spec in PULL_METRICS} | {"_error": nothing}
    found = pull_rows(inputs, fits, config)
    columns = {
        "pull_leaders": divide(found.shrink * found.leaders, found.deviation),
        "pull_own": divide(found.shrink * found.own, found.deviation),
        "forecast_bps": BASIS_POINTS * (found.leaders + found.own),
        "volatility_bps": BASIS_POINTS * found.deviation,
        "pull_r2": PERCENT * found.inside,
        "pull_r2_out": PERCENT * found.outside,
        "pull_kept": found.shrink,
        "_error": divide(found.error, found.deviation),
    }
    return {name: column[rows] for name, column in columns.items()}


def _rolling(
    inputs: CorrInputs, config: CorrelationConfig, rows: NDArray[np.intp], tail: int | None
) -> dict[str, Floats]:
    returns = inputs.joint.returns
    lead = correlation = np.full(len(returns), np.nan)
    if inputs.target:
        peaks = lead_rows(returns[:, 0], returns[:, inputs.target], config.rolling, config.peak_lags, tail)
        lead, correlation = peaks.lag, peaks.correlation
    columns = {
        "concentration": common_share(returns, config.window, config.min_bars, tail),
        "lead": lead,
        "lead_correlation": correlation,
    }
    return {name: column[rows] for name, column in columns.items()}


def _last(inputs: CorrInputs, found: CorrFacts, count: int) -> dict[str, Floats]:
    """Return the metrics of the last bar alone: single numbers, and of each coin the asked one's or the mean."""
    others = list(inputs.others)
    means = {name: _mean(column[others]) for name, column in found.per_coin.items()}
    numbers = {**means, **found.single}
    return {spec.id: _only_last(numbers.get(spec.id, np.nan), count) for spec in METRICS if spec.latest_only}


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan


def _only_last(value: float, count: int) -> Floats:
    column = np.full(count, np.nan)
    column[-1] = value
    return column
