"""Module J's plain statistics of the last row: robust z, mean and deviation with errors, skewness and kurtosis."""

import numpy as np

from analysis.anomaly.metrics import PLAIN_METRICS
from analysis.anomaly.rows import RawRows
from analysis.anomaly.settings import AnomalySettings
from analysis.arrays import Floats
from analysis.features import moments, robust
from utils.units import BASIS_POINTS


def plain_values(raw: RawRows, count: int, config: AnomalySettings) -> dict[str, Floats]:
    """Return the plain statistics by metric id, ``count`` rows each, NaN before the last row.

    Windows hold the last known values. Funding is judged by its last settlement, all else by the last bar, which has no
    return after a gap.
    """
    statistics = {
        "return": _statistics(BASIS_POINTS * raw.returns, config),
        "range": _statistics(BASIS_POINTS * raw.ranges, config),
        "volume": _statistics(raw.volume, config),
        "open_interest": _statistics(BASIS_POINTS * raw.open_interest_change, config),
        "funding": _statistics(_known(BASIS_POINTS * raw.funding_change), config),
    }
    values = {spec.id: statistics[spec.measured.id][spec.statistic.id] for spec in PLAIN_METRICS}
    return {name: _at_end(column, count) for name, column in (values | _shape(raw, config)).items()}


def _statistics(values: Floats, config: AnomalySettings) -> dict[str, Floats]:
    """Return the statistics of the known values by id; the last of each column is the last row's, if any."""
    known = _known(values)
    window = known[-config.moment_bars :]
    mean = moments.rolling_mean(window, config.moment_bars)
    deviation = moments.rolling_deviation(window, config.moment_bars)
    is_known = len(values) > 0 and np.isfinite(values[-1])
    return {
        "z": last_z(known, config.z_bars, config.z_min_bars) if is_known else np.full(1, np.nan),
        "mean": mean.value,
        "mean_se": mean.error,
        "sd": deviation.value,
        "sd_se": deviation.error,
    }


def _known(values: Floats) -> Floats:
    known: Floats = values[np.isfinite(values)]
    return known


def last_z(known: Floats, window: int, min_count: int) -> Floats:
    """Return ``robust_z`` of the last value alone (1), of values without holes.

    Empty without values; NaN below ``min_count`` past ones.
    """
    judged = known[-window - 1 :]
    past, value = judged[:-1], judged[-1:]
    if len(past) < min_count:
        return np.full(len(value), np.nan)
    scale = robust.rolling_mad(past, len(past))[-1]
    if scale > 0:
        z: Floats = (value - np.median(past)) / scale
        return np.clip(z, -robust.CLIP, robust.CLIP)
    return robust.robust_z(judged, window, len(past))[-1:]


def _shape(raw: RawRows, config: AnomalySettings) -> dict[str, Floats]:
    known = _known(raw.returns)
    window = known[-config.moment_bars :]
    skewness = moments.rolling_skewness(window, config.moment_bars)
    kurtosis = moments.rolling_kurtosis(window, config.moment_bars)
    bars, reference = config.deviation_bars, config.deviation_reference_bars
    deviation = np.full(1, np.nan)
    if np.isfinite(raw.returns[-1]):
        deviation = moments.cumulative_deviation(known[-bars - reference :], bars, reference)
    return {
        "return_skew": skewness.value,
        "return_skew_se": skewness.error,
        "return_kurtosis": kurtosis.value,
        "return_kurtosis_se": kurtosis.error,
        "cumulative_deviation": deviation,
    }


def _at_end(column: Floats, count: int) -> Floats:
    result = np.full(count, np.nan)
    if len(column) and count:
        result[-1] = column[-1]
    return result
