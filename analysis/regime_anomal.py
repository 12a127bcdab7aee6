"""Module J, Regime Change & Anomaly: is this bar unusual enough to look at, and which feature drove it?

Score 0..1 = min(1, -log10 p / 4). Eleven channels are each compared with their own past, the season
removed: p is the share of past bars at least so extreme. The smallest p is corrected for the number of channels known
(Sidak), and the channel it belongs to carries the whole contribution: 0.25 is once in 10 bars, 0.5 in 100, 0.75 in
1,000. A test, not an opinion: it has no direction.

Seasons, thresholds, the isolation forest and the pasts are estimated at fixed UTC refit times on the bars before them;
a bar is judged by the last refit time before it.

References: Page 1954 and Politis and Romano 1992 (change points), Liu, Ting and Zhou 2008 (isolation forest),
Ren et al. 2019 (spectral residual), Sidak 1967.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from analysis.anomaly.channels import part
from analysis.anomaly.fit import AnomalyFit, fit_anomaly, fit_rows
from analysis.anomaly.inputs import RawRows, RegimeAnomalyInputs, fetch_inputs, raw_rows
from analysis.anomaly.metrics import CHANNELS, GROUPS, IDS, METRICS, NO_DRIVER, p_metric
from analysis.anomaly.reasons import FEATURE_WORDS, missing_reasons
from analysis.anomaly.values import AnomalyPath, anomaly_path
from analysis.arrays import Floats
from analysis.features.surprise import SCORE_DECADES, anomaly_score, once_in
from analysis.framework.answer import Declaration, Question, answer
from analysis.framework.look_back import days_of
from analysis.framework.metric import ScalarSpec, ScoreSpec
from analysis.framework.module import Module, Trace
from analysis.framework.question import Request, Sources
from analysis.framework.reasons import Reason
from analysis.framework.refit import refit_times_of
from analysis.framework.result import Analysis
from config.base import ConfigModel, setting

SERIES_BARS = 300
ORDINARY_P = 0.1  # met once in ten bars or oftener: nothing is named
SCORE = ScoreSpec("anomaly_score", low=0.0, high=1.0, neutral=0.0, directional=False)
# Half-life: where the autocorrelation falls below one half on BTCUSDT 1h, 2020-2024.
SCALARS = (ScalarSpec("redet.surprise", "p_value", "lower is a bar less often met in the past", 1, 3),)


class AnomalyWeights(ConfigModel):
    """How much each channel counts in coverage; 0 leaves it out of the test."""

    returns: float = setting(1.0, "size of the return", ge=0)
    range: float = setting(1.0, "high over low", ge=0)
    deviation: float = setting(1.0, "cumulative return against the window before", ge=0)
    volume: float = setting(1.0, "traded volume", ge=0)
    open_interest: float = setting(1.0, "change of open interest", ge=0)
    funding: float = setting(1.0, "change of the settled funding rate", ge=0)
    basis: float = setting(1.0, "basis against its recent median", ge=0)
    joint: float = setting(1.0, "isolation forest on all features", ge=0)
    price_wave: float = setting(1.0, "spectral residual of the price", ge=0)
    volume_wave: float = setting(1.0, "spectral residual of the volume", ge=0)
    change: float = setting(1.0, "Page's sums over their thresholds", ge=0)


class RegimeAnomalyConfig(ConfigModel):
    """Regime Change & Anomaly."""

    rank_days: int = setting(
        365, "past a channel is ranked in, at most 8,784 bars", unit="days", ge=30, le=1500
    )
    rank_bars_least: int = setting(
        2000, "past a channel is ranked in, at least", unit="bars", ge=200, le=8784
    )
    rank_min_bars: int = setting(100, "past values below which there is no p", unit="bars", ge=20, le=2000)
    refit_bars: int = setting(336, "bars between fits, from the Unix epoch", unit="bars", ge=20, le=5000)
    fit_min_bars: int = setting(200, "bars a young symbol's first fit needs", unit="bars", ge=100, le=2000)
    basis_bars: int = setting(360, "recent median the basis is measured against", unit="bars", ge=20, le=1000)
    basis_min_bars: int = setting(48, "known bars that median needs", unit="bars", ge=5, le=1000)
    deviation_bars: int = setting(24, "bars of the cumulative return", unit="bars", ge=2, le=500)
    deviation_reference_bars: int = setting(500, "window before them", unit="bars", ge=50, le=2000)
    spectral_bars: int = setting(59, "window of the spectral residual", unit="bars", ge=27, le=300)
    cusum_bars: int = setting(200, "bars before a row at which its sums start", unit="bars", ge=50, le=1000)
    cusum_drift: float = setting(0.25, "half the shift the sums look for", unit="sd", ge=0, le=2)
    cusum_run_bars: int = setting(1000, "bars between false alarms of a sum", unit="bars", ge=50, le=5000)
    cusum_block_bars: int = setting(24, "block of the bootstrap", unit="bars", ge=1, le=200)
    cusum_chains: int = setting(300, "chains of the bootstrap", ge=50, le=5000)
    cusum_clip: float = setting(4.0, "standardised returns are held within", unit="sd", ge=2, le=20)
    volatility: Literal["ewma", "garch"] = setting("ewma", "what returns are standardised by in the sums")
    ewma_decay: float = setting(0.98, "smoothing of the squared returns", ge=0.8, le=0.995)
    garch_bars: int = setting(1500, "returns a GARCH fit reads", unit="bars", ge=200, le=5000)
    forest_trees: int = setting(100, "trees of the isolation forest", ge=10, le=500)
    forest_sample: int = setting(256, "rows each tree is grown on", ge=16, le=1024)
    forest_share: float = setting(0.25, "first share of the past that grows the trees", gt=0, lt=1)
    forest_known: float = setting(0.8, "share of bars in which a feature must be known", gt=0, le=1)
    forest_min_bars: int = setting(500, "past bars the forest needs", unit="bars", ge=100, le=5000)
    z_bars: int = setting(250, "window of the robust z", unit="bars", ge=30, le=1000)
    z_min_bars: int = setting(100, "past values the robust z needs", unit="bars", ge=10, le=1000)
    moment_bars: int = setting(
        250, "window of mean, deviation, skewness, kurtosis", unit="bars", ge=20, le=1000
    )
    gap_bars: int = setting(500, "window in which missing bars are counted", unit="bars", ge=50, le=5000)
    seed: int = setting(7, "seed of the forest and the bootstrap", ge=0)
    min_coverage: float = setting(0.5, "share of channels below which there is no score", ge=0, le=1)
    weights: AnomalyWeights = AnomalyWeights()


def history(config: RegimeAnomalyConfig, interval: str) -> int:
    """Return how many closed bars one reading needs: a fit's, those up to the next fit, and the scored ones."""
    return fit_rows(config, interval) + config.refit_bars + SERIES_BARS


