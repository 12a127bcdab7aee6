"""Module A, Trend & Momentum: which way is the price going, and with how much strength?

Score 0..1 = 0.5 + 0.5 * direction * strength. Direction is the mean of four groups, all in momentum polarity (1 is
bullish): slope, oscillators, directional movement, position. Strength is the mean of ADX, |Kalman t| and the
agreement of spot and perpetual, not below a floor. Everything is read from closed bars.

Every call reads the same number of closed bars ending at the asked moment: five times the slowest average, so that
its start has faded, and the past scores the percentile is taken among. Kalman noise is fitted at UTC refit times that
lie a fixed number of bars apart, each on the same number of bars before it.

References: Wilder 1978 (RSI, ATR, ADX); Appel (MACD); Bollinger 2001; Chande and Kroll 1994 (StochRSI); Harvey 1989
(local linear trend); Ehlers 2001 (Hilbert); Sevcik 1998 (fractal dimension); Kaufman 1995; Newey and West 1987.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.features import kalman
from analysis.features.windows import divide, rolling_max, rolling_min
from analysis.framework import signals as maps
from analysis.framework.answer import Declaration, Question, answer, linear_contributions
from analysis.framework.metric import ScalarSpec, ScoreSpec
from analysis.framework.module import Module, Trace
from analysis.framework.reasons import Reason
from analysis.framework.refit import refit_times_of, rows_before
from analysis.framework.result import Analysis
from analysis.framework.scoring import Ballot, Vote, error_of_mean, weighted_mean
from analysis.trend.inputs import TrendInputs, fetch, history
from analysis.trend.metrics import METRICS, STRENGTH
from analysis.trend.reasons import missing_reasons
from analysis.trend.values import trend_values
from config.c_trend import TrendConfig
from utils.binance_api.bars import Bars

MIN_RANK = 250
SERIES_BARS = 300
SCORE = ScoreSpec("trend_score", low=0.0, high=1.0, neutral=0.5)
# Half-lives: where the autocorrelation falls below one half on BTCUSDT 1h, 2020-2024.
SCALARS = (
    ScalarSpec("trend.direction", "directional", "higher is bullish momentum", 1, 8),
    ScalarSpec("trend.strength", "intensity", "higher is a stronger move, either way", 1, 22),
    ScalarSpec("trend.stretch", "directional", "higher is further above the middle average", 1, 17),
    ScalarSpec("trend.pullback", "intensity", "higher is a deeper move against the slow trend", 1, 5),
    ScalarSpec("trend.slow", "directional", "higher is the middle average above the slow one", 10, 72),
)


def refit_times(inputs: TrendInputs, config: TrendConfig) -> tuple[int, ...]:
    """Return the refit moments (UTC ms) with enough bars before them."""
    return refit_times_of(inputs.bars, config.kalman_fit_bars, config.kalman_refit_bars)


def fit(inputs: TrendInputs, config: TrendConfig, refit_time: int) -> kalman.TrendEstimate:
    """Estimate the Kalman noise on the ``kalman_fit_bars`` bars that closed before the refit time."""
    before = rows_before(inputs.bars, refit_time, config.kalman_fit_bars)
    logs = np.log(inputs.bars.close[before])
    return kalman.estimate_trend(logs, config.kalman_memory_min, config.kalman_memory_max)


def trace(inputs: TrendInputs, fits: Mapping[int, kalman.TrendEstimate], config: TrendConfig) -> Trace:
    """Return every metric, signal and score per bar; row t uses bars <= t and fits at refit times <= its close."""
    return _trace(inputs, fits, config, shown=None)


def _trace(
    inputs: TrendInputs,
    fits: Mapping[int, kalman.TrendEstimate],
    config: TrendConfig,
    shown: int | None,
) -> Trace:
    values = trend_values(inputs, fits, config, shown)
    signals = _signals(values, config)
    ballot = _ballot(config)
    directional_votes = _direction_ballot(ballot)
    blend = directional_votes.blend(signals)
    coverage = ballot.coverage(signals)
    strength, strength_error = _strength(signals, ballot, config)
    enough = coverage >= config.min_coverage
    direction = np.where(enough, blend.direction, np.nan)
    doubt = _doubt(blend.direction, blend.standard_error, coverage, config)
    uncertainty = 0.5 * np.hypot(strength * doubt, direction * strength_error)
    scalars = _scalars(inputs.bars, values, direction, strength, config)
    return Trace(
        time=inputs.bars.close_time,
        values=values,
        signals=signals,
        groups=blend.groups,
        multipliers={STRENGTH: strength},
        direction=direction,
        score=0.5 + 0.5 * direction * strength,
        uncertainty=uncertainty,
        coverage=coverage,
        scalars=scalars,
        scalar_se={"trend.direction": doubt, "trend.strength": strength_error},
        reasons=missing_reasons(inputs, fits, config, values, signals, scalars),
    )


def compute(inputs: TrendInputs, fits: Mapping[int, kalman.TrendEstimate], config: TrendConfig) -> Analysis:
    """Return the last row of the trace with its words and what the chart draws."""
    path = _trace(inputs, fits, config, shown=SERIES_BARS)
    bars = inputs.bars
    gaps = len(bars.gaps())
    question = Question(
        module="trend",
        bars=bars,
        gaps=gaps,
        as_of=inputs.as_of,
        live_price=inputs.quote.price if inputs.quote else None,
        sources=inputs.pair.stamps(),
        notes=inputs.pair.notes + _notes(fits, gaps, config),
        series=_series(bars, path),
        config_hash=config.digest(),
        parents=(f"klines.{bars.interval}",),
    )
    return answer(question, path, _declaration(path, config))


_NATURAL_ZERO = ("ema_slope", "macd_hist", "wavelet_slope", "hilbert_slope", "di_diff")


def _signals(values: Mapping[str, Floats], config: TrendConfig) -> dict[str, Floats]:
    in_units = (values[name] for name in _NATURAL_ZERO)
    own_scale = maps.scaled(tuple(in_units), config.scale_bars, config.scale_min_bars)
    scaled = dict(zip(_NATURAL_ZERO, own_scale, strict=True))
    return {
        "ema_alignment": values["ema_alignment"],
        "ema_slope": scaled["ema_slope"],
        "macd_hist": scaled["macd_hist"],
        "kalman_slope_t": maps.from_z(values["kalman_slope_t"]),
        "wavelet_slope": scaled["wavelet_slope"],
        "hilbert_slope": scaled["hilbert_slope"],
        "rsi_14": maps.native(values["rsi_14"], 50, 50),
        "stochrsi_k": maps.native(values["stochrsi_k"], 50, 50),
        "roc_vol": maps.from_z(values["roc_vol"]),
        "di_diff": scaled["di_diff"],
        "percent_b": maps.native(values["percent_b"], 0.5, 0.5),
        "zscore": maps.from_z(values["zscore"]),
        "adx_14": maps.share_of_full(values["adx_14"], config.adx_full),
        "kalman_abs_t": maps.size_from_z(values["kalman_abs_t"]),
        "perp_agreement": values["perp_agreement"],
        "fdi_z": maps.level_from_z(values["fdi_z"]),
    }


def _ballot(config: TrendConfig) -> Ballot:
    weights = config.weights.model_dump()
    votes = tuple(Vote(spec.id, spec.group, weights[spec.id]) for spec in METRICS if spec.group is not None)
    return Ballot(votes, config.groups.model_dump())


def _direction_ballot(everything: Ballot) -> Ballot:
    weights = {name: weight for name, weight in everything.group_weights.items() if name != STRENGTH}
    return Ballot(everything.votes, weights)


def _strength(signals: Mapping[str, Floats], ballot: Ballot, config: TrendConfig) -> tuple[Floats, Floats]:
    members = ballot.members(STRENGTH)
    stack = np.stack([signals[vote.id] for vote in members])
    weights = np.array([vote.weight for vote in members])[:, None]
    mean, _ = weighted_mean(stack, weights)
    return np.maximum(mean, config.strength_floor), error_of_mean(stack, weights, mean)


def _doubt(direction: Floats, error: Floats, coverage: Floats, config: TrendConfig) -> Floats:
    """One sigma of the direction: disagreement of the groups, and the own spread for what is missing."""
    usual = pd.Series(direction).rolling(config.scale_bars, min_periods=config.scale_min_bars).std()
    absent = np.where(coverage < 1, (1 - coverage) * np.asarray(usual, dtype=np.float64), 0.0)
    return np.asarray(np.hypot(error, absent), dtype=np.float64)


def _scalars(
    bars: Bars, values: Mapping[str, Floats], direction: Floats, strength: Floats, config: TrendConfig
) -> dict[str, Floats]:
    atr, mid, slow = values["atr_14"], values["ema_50"], values["ema_200"]
    high, low = rolling_max(bars.high, config.pullback_bars), rolling_min(bars.low, config.pullback_bars)
    against = np.where(mid > slow, high - bars.close, np.where(mid < slow, bars.close - low, np.nan))
    above = (divide(bars.close - mid, atr), divide(mid - slow, atr))
    stretch, long_term = maps.scaled(above, config.scale_bars, config.scale_min_bars)
    return {
        "trend.direction": direction,
        "trend.strength": strength,
        "trend.stretch": stretch,
        "trend.pullback": divide(against, high - low),
        "trend.slow": long_term,
    }


def _notes(fits: Mapping[int, kalman.TrendEstimate], gaps: int, config: TrendConfig) -> tuple[Reason, ...]:
    found = [Reason("gaps", {"count": gaps})] if gaps else []
    latest = fits[max(fits)] if fits else None
    if latest is not None and latest.at_bound:
        middle = (config.kalman_memory_min * config.kalman_memory_max) ** 0.5
        bound = config.kalman_memory_max if latest.noise.memory > middle else config.kalman_memory_min
        found.append(Reason("at_bound", {"what": "the Kalman slope memory", "bound": f"{bound:g}"}))
    return tuple(found)


DRAWN = (
    *("ema_20", "ema_50", "ema_200", "bb_upper", "bb_middle", "bb_lower", "kalman_level", "kalman_slope_t"),
    *("rsi_14", "stochrsi_k", "stochrsi_d", "macd", "macd_signal", "adx_14", "plus_di", "minus_di"),
    *("vwap", "vwap_day", "vwap_week", "poc", "value_low", "value_high"),
)


def _series(bars: Bars, path: Trace) -> dict[str, Floats]:
    candles = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
    columns = {"time": bars.open_time.astype(np.float64), **candles}
    columns |= {name: path.values[name] for name in DRAWN}
    columns |= {"macd_hist": path.values["macd"] - path.values["macd_signal"], "score": path.score}
    return {name: np.array(column[-SERIES_BARS:]) for name, column in columns.items()}


def _declaration(path: Trace, config: TrendConfig) -> Declaration:
    ballot = _direction_ballot(_ballot(config))
    return Declaration(
        score=SCORE,
        metrics=METRICS,
        scalars=SCALARS,
        weights={vote.id: vote.weight for vote in ballot.votes},
        group_weights=ballot.group_weights,
        contributions=linear_contributions(path, ballot, scale=0.5),
        min_coverage=config.min_coverage,
        rank_bars=config.rank_bars,
        min_rank=MIN_RANK,
    )


MODULE = Module(
    code="A",
    id="trend",
    commands=("trend", "t"),
    title="Trend & Momentum",
    question="Which way is the price going, and with how much strength?",
    explanation=(
        "Direction is the mean of four groups: slope, oscillators, directional movement and position. It is "
        "multiplied by strength (ADX, Kalman slope, agreement of spot and perpetual) and laid around 0.5."
    ),
    config=TrendConfig,
    job="batch",
    score=SCORE,
    groups=("slope", "oscillators", "di", "position"),
    metrics=METRICS,
    scalars=SCALARS,
    history=history,
    fetch=fetch,
    refit_times=refit_times,
    fit=fit,
    trace=trace,
    compute=compute,
)
