"""Module J's plain statistics: robust z, mean and deviation with errors, skewness and kurtosis, of the last row."""

import numpy as np

from analysis.anomaly.metrics import MEASURED
from analysis.anomaly.rows import BPS, RawRows
from analysis.anomaly.settings import AnomalySettings
from analysis.arrays import Floats
from analysis.features import moments, robust


def plain_values(raw: RawRows, count: int, config: AnomalySettings) -> dict[str, Floats]:
    """Robust z, mean and deviation with errors, and shape of the returns, of the last of ``count`` rows alone.

    Windows hold the last known values. Funding is judged by its last settlement, all else by the last bar, which has no
    return after a gap.
    """
    measured = {
        "return": BPS * raw.returns,
        "range": BPS * raw.ranges,
        "volume": raw.volume,
        "open_interest": BPS * raw.open_interest_change,
        "funding": BPS * raw.funding_change,
    }
    values: dict[str, Floats] = {}
    for name in (one.id for one in MEASURED):
        known = measured[name][np.isfinite(measured[name])]
        z = last_z(known, config.z_bars, config.z_min_bars)
        window = known[-config.moment_bars :]
        mean = moments.rolling_mean(window, config.moment_bars)
        spread = moments.rolling_deviation(window, config.moment_bars)
        if name != "funding" and np.isnan(measured[name][-1]):
            z = np.full(1, np.nan)
        plain = {"z": z, "mean": mean.value, "mean_se": mean.error, "sd": spread.value, "sd_se": spread.error}
        values |= {f"{name}_{key}": _at_end(column, count) for key, column in plain.items()}
    return values | _shape_values(raw, count, config)


def last_z(known: Floats, window: int, min_count: int) -> Floats:
    """Return ``robust_z`` of the last value alone (1), of values without holes, which need not be looked for.

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


def _shape_values(raw: RawRows, count: int, config: AnomalySettings) -> dict[str, Floats]:
    known = raw.returns[np.isfinite(raw.returns)]
    window = known[-config.moment_bars :]
    skew = moments.rolling_skewness(window, config.moment_bars)
    tails = moments.rolling_kurtosis(window, config.moment_bars)
    bars, reference = config.deviation_bars, config.deviation_reference_bars
    away = np.full(1, np.nan)
    if np.isfinite(raw.returns[-1]):
        away = moments.cumulative_deviation(known[-bars - reference :], bars, reference)
    return {
        "return_skew": _at_end(skew.value, count),
        "return_skew_se": _at_end(skew.error, count),
        "return_kurtosis": _at_end(tails.value, count),
        "return_kurtosis_se": _at_end(tails.error, count),
        "cumulative_deviation": _at_end(away, count),
    }


def _at_end(column: Floats, count: int) -> Floats:
    result = np.full(count, np.nan)
    if len(column) and count:
        result[-1] = column[-1]
    return result