async def fetch(sources: Sources, request: Request, config: RegimeAnomalyConfig) -> RegimeAnomalyInputs:
    """Read bars of both markets, open interest and settled funding known at the asked moment."""
    return await fetch_inputs(sources, request, history(config, request.interval), SERIES_BARS)


def refit_times(inputs: RegimeAnomalyInputs, config: RegimeAnomalyConfig) -> tuple[int, ...]:
    """Return the refit moments (UTC ms) that the scored rows use.

    A fit reads a fixed number of bars before its refit time; fewer only where the listing begins inside them. A moment
    tells in its last milliseconds (0..7) which sources are absent: what was fitted without one must not be taken for
    the fit of the same moment once it answers again.
    """
    bars = inputs.bars
    needed = config.fit_min_bars if inputs.whole else fit_rows(config, bars.interval)
    sources = (inputs.pair.other, inputs.funding, inputs.open_interest)
    absent = sum(1 << place for place, source in enumerate(sources) if source is None)
    return tuple(at + absent for at in refit_times_of(bars, needed, config.refit_bars, last=inputs.scored))


def fit(inputs: RegimeAnomalyInputs, config: RegimeAnomalyConfig, refit_time: int) -> AnomalyFit:
    """Estimate everything on the bars that closed before the refit time."""
    bars = inputs.bars
    stop = int(np.searchsorted(bars.close_time, refit_time))
    rows = slice(max(0, stop - fit_rows(config, bars.interval)), stop)
    return fit_anomaly(part(raw_rows(inputs), rows), bars.interval, config)


def trace(inputs: RegimeAnomalyInputs, fits: Mapping[int, AnomalyFit], config: RegimeAnomalyConfig) -> Trace:
    """Return every metric and the score per bar; row t uses bars <= t and the last fit before its close."""
    raw = raw_rows(inputs)
    return _trace(inputs, raw, anomaly_path(inputs, raw, fits, config), fits, config)


