"""What the last row of module B means: contributions, notes, the two labels, and what the chart draws."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.features.garch import Garch
from analysis.features.markov_fit import SwitchingFit
from analysis.features.oscillators import log_returns
from analysis.framework.bar_rules import bridged
from analysis.framework.look_back import days_of, look_back_bars
from analysis.framework.module import Trace, Words
from analysis.framework.reasons import Message
from analysis.framework.result import Group
from analysis.regime.cone import volatility_cone
from analysis.regime.fit import RegimeFit
from analysis.regime.fitted import fit_in_force
from analysis.regime.forecasts import DAY_FORECASTS, per_bar_variance
from analysis.regime.inputs import RegimeInputs
from analysis.regime.metrics import BASE, GROUPS, METRICS
from analysis.regime.now_table import shipped_now
from analysis.regime.odds import Odds, has_edge
from analysis.regime.odds_table import shipped_table
from analysis.regime.state import labels, last_state, regime_word, state_rows, trend_rows, verdict
from config.c_volat import VolatilityConfig
from utils.binance_api.bars import Bars

EVEN = 0.5
MODELS = {"range_har_day": "range HAR", "har_vol": "HAR", "garch_day": "GARCH", "ewma_vol": "EWMA"}


def words(
    trace: Trace[Odds], inputs: RegimeInputs, fits: Mapping[int, RegimeFit], config: VolatilityConfig
) -> Words:
    """Return contributions, notes, labels with their sentence, drawn columns and the volatility cone."""
    odds, latest = trace.detail, fit_in_force(fits)
    weights = _weights(odds)
    trend, state = trend_rows(trace.score, config), last_state(trace.values["stress_level"], config)
    regime = regime_word(trend[-1], float(trace.score[-1]), float(trace.uncertainty[-1]), config)
    ahead, ahead_error = float(trace.values["p_ahead"][-1]), float(trace.scalar_se["regime.p_ahead"][-1])
    return Words(
        weights=weights,
        group_weights={
            group: sum(weights[spec.id] for spec in METRICS if spec.group == group) for group in GROUPS
        },
        contributions={name: float(part[-1]) for name, part in odds.contributions().items()},
        steps=(Group(BASE, None, 0.0, float(odds.constant_contribution()[-1])),),
        notes=ahead_note(inputs.bars.interval, ahead, ahead_error)
        + _best(trace, config)
        + _notes(inputs.bars, latest, odds, config),
        labels=labels(regime, state),
        verdict=verdict(regime, state),
        series=_series(trace, trend, config),
        curves=_curves(inputs, trace, latest, config),
    )


def _weights(odds: Odds) -> dict[str, float]:
    coefficients = shipped_now().intervals[odds.fitted_on].logistic.coefficient
    total = sum(abs(b) for b in coefficients.values())
    return {name: abs(b) / total for name, b in coefficients.items()}


def ahead_note(interval: str, p: float, error: float) -> tuple[Message, ...]:
    """Return what is known of the next bars; no side where the record has no edge or the error reaches one half."""
    if np.isnan(p):
        return ()
    shown = round(p, 2)
    facts = {"bars": shipped_table().horizon, "p": shown}
    if shown == EVEN or abs(p - EVEN) <= error or not has_edge(interval, p):
        return (Message("ahead_no_edge", facts),)
    return (Message("ahead_straighter" if p > EVEN else "ahead_rougher", facts),)


def _best(trace: Trace[Odds], config: VolatilityConfig) -> tuple[Message, ...]:
    """Return whose forecast of the next day is shown first."""
    chosen = float(trace.values["vol_day"][-1])
    names = [name for name in DAY_FORECASTS if float(trace.values[name][-1]) == chosen]
    if not names:
        return ()
    return (Message("best_forecast", {"model": MODELS[names[0]], "count": config.qlike_bars}),)


def _notes(bars: Bars, latest: RegimeFit | None, odds: Odds, config: VolatilityConfig) -> tuple[Message, ...]:
    found = []
    ranked = min(look_back_bars(bars.interval, config.look_back_days), max(0, len(bars) - config.hv_bars - 1))
    days = round(days_of(bars.interval, ranked))
    if days < config.look_back_days - 1:
        found.append(Message("short_year", {"days": days}))
    if odds.fitted_on != bars.interval:
        found.append(Message("fitted_on", {"interval": odds.fitted_on}))
    if latest is not None and _is_at_bound(latest.garch):
        found.append(Message("garch_at_bound"))
    if latest is not None and _is_at_bound(latest.switching):
        found.append(Message("markov_at_bound"))
    return tuple(found)


def _is_at_bound(model: Garch | SwitchingFit | None) -> bool:
    return model is not None and model.converged and model.at_bound


def _series(trace: Trace[Odds], trend: Floats, config: VolatilityConfig) -> dict[str, Floats]:
    stressed, calm = state_rows(trace.values["stress_level"], config)
    return {
        "p_trend": trace.score,
        "label": trend,
        "vol_percentile": trace.values["vol_percentile"],
        "stressed": trace.values["markov_stressed"],
        "hv": trace.values["hv_yang_zhang"],
        "garch": trace.values["garch_vol"],
        "implied": trace.values["iv30"],
        "state": stressed - calm,
    }


def _curves(
    inputs: RegimeInputs, trace: Trace[Odds], latest: RegimeFit | None, config: VolatilityConfig
) -> dict[str, Floats]:
    bars = bridged(inputs.bars)
    return volatility_cone(
        bars,
        log_returns(bars.close),
        look_back_bars(bars.interval, config.look_back_days),
        None if latest is None else latest.reverting,
        float(per_bar_variance(trace.values["garch_vol"][-1:], bars.interval)[0]),
        inputs.implied,
        float(trace.values["iv30"][-1]),
    )
