"""Changes of level and of volatility: returns over their forecast deviation, Page's sums over a fixed window."""

from dataclasses import dataclass

import numpy as np

from analysis.anomaly.settings import WARM, AnomalySettings
from analysis.arrays import Floats
from analysis.features import garch
from analysis.features.cusum import Alarm, page_cusum, threshold_for, windowed_cusum
from analysis.features.volatility_forecast import ewma_variance
from analysis.features.windows import divide, lag


@dataclass(frozen=True, slots=True)
class ChangeFit:
    """What the sums are run with: thresholds of level and volatility, the usual |z| and its deviation, GARCH.

    Thresholds are NaN where the returns do not vary or are too few; ``garch`` is ``None`` with the smoothed variance,
    and where GARCH did not converge.
    """

    level_threshold: float
    spread_threshold: float
    usual: float
    deviation: float
    garch: garch.Garch | None
    converged: bool


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Both sums of level and of volatility for some last rows, before a restart, NaN where unknown."""

    up: Floats
    down: Floats
    spread_up: Floats
    spread_down: Floats


def standardised(returns: Floats, model: garch.Garch | None, config: AnomalySettings) -> Floats:
    """Return returns over the deviation forecast one bar before, held within ``cusum_clip``.

    A single jump must not look like a change that lasts. The returns have no holes.
    """
    if model is not None:
        z = garch.standardised(returns, model, model.next_variance)
    else:
        variance = ewma_variance(returns, config.ewma_decay, WARM)
        z = divide(returns, np.sqrt(lag(variance, 1)))
    return np.clip(z, -config.cusum_clip, config.cusum_clip)


def fit_change(returns: Floats, config: AnomalySettings) -> ChangeFit:
    """Estimate the model and both thresholds on returns without holes."""
    model = garch.fit_garch(returns[-config.garch_bars :]) if config.volatility == "garch" else None
    converged = model is None or model.converged
    kept = model if model is not None and model.converged else None
    z = standardised(returns, kept, config)
    size = np.abs(z[np.isfinite(z)])
    usual, deviation = (float(size.mean()), float(size.std())) if len(size) else (np.nan, np.nan)
    return ChangeFit(
        level_threshold=_threshold(z, config),
        spread_threshold=_threshold(divide(np.abs(z) - usual, np.full(len(z), deviation)), config),
        usual=usual,
        deviation=deviation,
        garch=kept,
        converged=converged,
    )


def _threshold(values: Floats, config: AnomalySettings) -> float:
    return threshold_for(
        values,
        config.cusum_drift,
        config.cusum_run_bars,
        block=config.cusum_block_bars,
        seed=config.seed,
        chains=config.cusum_chains,
    )


def change_sums(returns: Floats, rows: int, fitted: ChangeFit, config: AnomalySettings) -> Sums:
    """Return the sums of the last ``rows`` returns (no holes), each started afresh ``cusum_bars`` bars before."""
    count = min(rows, len(returns))
    needed = count + config.cusum_bars - 1
    level, spread = _pair(returns, fitted, config)[:, -needed:]
    found = [
        side[-count:] if count else side[:0]
        for line, threshold in ((level, fitted.level_threshold), (spread, fitted.spread_threshold))
        for side in windowed_cusum(line, config.cusum_bars, config.cusum_drift, threshold)
    ]
    return Sums(*found)


def _pair(returns: Floats, fitted: ChangeFit, config: AnomalySettings) -> Floats:
    z = standardised(returns, fitted.garch, config)
    return np.stack([z, (np.abs(z) - fitted.usual) / (fitted.deviation or np.nan)])


@dataclass(frozen=True, slots=True)
class Changes:
    """Alarms of the last window, level and volatility; rows count from the first of the returns handed over."""

    level: tuple[Alarm, ...]
    spread: tuple[Alarm, ...]


def last_changes(returns: Floats, fitted: ChangeFit, config: AnomalySettings) -> Changes:
    """Return the alarms among the last ``cusum_bars`` returns (no holes), none where a threshold is unknown."""
    first = max(0, len(returns) - config.cusum_bars)
    found = []
    thresholds = (fitted.level_threshold, fitted.spread_threshold)
    for line, threshold in zip(_pair(returns, fitted, config)[:, first:], thresholds, strict=True):
        alarms = page_cusum(line, config.cusum_drift, threshold).alarms if threshold > 0 else ()
        found.append(tuple(Alarm(one.row + first, one.side, one.change + first) for one in alarms))
    return Changes(*found)
