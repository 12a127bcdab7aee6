"""A feature has its first value at the bar from which its window is whole, and nothing on shorter series."""

from collections.abc import Callable

import numpy as np
import pytest

from analysis.arrays import Floats
from analysis.features import (
    bands,
    directional,
    fractal,
    hilbert,
    moments,
    moving_average,
    ordinal,
    oscillators,
    regression,
    volume_profile,
    wavelet,
    windows,
)
from tests.support.recorded import walk_bars

BARS = walk_bars(400, seed=5)
RETURNS = np.random.default_rng(5).standard_normal(400)

FIRST: dict[str, tuple[int, Callable[[int], Floats]]] = {
    "rsi": (15, lambda rows: oscillators.rsi(BARS.close[:rows], 14)),
    "stochastic_rsi": (16, lambda rows: oscillators.stochastic_rsi(RETURNS[:rows], 14, 2, 2)[1]),
    "scaled_roc": (21, lambda rows: oscillators.scaled_rate_of_change(BARS.close[:rows], 10, 20)),
    "atr": (15, lambda rows: bands.atr(BARS.high[:rows], BARS.low[:rows], BARS.close[:rows], 14)),
    "bollinger": (20, lambda rows: bands.bollinger(BARS.close[:rows], 20, 2.0)[0]),
    "zscore": (50, lambda rows: bands.zscore(BARS.close[:rows], 50)),
    "adx": (28, lambda rows: directional.directional(*_bars(rows), 14)[0]),
    "plus_di": (15, lambda rows: directional.directional(*_bars(rows), 14)[1]),
    "minus_di": (15, lambda rows: directional.directional(*_bars(rows), 14)[2]),
    "ema": (20, lambda rows: moving_average.ema(BARS.close[:rows], 20)),
    "macd": (34, lambda rows: moving_average.macd(BARS.close[:rows], 12, 26, 9)[2]),
    "slope": (20, lambda rows: regression.ols_slope(BARS.close[:rows], 20)),
    "slope_t": (20, lambda rows: regression.ols_slope_t(BARS.close[:rows], 20, 3)),
    "efficiency_ratio": (21, lambda rows: regression.efficiency_ratio(BARS.close[:rows], 20)),
    "fractal": (64, lambda rows: fractal.fractal_dimension(BARS.close[:rows], 64)),
    "trendline": (64, lambda rows: hilbert.hilbert_trendline(BARS.close[:rows])),
    "wavelet_slope": (64, lambda rows: wavelet.approximation_slope(BARS.close[:rows], 64, "db4", 2)),
    "low_band": (64, lambda rows: wavelet.low_band_share(RETURNS[:rows], 64, "db4", 2)),
    "mean": (20, lambda rows: moments.rolling_mean(RETURNS[:rows], 20).value),
    "mean_error": (20, lambda rows: moments.rolling_mean(RETURNS[:rows], 20).error),
    "deviation": (20, lambda rows: moments.rolling_deviation(RETURNS[:rows], 20).error),
    "skewness": (3, lambda rows: moments.rolling_skewness(RETURNS[:rows], 3).value),
    "kurtosis": (4, lambda rows: moments.rolling_kurtosis(RETURNS[:rows], 4).value),
    "cumulative": (25, lambda rows: moments.cumulative_deviation(RETURNS[:rows], 5, 20)),
    "patterns": (20, lambda rows: ordinal.permutation_entropy(RETURNS[:rows], 20, 3)),
    "monotone": (20, lambda rows: ordinal.monotone_share(RETURNS[:rows], 20, 3)),
    "words": (20, lambda rows: ordinal.sign_word_entropy(RETURNS[:rows], 20, 3)),
    "vwap": (20, lambda rows: _vwap(BARS.volume[:rows], BARS.quote_volume[:rows])),
    "value_area": (20, lambda rows: _value_area(BARS.close[:rows], BARS.volume[:rows])),
    "largest": (20, lambda rows: windows.rolling_max(RETURNS[:rows], 20)),
    "smallest": (16, lambda rows: windows.rolling_min(RETURNS[:rows], 16)),
    "weighted": (5, lambda rows: windows.weighted_sum(RETURNS[:rows], np.ones(5))),
    "correlation": (20, lambda rows: windows.rolling_correlation(RETURNS[:rows], BARS.close[:rows], 20)),
    "lag": (6, lambda rows: windows.lag(RETURNS[:rows], 5)),
}


def _bars(rows: int) -> tuple[Floats, Floats, Floats]:
    return BARS.high[:rows], BARS.low[:rows], BARS.close[:rows]


def _vwap(volume: Floats, quote_volume: Floats) -> Floats:
    return volume_profile.rolling_vwap(volume, quote_volume, 20)


def _value_area(price: Floats, volume: Floats) -> Floats:
    return volume_profile.volume_profile(price, volume, 20, 8, 0.7)[1]


@pytest.mark.parametrize("name", FIRST)
def test_the_first_value_stands_where_the_window_is_whole(name: str) -> None:
    needed, feature = FIRST[name]
    for rows in (needed, needed + 1, 60 + needed):
        found = feature(rows)
        assert len(found) == rows
        assert np.isnan(found[: needed - 1]).all()
        assert np.isfinite(found[needed - 1 :]).all()


@pytest.mark.parametrize("name", FIRST)
def test_a_series_that_is_one_too_short_has_no_value(name: str) -> None:
    needed, feature = FIRST[name]
    found = feature(needed - 1)
    assert len(found) == needed - 1
    assert np.isnan(found).all()
