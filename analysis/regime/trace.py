"""Module B per bar: values, P(trend) with its terms, P(ahead), and the scalars handed on."""

from collections.abc import Mapping

import numpy as np
from scipy.special import expit

from analysis.arrays import Floats
from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.missing import Situation, missing_reasons
from analysis.framework.module import Trace
from analysis.framework.question import Scope
from analysis.framework.reasons import low_coverage
from analysis.regime.fit import RegimeFit
from analysis.regime.inputs import RegimeInputs
from analysis.regime.metrics import GROUPS, METRICS, SCALARS
from analysis.regime.missing import RULES
from analysis.regime.now_table import shipped_now
from analysis.regime.odds import Odds, odds_ahead, odds_now, standard_error
from analysis.regime.odds_table import shipped_table
from analysis.regime.values import Tail, regime_values
from config.c_volat import VolatilityConfig


def trace(
    inputs: RegimeInputs, fits: Mapping[int, RegimeFit], config: VolatilityConfig, scope: Scope
) -> Trace[Odds]:
    """Return every metric, signal and score per bar; row t uses bars <= t and fits at refit times <= its close.

    For the latest bar alone the rows are those that a chart draws or that its labels replay.
    """
    scored = None if scope.is_history else DRAWN_BARS + config.replay_bars
    tail = Tail(scored, scope.displayed(1))
    every = regime_values(inputs, fits, config, tail)
    rows = slice(None) if tail.scored is None else slice(-tail.scored, None)
    values = {name: column[rows] for name, column in every.items()}
    odds, ahead = odds_now(values, inputs.bars.interval), odds_ahead(values, inputs.bars.interval)
    now = shipped_now().intervals[odds.fitted_on]
    is_covered = odds.coverage >= config.min_coverage
    score = np.where(is_covered, odds.probability, np.nan)
    error = standard_error(values, odds, now.logistic, now.offset_error)
    uncertainty = np.where(is_covered, error, np.nan)
    values["p_ahead"] = np.where(ahead.coverage >= config.min_coverage, ahead.probability, np.nan)
    every.put("p_ahead", values["p_ahead"])
    ahead_error = standard_error(values, ahead, shipped_table().intervals[ahead.fitted_on], 0.0)
    scalars = {
        "regime.p_trend": score,
        "regime.p_ahead": values["p_ahead"],
        "regime.vol_percentile": values["vol_percentile"],
        "regime.stress": values["markov_stressed"],
    }
    reasons = missing_reasons(
        METRICS,
        Situation(inputs, fits, config, every),
        RULES,
        scalars=tuple((spec, scalars[spec.name]) for spec in SCALARS),
    )
    if ahead.coverage[-1] < config.min_coverage:
        few = low_coverage(float(ahead.coverage[-1]), config.min_coverage)
        reasons["p_ahead"] = reasons["regime.p_ahead"] = few
    return Trace(
        time=inputs.bars.close_time[rows],
        values=values,
        signals={
            name: np.where(np.isfinite(values[name]), expit(term), np.nan)
            for name, term in odds.terms.items()
        },
        groups=_groups(values, odds),
        direction=np.full(len(score), np.nan),
        score=score,
        uncertainty=uncertainty,
        coverage=odds.coverage,
        scalars=scalars,
        scalar_se={
            "regime.p_trend": uncertainty,
            "regime.p_ahead": np.where(np.isfinite(values["p_ahead"]), ahead_error, np.nan),
        },
        reasons=reasons,
        detail=odds,
    )


def _groups(values: Mapping[str, Floats], odds: Odds) -> dict[str, Floats]:
    """The probability each group's terms alone would give; NaN where none of its features is known."""
    found = {}
    for group in GROUPS:
        names = [spec.id for spec in METRICS if spec.group == group]
        known = np.any([np.isfinite(values[name]) for name in names], axis=0)
        found[group] = np.where(known, expit(np.sum([odds.terms[name] for name in names], axis=0)), np.nan)
    return found