def _trace(
    inputs: RegimeAnomalyInputs,
    raw: RawRows,
    path: AnomalyPath,
    fits: Mapping[int, AnomalyFit],
    config: RegimeAnomalyConfig,
) -> Trace:
    weights, combined = config.weights.model_dump(), path.values["p_combined"]
    known = sum(weights[name] * np.isfinite(path.p[name]) for name in IDS)
    coverage = np.asarray(known / (sum(weights.values()) or np.nan), dtype=np.float64)
    enough = coverage >= config.min_coverage
    surprise = np.where(enough, combined, np.nan)
    score = anomaly_score(surprise)
    error = _p_error(path, combined, config)
    reasons = missing_reasons(inputs, raw, fits, path.values, config)
    if np.isnan(surprise[-1]):
        facts = {"has": f"{coverage[-1]:.0%}", "needs": f"{config.min_coverage:.0%}"}
        reasons["redet.surprise"] = reasons.get("p_combined", Reason("low_coverage", facts))
    return Trace(
        time=inputs.bars.close_time[path.first :],
        values=path.values,
        signals={p_metric(name): anomaly_score(path.p[name]) for name in IDS},
        groups={group: anomaly_score(_group_p(path, group, config)) for group in GROUPS},
        multipliers={},
        direction=np.full(len(score), np.nan),
        score=score,
        uncertainty=error / (combined * np.log(10) * SCORE_DECADES),
        coverage=coverage,
        scalars={"redet.surprise": surprise},
        scalar_se={"redet.surprise": error},
        reasons=reasons,
    )


def _counted(config: RegimeAnomalyConfig) -> tuple[str, ...]:
    return tuple(name for name in IDS if getattr(config.weights, name) > 0)


def _p_error(path: AnomalyPath, combined: Floats, config: RegimeAnomalyConfig) -> Floats:
    """One sigma of the combined p: that of a share among so many past values, carried through the correction."""
    names = _counted(config)
    p = np.stack([path.p[name] for name in names])
    past = np.stack([path.past[name] for name in names])
    filled = np.where(np.isfinite(p), p, np.inf)
    driver = filled.argmin(axis=0)[None]
    smallest, count = (np.take_along_axis(x, driver, 0)[0] for x in (p, past))
    share = np.sqrt(smallest * (1 - smallest) / count)
    channels = np.isfinite(p).sum(axis=0)
    return np.asarray(
        np.where(np.isfinite(combined), channels * (1 - smallest) ** (channels - 1) * share, np.nan)
    )


def _group_p(path: AnomalyPath, group: str, config: RegimeAnomalyConfig) -> Floats:
    counted = _counted(config)
    members = [path.p[channel.id] for channel in CHANNELS if channel.group == group and channel.id in counted]
    if not members:
        return np.full(len(path.values["p_combined"]), np.nan)
    return np.asarray(np.fmin.reduce(members), dtype=np.float64)


def compute(
    inputs: RegimeAnomalyInputs, fits: Mapping[int, AnomalyFit], config: RegimeAnomalyConfig
) -> Analysis:
    """Return the last row of the trace with its words and what the chart draws."""
    raw = raw_rows(inputs)
    found = anomaly_path(inputs, raw, fits, config)
    path = _trace(inputs, raw, found, fits, config)
    bars = inputs.bars
    gaps = len(bars.gaps())
    driver = _drivers(found, config)
    last = (
        CHANNELS[int(driver[-1])]
        if np.isfinite(driver[-1]) and path.scalars["redet.surprise"][-1] <= ORDINARY_P
        else None
    )
    question = Question(
        module="redet",
        bars=bars,
        gaps=gaps,
        as_of=inputs.as_of,
        live_price=inputs.price,
        sources=inputs.stamps,
        notes=inputs.pair.notes + _notes(inputs, fits, gaps, config),
        series=_series(inputs, found, path, driver, config),
        config_hash=config.digest(),
        parents=(f"klines.{bars.interval}", f"open_interest.{bars.interval}", "funding"),
        labels={"driver": last.id if last else NO_DRIVER},
        verdict=_verdict(path, last.words if last else None),
    )
    return answer(question, path, _declaration(path, driver, config))


