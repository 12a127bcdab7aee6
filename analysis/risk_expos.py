"""Module G, Risk & Exposure: how risky is a position here?

Score 0..1, 1 is high risk, whichever side one is on: the mid-rank, among the past 365 days, of a weighted mean of
four groups of levels (volatility, tail, drawdown, distance to a leveraged liquidation). 0.5 is an ordinary day.
Sharpe and Sortino have no vote, else every rally would look safe.

GARCH is fitted at UTC refit times a fixed number of bars apart, each on the same number of returns before it; between
refit times only its filter runs. Every question reads the same number of closed bars: a year of ranked values and the
bars of the first fit before it. Where trading began later, fits and ranks use what there is.

References: Wilder 1978 (ATR); LeBeau (chandelier); Martin and McCann 1989 (Ulcer); Bollerslev 1986, 1987 (GARCH, t);
Barone-Adesi, Giannopoulos and Vosper 1999 (filtered simulation); Boudt, Peterson and Croux 2008 (Cornish-Fisher
shortfall); Kupiec 1995; Christoffersen 1998; Lo 2002 (errors of ratios).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.arrays import Floats
from analysis.features.robust import mid_rank
from analysis.features.stress import EVENTS
from analysis.features.windows import lag
from analysis.framework.answer import Declaration, Question, answer
from analysis.framework.look_back import days_of
from analysis.framework.metric import ScalarSpec, ScoreSpec
from analysis.framework.module import Module, Trace
from analysis.framework.reasons import Reason
from analysis.framework.refit import refit_times_of
from analysis.framework.result import Analysis, Group
from analysis.risk.forecasts import RiskFit, fewest_bars, fit_before, log_returns, window_bars
from analysis.risk.inputs import DRAWN_BARS, RiskInputs, fetch, history, rank_bars
from analysis.risk.leverage import TIERS, zones
from analysis.risk.metrics import METRICS
from analysis.risk.reasons import Situation, missing_reasons
from analysis.risk.signals import ballot_of, contributions, rank_error, signals_of
from analysis.risk.values import RiskPath, risk_path
from config.c_risk import RiskExposureConfig

SCORE = ScoreSpec("risk_score", low=0.0, high=1.0, neutral=0.5, directional=False)
# Half-lives: where the autocorrelation falls to one half on BTCUSDT 1h, 2020-2024 (scripts/figures/risk.py).
SCALARS = (
    ScalarSpec("risk.market", "intensity", "higher is riskier than the past year, either way", 1, 78),
    ScalarSpec("risk.tail", "intensity", "higher is a larger loss to be reckoned with", 1, 81),
    ScalarSpec("risk.surprise", "p_value", "smaller is a loss less expected by its own forecast", 1, 1),
)


@dataclass(frozen=True, slots=True, eq=False)
class _Traced:
    """A trace with what its answer is made from."""

    trace: Trace
    raw: Floats
    path: RiskPath
    contributions: Mapping[str, float]


def refit_times(inputs: RiskInputs, config: RiskExposureConfig) -> tuple[int, ...]:
    """Return the refit moments (UTC ms) with a whole window before them, or where trading began later with enough."""
    needed = fewest_bars() if inputs.whole else window_bars(config)
    return refit_times_of(inputs.bars, needed, config.refit_bars)


def fit(inputs: RiskInputs, config: RiskExposureConfig, refit_time: int) -> RiskFit:
    """Fit GARCH and Cornish-Fisher on the returns before the refit time."""
    row = int(np.searchsorted(inputs.bars.close_time, refit_time))
    return fit_before(log_returns(inputs.bars), row, config)


def trace(inputs: RiskInputs, fits: Mapping[int, RiskFit], config: RiskExposureConfig) -> Trace:
    """Return every metric, level and score per bar; row t uses bars <= t and fits at refit times <= its close.

    Metrics without a vote that are dear (drawdown episodes, simulated losses, backtests, stress) have the last row
    alone.
    """
    return _traced(inputs, fits, config).trace


def _traced(
    inputs: RiskInputs, fits: Mapping[int, RiskFit], config: RiskExposureConfig, shown: int | None = None
) -> _Traced:
    path = risk_path(inputs, fits, config, shown)
    interval, year = inputs.bars.interval, rank_bars(config, inputs.bars.interval)
    signals = _newest(signals_of(path.values, interval, config), shown and shown + year)
    ballot = ballot_of(config)
    blend, coverage = ballot.blend(signals), ballot.coverage(signals)
    raw = np.where(coverage >= config.min_coverage, blend.direction, np.nan)
    score = mid_rank(raw, year, config.rank_min_bars, shown)
    doubt = np.full(len(raw), np.nan)
    doubt[-1] = rank_error(raw, float(blend.standard_error[-1]), year, config.rank_min_bars)
    scalars = {
        "risk.market": score,
        "risk.tail": blend.groups["tail"],
        "risk.surprise": path.ahead.surprise,
    }
    situation = Situation(inputs, fits, config, path.returns, path.values)
    done = Trace(
        time=inputs.bars.close_time[-(shown or 0) :],
        values=_newest(path.values, shown),
        signals=_newest(signals, shown),
        groups=_newest(blend.groups, shown),
        multipliers={},
        direction=np.full(len(raw), np.nan)[-(shown or 0) :],
        score=score[-(shown or 0) :],
        uncertainty=doubt[-(shown or 0) :],
        coverage=coverage[-(shown or 0) :],
        scalars=_newest(scalars, shown),
        scalar_se=_newest({"risk.market": doubt}, shown),
        reasons=missing_reasons(situation, signals, scalars),
    )
    return _Traced(done, raw, path, contributions(signals, ballot, year))


def _newest(columns: Mapping[str, Floats], shown: int | None) -> dict[str, Floats]:
    """The last ``shown`` rows of each column, all for ``None``."""
    return {name: column[-(shown or 0) :] for name, column in columns.items()}


def compute(inputs: RiskInputs, fits: Mapping[int, RiskFit], config: RiskExposureConfig) -> Analysis:
    """Return the last row of the trace with its words and what the chart draws."""
    done = _traced(inputs, fits, config, DRAWN_BARS + 1)
    bars = inputs.bars
    gaps = len(bars.gaps())
    past = int(np.isfinite(done.raw[-rank_bars(config, bars.interval) - 1 : -1]).sum())
    days = round(days_of(bars.interval, past))
    question = Question(
        module="risk",
        bars=bars,
        gaps=gaps,
        as_of=inputs.as_of,
        live_price=inputs.price,
        sources=inputs.stamps(),
        notes=inputs.notes + _notes(inputs, fits, gaps, days, config),
        series=_series(inputs, done),
        config_hash=config.digest(),
        parents=(f"klines.{bars.interval}",),
        verdict=_verdict(float(done.trace.score[-1]), days),
        curves=_curves(inputs, done.path, config),
    )
    result = answer(question, done.trace, _declaration(done, config))
    if result.score is None and result.coverage >= config.min_coverage:
        few = Reason("few_past_values", {"needs": config.rank_min_bars, "has": past})
        return replace(result, null_reasons=(few, *result.null_reasons))
    return result


def _verdict(score: float, days: int) -> Reason | None:
    return Reason("riskier_than", {"share": f"{score:.0%}", "days": days}) if np.isfinite(score) else None


def _notes(
    inputs: RiskInputs, fits: Mapping[int, RiskFit], gaps: int, days: int, config: RiskExposureConfig
) -> tuple[Reason, ...]:
    found = [Reason("gaps", {"count": gaps})] if gaps else []
    latest = fits[max(fits)].garch if fits else None
    if latest is None:
        found.append(Reason("ewma_used", {"why": "too few bars"}))
    elif not latest.converged:
        found.append(Reason("ewma_used", {"why": "the fit did not converge"}))
    elif latest.at_bound:
        found.append(Reason("garch_at_bound"))
    if 0 < days < config.rank_days - 1:
        found.append(Reason("short_year", {"days": days}))
    if inputs.approximate:
        found.append(Reason("approximate_brackets"))
    if inputs.crashes.by_beta and inputs.crashes.beta is not None:
        titles = [event.title for event in EVENTS if event.id in inputs.crashes.by_beta]
        facts = {"symbol": inputs.bars.symbol, "events": ", ".join(titles)}
        found.append(Reason("beta_used", facts | {"beta": f"{inputs.crashes.beta:.2f}"}))
    return tuple(found)


def _series(inputs: RiskInputs, done: _Traced) -> dict[str, Floats]:
    bars, values = inputs.bars, done.path.values
    columns = {"time": bars.open_time.astype(np.float64)}
    columns |= {name: getattr(bars, name) for name in ("open", "high", "low", "close")}
    columns |= {
        "return": 100 * np.expm1(done.path.returns),
        "var_95": lag(values["var_filtered_95_bar"], 1),
        "var_99": lag(values["var_filtered_99_bar"], 1),
        "drawdown": values["drawdown_now"],
        "stop_long": values["chandelier_long"],
        "stop_short": values["chandelier_short"],
        "volatility": values["vol_forecast"],
        "score": done.trace.score,
    }
    return {name: np.array(column[-DRAWN_BARS:]) for name, column in columns.items()}


def _curves(inputs: RiskInputs, path: RiskPath, config: RiskExposureConfig) -> dict[str, Floats]:
    longs, shorts = zones(inputs, float(inputs.bars.close[-1]), config)
    last = {name: column[-1] for name, column in path.values.items()}
    return {
        "liq_leverage": TIERS.copy(),
        "liq_long": longs,
        "liq_short": shorts,
        "stress_loss": np.array([last[f"stress_{event.id}"] for event in EVENTS]),
        "stress_leverage": np.array([last[f"survives_{event.id}"] for event in EVENTS]),
    }


def _declaration(done: _Traced, config: RiskExposureConfig) -> Declaration:
    ballot = ballot_of(config)
    step = float(done.trace.score[-1]) - SCORE.neutral - sum(done.contributions.values())
    return Declaration(
        score=SCORE,
        metrics=METRICS,
        scalars=SCALARS,
        weights={vote.id: vote.weight for vote in ballot.votes},
        group_weights=ballot.group_weights,
        contributions=done.contributions,
        min_coverage=config.min_coverage,
        steps=(Group("rank", None, 0.0, step),),
    )


MODULE = Module(
    code="G",
    id="risk",
    commands=("risk", "r"),
    title="Risk & Exposure",
    question="How risky is a position here, compared with the past year?",
    explanation=(
        "Volatility, tail losses, drawdown and the distance to a leveraged liquidation are averaged and ranked among "
        "the past 365 days: 0.5 is an ordinary day, 1 the riskiest. Higher is not bearish: it is risk on either side."
    ),
    config=RiskExposureConfig,
    job="batch",
    score=SCORE,
    groups=("volatility", "tail", "drawdown", "leverage"),
    metrics=METRICS,
    scalars=SCALARS,
    history=history,
    fetch=fetch,
    refit_times=refit_times,
    fit=fit,
    trace=trace,
    compute=compute,
    account=True,
)
