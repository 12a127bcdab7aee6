"""Module B, Market Regime: does the price trend or range, and is its volatility calm, normal or stressed?

Score 0..1 = P(trend): the chance that the next bars run straighter than usual, by a small calibrated logistic fitted
on 2020-2023 (``trend_odds``). The label switches with hysteresis. So does the volatility state, on the stress level:
the mean of the volatility's rank in its own year and the chance of the switching model's stressed state of late.
Everything is read from closed bars.

Every call reads the same number of closed bars ending at the asked moment. GARCH and the switching variance are fitted
at UTC refit times a fixed number of bars apart, each on a fixed number of bars before it.

References: Lo and MacKinlay 1988, Chow and Denning 1993 (variance ratio); Peng 1994, Hurst 1951 (memory); Sevcik 1998;
DeMark 1994; Bandt and Pompe 2002; Yang and Zhang 2000; Bollerslev 1987 (GARCH); Hamilton 1989; Corsi 2009; Patton 2011.
"""

from collections.abc import Mapping

import numpy as np
from scipy.special import expit

from analysis.arrays import Floats
from analysis.features.hurst import INTERVAL
from analysis.features.oscillators import log_returns
from analysis.framework.answer import Declaration, Question, answer
from analysis.framework.look_back import days_of, look_back_bars
from analysis.framework.metric import ScalarSpec, ScoreSpec
from analysis.framework.module import Module, Trace
from analysis.framework.question import Request, Sources
from analysis.framework.reasons import Reason
from analysis.framework.refit import refit_times_of, rows_before
from analysis.framework.result import Analysis, Group
from analysis.regime.cone import volatility_cone
from analysis.regime.features import FeatureWindows
from analysis.regime.fits import RegimeFit, fit_before, fit_in_force
from analysis.regime.inputs import DRAWN_BARS, RegimeInputs, read_inputs
from analysis.regime.metrics import GROUP_OF, GROUPS, METRICS
from analysis.regime.odds import TrendOdds, shipped_table, trend_odds
from analysis.regime.reasons import missing_reasons
from analysis.regime.state import LABELS, label_rows, last_state, state_rows, stress_level, verdict, words
from analysis.regime.values import Shown, per_bar_variance, regime_values
from config.c_volat import VolatilityConfig

MIN_RANK = 250
SCORE = ScoreSpec("p_trend", low=0.0, high=1.0, neutral=0.5, directional=False)
BASE = "base"
# Half-lives: where the autocorrelation falls below one half on BTCUSDT 1h, 2020-2024.
SCALARS = (
    ScalarSpec("regime.p_trend", "probability", "higher is a trend more likely", 20, 21),
    ScalarSpec("regime.vol_percentile", "intensity", "higher is more volatile than its own year", 24, 40),
    ScalarSpec("regime.stress", "probability", "higher is the stressed state more likely", 1, 3),
)


def history(config: VolatilityConfig, interval: str) -> int:
    """Return how many closed bars one reading needs: the look-back of the oldest row replayed, or that of the fits."""
    rows = DRAWN_BARS + config.replay_bars + config.stress_bars
    ranked = look_back_bars(interval, config.look_back_days) + config.hv_bars + 1
    fitted = max(config.garch_fit_bars, config.markov_fit_bars) + config.refit_bars
    return rows + max(ranked, fitted, _windows().bars)


async def fetch(sources: Sources, request: Request, config: VolatilityConfig) -> RegimeInputs:
    """Read bars and, beside them, premium, funding, the quarterly future and implied volatility."""
    return await read_inputs(sources, request, config, request.rows or history(config, request.interval))


def refit_times(inputs: RegimeInputs, config: VolatilityConfig) -> tuple[int, ...]:
    """Return the refit moments (UTC ms) of the rows that are drawn or replayed, for evidence those of every row."""
    fewest = min(config.garch_fit_bars, config.markov_fit_bars) + 1
    last = None if inputs.evidence else DRAWN_BARS + config.replay_bars + config.stress_bars
    return refit_times_of(inputs.bars, fewest, config.refit_bars, last=last)