def _drivers(found: AnomalyPath, config: RegimeAnomalyConfig) -> Floats:
    """The channel of the smallest p per bar, as its place in the list of channels; the first of equal ones."""
    counted = _counted(config)
    p = np.stack([found.p[name] if name in counted else np.full_like(found.p[name], np.nan) for name in IDS])
    known = np.isfinite(p).any(axis=0)
    return np.where(known, np.where(np.isfinite(p), p, np.inf).argmin(axis=0), np.nan)


def _verdict(path: Trace, driver: str | None) -> Reason | None:
    if np.isnan(path.score[-1]):
        return None
    if driver is None:
        return Reason("ordinary_bar")
    bars = round(float(once_in(path.scalars["redet.surprise"])[-1]))
    return Reason("once_in_bars", {"bars": bars, "channel": driver})


def _notes(
    inputs: RegimeAnomalyInputs, fits: Mapping[int, AnomalyFit], gaps: int, config: RegimeAnomalyConfig
) -> tuple[Reason, ...]:
    found = [Reason("gaps", {"count": gaps})] if gaps else []
    latest = fits[max(fits)] if fits else None
    if latest is None:
        return tuple(found)
    most = max((table.count for table in latest.past.values()), default=0)
    if days_of(inputs.bars.interval, most) < 0.95 * config.rank_days:
        found.append(Reason("short_year", {"days": round(days_of(inputs.bars.interval, most))}))
    if not latest.change.converged:
        found.append(Reason("garch_replaced"))
    if latest.forest is not None:
        absent = [words for name, words in FEATURE_WORDS.items() if name not in latest.features]
        found += [Reason("forest_without", {"what": words}) for words in absent]
    return tuple(found)


def _series(
    inputs: RegimeAnomalyInputs, found: AnomalyPath, path: Trace, driver: Floats, config: RegimeAnomalyConfig
) -> dict[str, Floats]:
    bars = inputs.bars
    candles = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
    candles["time"] = bars.open_time.astype(np.float64)
    columns = {name: column[found.first :] for name, column in candles.items()}
    columns |= {"score": path.score, "driver": driver}
    columns |= {f"group_{group}": np.abs(np.log10(_group_p(found, group, config))) for group in GROUPS}
    columns |= {name: path.values[name] for name in SUMS}
    for prefix, alarms in (("", found.level_alarms), ("volatility_", found.spread_alarms)):
        points, rung = np.zeros(len(driver)), np.zeros(len(driver))
        for alarm in alarms:
            points[max(alarm.change, 0)], rung[alarm.row] = alarm.side, alarm.side
        columns |= {f"{prefix}change_points": points, f"{prefix}alarms": rung}
    return {name: np.array(column[-SERIES_BARS:]) for name, column in columns.items()}


SUMS = (
    *("cusum_up", "cusum_down", "cusum_threshold"),
    *("volatility_cusum_up", "volatility_cusum_down", "volatility_threshold"),
)


def _declaration(path: Trace, driver: Floats, config: RegimeAnomalyConfig) -> Declaration:
    weights = {p_metric(name): weight for name, weight in config.weights.model_dump().items()}
    members = {spec.id: spec.group for spec in METRICS if spec.group is not None}
    scored = np.isfinite(path.score[-1]) and np.isfinite(driver[-1])
    return Declaration(
        score=SCORE,
        metrics=METRICS,
        scalars=SCALARS,
        weights=weights,
        group_weights={group: sum(weights[m] for m in members if members[m] == group) for group in GROUPS},
        contributions={p_metric(IDS[int(driver[-1])]): float(path.score[-1])} if scored else {},
        min_coverage=config.min_coverage,
    )


MODULE = Module(
    code="J",
    id="redet",
    commands=("redet", "rd"),
    title="Regime Change & Anomaly",
    question="Is this bar unusual enough to look at, and what drove it?",
    explanation=(
        "Eleven channels of price, volume, positioning, their combination, spectrum and change are each ranked in "
        "their own past. The rarest one counts, corrected for their number: 0.5 is met once in 100 bars, 0.75 in 1,000."
    ),
    config=RegimeAnomalyConfig,
    job="async",
    score=SCORE,
    groups=GROUPS,
    metrics=METRICS,
    scalars=SCALARS,
    history=history,
    fetch=fetch,
    refit_times=refit_times,
    fit=fit,
    trace=trace,
    compute=compute,
    labels={"driver": (*IDS, NO_DRIVER)},
)
