"""What P(trend) and P(ahead) are computed from: trailing windows, each by a formula of ``analysis.features``."""

import numpy as np

from analysis.arrays import Floats
from analysis.features.bands import bandwidth, bollinger
from analysis.features.fractal import fractal_dimension, persistence_z
from analysis.features.ordinal import monotone_share
from analysis.features.range_expansion import range_expansion_index
from analysis.features.regression import efficiency_ratio, ols_slope_t
from analysis.features.robust import mid_rank
from analysis.features.variance_ratio import variance_ratios
from analysis.features.windows import on_last
from analysis.regime.now_table import Hindsight, NowWindows
from analysis.regime.odds_table import FeatureWindows
from analysis.regime.stretch import stretch_drift
from utils.binance_api.bars import Bars


def regime_features(bars: Bars, windows: FeatureWindows, tail: int | None = None) -> dict[str, Floats]:
    """Return the features per bar, row t from bars up to t, each (rows), NaN where not computable.

    ``vr_z``: Lo and MacKinlay's robust z* at one q on clipped returns (signed, about N(0, 1) on a walk; the joint test
    of Chow and Denning takes an absolute value and so loses the sign). ``fdi_z``: walk mean less Sevcik's dimension of
    log prices, in the walk's deviations. ``monotone_share``: share of ordinal patterns of log prices that only rise or
    only fall. ``rei_abs``: |REI| / 100. ``squeeze``: mid-rank of the Bollinger width among its past, 0 the narrowest.
    ``tail`` computes the last so many rows alone, to the same values, and leaves NaN before them.
    """
    price = np.log(bars.close)
    w = windows
    (vr_z,) = on_last(tail, w.variance_ratio + 1, lambda y: (_variance_ratio_z(y, w),), price)
    (fdi_z,) = on_last(tail, w.fractal, lambda y: (_persistence(y, w.fractal),), price)
    (share,) = on_last(tail, w.ordinal, lambda y: (monotone_share(y, w.ordinal, w.order),), price)
    return {
        "vr_z": vr_z,
        "fdi_z": fdi_z,
        "monotone_share": share,
        "rei_abs": _in_tail(tail, np.abs(range_expansion_index(bars.high, bars.low, bars.close)) / 100),
        "squeeze": mid_rank(_bandwidth(bars.close, w), w.rank, w.rank, tail),
    }


def now_features(
    bars: Bars, hindsight: Hindsight, windows: NowWindows, tail: int | None = None
) -> dict[str, Floats]:
    """Return the readings of P(trend) beside those of ``regime_features``, per bar, each (rows), NaN where unknown.

    ``stretch``: mean ln(1 + |drift| / noise) of the segments of the last bars. ``er_10``, ``er_20``, ``er_40``:
    mid-rank of the efficiency ratio among its past values; ``slope_rank``: that of the size of the slope's t-value.
    """
    price = np.log(bars.close)
    found = {"stretch": stretch_drift(bars, hindsight.penalty, hindsight.stretch, tail)}
    for n in windows.efficiency:
        found[f"er_{n}"] = mid_rank(efficiency_ratio(bars.close, n), windows.rank, windows.rank_least, tail)
    (slope,) = on_last(
        None if tail is None else tail + windows.rank,
        windows.slope,
        lambda y: (np.abs(ols_slope_t(y, windows.slope, 0)),),
        price,
    )
    found["slope_rank"] = mid_rank(slope, windows.rank, windows.rank_least, tail)
    return found


def _variance_ratio_z(log_price: Floats, windows: FeatureWindows) -> Floats:
    z = variance_ratios(log_price, windows.variance_ratio, (windows.horizon,), clip=True).z[0]
    return np.asarray(z, dtype=np.float64)


def _persistence(log_price: Floats, n: int) -> Floats:
    return persistence_z(fractal_dimension(log_price, n), n)


def _bandwidth(close: Floats, windows: FeatureWindows) -> Floats:
    return bandwidth(*bollinger(close, windows.bollinger, windows.width))


def _in_tail(tail: int | None, values: Floats) -> Floats:
    if tail is not None:
        values[: max(0, len(values) - tail)] = np.nan
    return values