def fit(inputs: RegimeInputs, config: VolatilityConfig, refit_time: int) -> RegimeFit:
    """Estimate GARCH and the switching variance on the bars that closed before the refit time."""
    most, fewest = (f(config.garch_fit_bars, config.markov_fit_bars) + 1 for f in (max, min))
    before = rows_before(inputs.bars, refit_time, fewest)
    closes = inputs.bars.close[max(0, before.stop - most) : before.stop]
    return fit_before(log_returns(closes)[1:], config)


def trace(inputs: RegimeInputs, fits: Mapping[int, RegimeFit], config: VolatilityConfig) -> Trace:
    """Return every metric, signal and score per bar; row t uses bars <= t and fits at refit times <= its close."""
    return _trace(inputs, fits, config, Shown())[0]


def compute(inputs: RegimeInputs, fits: Mapping[int, RegimeFit], config: VolatilityConfig) -> Analysis:
    """Return the last row of the trace with its words and what the chart draws."""
    shown = Shown(replayed=DRAWN_BARS + config.replay_bars, drawn=DRAWN_BARS, last=1)
    path, odds = _trace(inputs, fits, config, shown)
    bars = inputs.bars
    gaps = len(bars.gaps())
    label, state = label_rows(path.score, config), last_state(path.values["stress_level"], config)
    question = Question(
        module="regime",
        bars=bars,
        gaps=gaps,
        as_of=inputs.as_of,
        live_price=inputs.price,
        sources=inputs.sources,
        notes=inputs.notes + _notes(inputs, fits, odds, gaps, config),
        series=_series(inputs, path, label, config),
        config_hash=config.digest(),
        parents=(f"klines.{bars.interval}",),
        labels=words(label[-1], state),
        verdict=verdict(label[-1], state),
        curves=_curves(inputs, path, fits, config),
    )
    return answer(question, path, _declaration(odds, config))


def _windows() -> FeatureWindows:
    return shipped_table().windows


def _trace(
    inputs: RegimeInputs, fits: Mapping[int, RegimeFit], config: VolatilityConfig, shown: Shown
) -> tuple[Trace, TrendOdds]:
    windows = _windows()
    whole = regime_values(inputs, fits, config, windows, shown)
    late = slice(None) if shown.replayed is None else slice(-shown.replayed - config.stress_bars, None)
    values = {name: column[late] for name, column in whole.items()}
    odds = trend_odds(values, inputs.bars.interval)
    enough = odds.coverage >= config.min_coverage
    score, uncertainty = np.where(enough, odds.probability, np.nan), _uncertainty(values, odds)
    values["stress_level"] = stress_level(
        values["vol_percentile"], values["markov_stressed"], config.stress_bars
    )
    scalars = {
        "regime.p_trend": score,
        "regime.vol_percentile": values["vol_percentile"],
        "regime.stress": values["markov_stressed"],
    }
    path = Trace(
        time=inputs.bars.close_time[late],
        values=values,
        signals={
            name: np.where(np.isfinite(values[name]), expit(t), np.nan) for name, t in odds.terms.items()
        },
        groups=_groups(values, odds),
        multipliers={},
        direction=np.full(len(score), np.nan),
        score=score,
        uncertainty=np.where(enough, uncertainty, np.nan),
        coverage=odds.coverage,
        scalars=scalars,
        scalar_se={"regime.p_trend": np.where(enough, uncertainty, np.nan)},
        reasons=missing_reasons(
            inputs, fits, config, windows, whole | {"stress_level": values["stress_level"]}, scalars
        ),
    )
    return path, odds


def _uncertainty(values: Mapping[str, Floats], odds: TrendOdds) -> Floats:
    """One sigma of P: the error of the calibration slope, and the usual size of the terms that are missing."""
    fitted = shipped_table().intervals[odds.fitted_on]
    slope_error = (fitted.out_of_fold.slope_high - fitted.out_of_fold.slope_low) / (2 * INTERVAL)
    variance = (odds.logit * slope_error) ** 2
    for name, coefficient in fitted.coefficient.items():
        variance += np.where(np.isfinite(values[name]), 0.0, (fitted.slope * coefficient) ** 2)
    return np.asarray(odds.probability * (1 - odds.probability) * np.sqrt(variance), dtype=np.float64)


def _groups(values: Mapping[str, Floats], odds: TrendOdds) -> dict[str, Floats]:
    """The probability each group's terms alone would give; NaN where none of its readings is known."""
    found = {}
    for group in GROUPS:
        names = [name for name in odds.terms if GROUP_OF[name] == group]
        known = np.any([np.isfinite(values[name]) for name in names], axis=0)
        found[group] = np.where(known, expit(np.sum([odds.terms[name] for name in names], axis=0)), np.nan)
    return found


