"""Changes of level and of volatility: standardised returns, and Page's CUSUM over a fixed window."""

from dataclasses import dataclass

import numpy as np

from analysis.anomaly.inputs import EWMA_WARM_UP
from analysis.anomaly.settings import AnomalySettings
from analysis.arrays import Floats
from analysis.features import garch
from analysis.features.cusum import Alarm, page_cusum, thresholds_for, windowed_cusum
from analysis.features.volatility_forecast import ewma_variance
from analysis.features.windows import divide, lag


@dataclass(frozen=True, slots=True)
class ChangeFit:
    """What the sums use: thresholds of level and volatility, mean and deviation of |z|, the GARCH model.

    Thresholds are NaN where the returns do not vary or are too few; ``garch`` is ``None`` with the smoothed variance,
    and where GARCH did not converge. ``observations``: the standardised returns that the thresholds rest on.
    """

    level_threshold: float
    volatility_threshold: float
    mean_abs_z: float
    deviation_abs_z: float
    garch: garch.Garch | None
    converged: bool
    observations: int


@dataclass(frozen=True, slots=True, eq=False)
class ChangeSums:
    """Both sums of level and of volatility per row (n), before a restart, NaN where unknown."""

    level_up: Floats
    level_down: Floats
    volatility_up: Floats
    volatility_down: Floats


def standardised(returns: Floats, model: garch.Garch | None, config: AnomalySettings) -> Floats:
    """Return returns over the deviation forecast one bar before, clipped at ``cusum_clip``.

    A single jump must not look like a change that lasts. The returns have no holes.
    """
    if model is not None:
        z = garch.standardised(returns, model, model.next_variance)
    else:
        variance = ewma_variance(returns, config.ewma_decay, EWMA_WARM_UP)
        z = divide(returns, np.sqrt(lag(variance, 1)))
    return np.clip(z, -config.cusum_clip, config.cusum_clip)


def fit_change(returns: Floats, config: AnomalySettings) -> ChangeFit:
    """Estimate the model and both thresholds on returns without holes."""
    model = garch.fit_garch(returns[-config.garch_bars :]) if config.volatility == "garch" else None
    converged = model is None or model.converged
    used = model if model is not None and model.converged else None
    z = standardised(returns, used, config)
    size = np.abs(z[np.isfinite(z)])
    mean, deviation = (float(size.mean()), float(size.std())) if len(size) else (np.nan, np.nan)
    level, volatility = thresholds_for(
        np.stack([z, divide(np.abs(z) - mean, np.full(len(z), deviation))]),
        config.cusum_drift,
        config.cusum_run_bars,
        block=config.cusum_block_bars,
        seed=config.seed,
        chains=config.cusum_chains,
    ).tolist()
    return ChangeFit(
        level_threshold=level,
        volatility_threshold=volatility,
        mean_abs_z=mean,
        deviation_abs_z=deviation,
        garch=used,
        converged=converged,
        observations=len(size),
    )


def change_sums(returns: Floats, rows: int, fitted: ChangeFit, config: AnomalySettings) -> ChangeSums:
    """Return the sums of the last ``rows`` returns (no holes), each started at 0 ``cusum_bars`` bars before."""
    count = min(rows, len(returns))
    needed = count + config.cusum_bars - 1
    level, volatility = _level_and_volatility(returns, fitted, config)[:, -needed:]
    thresholds = ((level, fitted.level_threshold), (volatility, fitted.volatility_threshold))
    sums = [
        side[-count:] if count else side[:0]
        for values, threshold in thresholds
        for side in windowed_cusum(values, config.cusum_bars, config.cusum_drift, threshold)
    ]
    return ChangeSums(*sums)


def _level_and_volatility(returns: Floats, fitted: ChangeFit, config: AnomalySettings) -> Floats:
    """Return z and standardised |z| (2, n): what the sums of level and of volatility add up."""
    z = standardised(returns, fitted.garch, config)
    return np.stack([z, (np.abs(z) - fitted.mean_abs_z) / (fitted.deviation_abs_z or np.nan)])


@dataclass(frozen=True, slots=True)
class ChangeAlarms:
    """Alarms of the last window by what changed, in order; the caller says what their rows count from."""

    level: tuple[Alarm, ...] = ()
    volatility: tuple[Alarm, ...] = ()


def last_alarms(returns: Floats, fitted: ChangeFit, config: AnomalySettings) -> ChangeAlarms:
    """Return the alarms among the last ``cusum_bars`` returns (no holes), as rows of ``returns``.

    None where a threshold is unknown.
    """
    first = max(0, len(returns) - config.cusum_bars)
    found = []
    thresholds = (fitted.level_threshold, fitted.volatility_threshold)
    lines = _level_and_volatility(returns, fitted, config)[:, first:]
    for values, threshold in zip(lines, thresholds, strict=True):
        alarms = page_cusum(values, config.cusum_drift, threshold).alarms if threshold > 0 else ()
        found.append(tuple(Alarm(one.row + first, one.side, one.change + first) for one in alarms))
    return ChangeAlarms(*found)
