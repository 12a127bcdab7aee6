"""Module B per bar: values, P(trend) with its terms, and the scalars handed on."""

from collections.abc import Mapping

import numpy as np
from scipy.special import expit

from analysis.arrays import Floats
from analysis.features.hurst import INTERVAL
from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.missing import Situation, missing_reasons
from analysis.framework.module import Trace
from analysis.framework.question import Scope
from analysis.regime.fit import RegimeFit
from analysis.regime.inputs import RegimeInputs
from analysis.regime.metrics import GROUPS, METRICS, SCALARS
from analysis.regime.missing import RULES
from analysis.regime.odds import TrendOdds, trend_odds
from analysis.regime.odds_table import shipped_table
from analysis.regime.values import Tail, regime_values
from config.c_volat import VolatilityConfig


def trace(
    inputs: RegimeInputs, fits: Mapping[int, RegimeFit], config: VolatilityConfig, scope: Scope
) -> Trace[TrendOdds]:
    """Return every metric, signal and score per bar; row t uses bars <= t and fits at refit times <= its close.

    For the latest bar alone the rows are those that a chart draws or that its labels replay.
    """
    tail = Tail() if scope.is_history else Tail(scored=DRAWN_BARS + config.replay_bars, displayed=1)
    every = regime_values(inputs, fits, config, tail)
    rows = slice(None) if tail.scored is None else slice(-tail.scored, None)
    values = {name: column[rows] for name, column in every.items()}
    odds = trend_odds(values, inputs.bars.interval)
    is_covered = odds.coverage >= config.min_coverage
    score = np.where(is_covered, odds.probability, np.nan)
    uncertainty = np.where(is_covered, _uncertainty(values, odds), np.nan)
    scalars = {
        "regime.p_trend": score,
        "regime.vol_percentile": values["vol_percentile"],
        "regime.stress": values["markov_stressed"],
    }
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
        scalar_se={"regime.p_trend": uncertainty},
        reasons=missing_reasons(
            METRICS,
            Situation(inputs, fits, config, every),
            RULES,
            scalars=tuple((spec, scalars[spec.name]) for spec in SCALARS),
        ),
        detail=odds,
    )


def _uncertainty(values: Mapping[str, Floats], odds: TrendOdds) -> Floats:
    """One sigma of P: the error of the calibration slope, and the usual size of the terms that are missing."""
    fitted = shipped_table().intervals[odds.fitted_on]
    slope_error = (fitted.out_of_fold.slope_high - fitted.out_of_fold.slope_low) / (2 * INTERVAL)
    variance = (odds.logit * slope_error) ** 2
    for name, coefficient in fitted.coefficient.items():
        variance += np.where(np.isfinite(values[name]), 0.0, (fitted.slope * coefficient) ** 2)
    return np.asarray(odds.probability * (1 - odds.probability) * np.sqrt(variance), dtype=np.float64)


def _groups(values: Mapping[str, Floats], odds: TrendOdds) -> dict[str, Floats]:
    """The probability each group's terms alone would give; NaN where none of its features is known."""
    found = {}
    for group in GROUPS:
        names = [spec.id for spec in METRICS if spec.group == group]
        known = np.any([np.isfinite(values[name]) for name in names], axis=0)
        found[group] = np.where(known, expit(np.sum([odds.terms[name] for name in names], axis=0)), np.nan)
    return found