def _notes(
    inputs: RegimeInputs, fits: Mapping[int, RegimeFit], odds: TrendOdds, gaps: int, config: VolatilityConfig
) -> tuple[Reason, ...]:
    bars, latest = inputs.bars, fit_in_force(fits)
    found = [Reason("gaps", {"count": gaps})] if gaps else []
    ranked = min(look_back_bars(bars.interval, config.look_back_days), max(0, len(bars) - config.hv_bars - 1))
    days = round(days_of(bars.interval, ranked))
    if days < config.look_back_days - 1:
        found.append(Reason("short_year", {"days": days}))
    if odds.fitted_on != bars.interval:
        found.append(Reason("fitted_on", {"interval": odds.fitted_on}))
    if latest is not None and latest.garch is not None and latest.garch.converged and latest.garch.at_bound:
        found.append(Reason("garch_at_bound"))
    if latest is not None and latest.switching is not None and _degenerate(latest):
        found.append(Reason("markov_at_bound"))
    return tuple(found)


def _degenerate(latest: RegimeFit) -> bool:
    switching = latest.switching
    return switching is not None and switching.converged and switching.at_bound


def _series(inputs: RegimeInputs, path: Trace, label: Floats, config: VolatilityConfig) -> dict[str, Floats]:
    bars = inputs.bars
    stressed, calm = state_rows(path.values["stress_level"], config)
    candles = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
    columns = {"time": bars.open_time.astype(np.float64), **candles, "p_trend": path.score, "label": label}
    columns |= {"vol_percentile": path.values["vol_percentile"], "stressed": path.values["markov_stressed"]}
    columns |= {"hv": path.values["hv_yang_zhang"], "garch": path.values["garch_vol"]}
    columns |= {"implied": path.values["iv30"], "state": stressed - calm}
    return {name: np.array(column[-DRAWN_BARS:]) for name, column in columns.items()}


def _curves(
    inputs: RegimeInputs, path: Trace, fits: Mapping[int, RegimeFit], config: VolatilityConfig
) -> dict[str, Floats]:
    bars, latest = inputs.bars, fit_in_force(fits)
    return volatility_cone(
        bars,
        log_returns(bars.close),
        look_back_bars(bars.interval, config.look_back_days),
        None if latest is None else latest.reverting,
        float(per_bar_variance(path.values["garch_vol"][-1:], bars.interval)[0]),
        inputs.implied,
        float(path.values["iv30"][-1]),
    )


def _declaration(odds: TrendOdds, config: VolatilityConfig) -> Declaration:
    fitted = shipped_table().intervals[odds.fitted_on]
    total = sum(abs(b) for b in fitted.coefficient.values())
    weights = {name: abs(b) / total for name, b in fitted.coefficient.items()}
    groups = {group: sum(w for name, w in weights.items() if GROUP_OF[name] == group) for group in GROUPS}
    return Declaration(
        score=SCORE,
        metrics=METRICS,
        scalars=SCALARS,
        weights=weights,
        group_weights=groups,
        contributions={name: float(part[-1]) for name, part in odds.contributions().items()},
        min_coverage=config.min_coverage,
        rank_bars=DRAWN_BARS,
        min_rank=MIN_RANK,
        steps=(Group(BASE, None, 0.0, float(odds.constant_contribution()[-1])),),
    )


MODULE = Module(
    code="B",
    id="regime",
    commands=("regime", "rg"),
    title="Market Regime",
    question="Does the price trend or range, and how nervous is it?",
    explanation=(
        "P(trend) is the chance that the next bars run straighter than usual, from six readings of the recent path "
        "and a table fitted on 2020 to 2023. The volatility state compares volatility with its own year and with "
        "the calm and stressed states of the recent past."
    ),
    config=VolatilityConfig,
    job="batch",
    score=SCORE,
    groups=(*GROUPS, BASE),
    metrics=METRICS,
    scalars=SCALARS,
    history=history,
    fetch=fetch,
    refit_times=refit_times,
    fit=fit,
    trace=trace,
    compute=compute,
    labels=LABELS,
)
