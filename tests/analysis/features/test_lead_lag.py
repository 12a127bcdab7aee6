"""The sign of a lag, antisymmetry, and how often noise with shared volatility passes."""

import numpy as np
import pytest
from scipy.stats import rankdata

from analysis.arrays import Floats
from analysis.features.lead_lag import (
    FEWEST,
    lag_peaks,
    lead_lag_matrix,
    noise_peak,
    peak_probability,
    scaled_ranks,
)

RNG = np.random.default_rng(7)


def chance(x: Floats, y: Floats, most: int) -> float:
    return peak_probability(x, y, most, block=8, draws=199, seed=1)


def led(lag: int, rows: int = 400, share: float = 0.8) -> np.ndarray:
    """The first column leads the second by ``lag`` bars; the third is noise."""
    noise = np.random.default_rng(11).standard_normal((rows + lag, 3))
    follower = share * noise[:rows, 0] + np.sqrt(1 - share**2) * noise[lag:, 1]
    return np.column_stack([noise[lag:, 0], follower, noise[lag:, 2]])


def test_x_leads_y_by_two_is_plus_two() -> None:
    data = led(2)
    peak = lag_peaks(data[None, :, 0], data[None, :, 1], 5)
    assert peak.lag.tolist() == [2.0]
    assert peak.correlation[0] > 0.6
    assert chance(data[:, 0], data[:, 1], 5) < 0.02
    back = lag_peaks(data[None, :, 1], data[None, :, 0], 5)
    assert back.lag.tolist() == [-2.0]


def test_a_lag_of_zero_is_no_lead() -> None:
    data = RNG.standard_normal((1, 200))
    peak = lag_peaks(data, data + 0.1 * RNG.standard_normal((1, 200)), 5)
    assert peak.lag[0] != 0
    assert abs(peak.correlation[0]) < 0.4


def test_a_cell_is_the_sum_of_differences_of_rank_correlations() -> None:
    data, lags = led(2, 300), 3
    ranks = (rankdata(data, axis=0) - 150.5) / np.sqrt((300**2 - 1) / 12)
    expected = sum(
        (
            ranks[lags - lag : 300 - lag, 0] * ranks[lags:, 1]
            - ranks[lags - lag : 300 - lag, 1] * ranks[lags:, 0]
        ).sum()
        for lag in range(1, lags + 1)
    )
    found = lead_lag_matrix(data, lags)
    assert found.cells[0, 1] == pytest.approx(expected / 300)
    assert found.cells[0, 1] > 0.5
    assert found.p[0, 1] < 1e-6
    assert found.p[0, 2] > 0.01


def test_it_is_antisymmetric_whatever_is_missing() -> None:
    data = RNG.standard_normal((200, 5))
    data[RNG.uniform(size=data.shape) < 0.2] = np.nan
    data[:, 4] = np.nan
    found = lead_lag_matrix(data, 4)
    np.testing.assert_array_equal(found.cells, -found.cells.T)
    assert np.isnan(found.cells[4]).all()
    assert np.isnan(np.diag(found.cells)).all()
    assert np.isfinite(found.cells[:4, :4]).sum() == 12


def test_unknown_values_are_no_returns() -> None:
    data = led(2)
    data[50:60, 0] = np.nan
    ranks = scaled_ranks(data)
    assert (ranks[50:60, 0] == 0).all()
    assert ranks[:, 0].sum() == pytest.approx(0, abs=1e-9)


def test_noise_with_shared_volatility_passes_as_often_as_promised() -> None:
    volatility = np.exp(np.cumsum(0.2 * RNG.standard_normal(500)) - 1)
    p: list[float] = []
    for _ in range(100):
        noise = volatility[:, None] * RNG.standard_normal((500, 4))
        p += lead_lag_matrix(noise, 5).p[np.triu_indices(4, 1)].tolist()
    assert 0.02 <= np.mean(np.array(p) < 0.05) <= 0.08


def test_the_largest_of_many_lags_is_judged_as_the_largest() -> None:
    volatility = np.exp(0.5 * RNG.standard_normal((200, 120)))
    first, second = volatility * RNG.standard_normal((2, 200, 120))
    p = np.array([chance(x, y, 10) for x, y in zip(first, second, strict=True)])
    assert 0.01 <= np.mean(p <= 0.05) <= 0.09
    assert 0.38 <= np.mean(p <= 0.5) <= 0.62
    white = lag_peaks(RNG.standard_normal((1000, 120)), RNG.standard_normal((1000, 120)), 10)
    assert np.mean(np.abs(white.correlation) > noise_peak(120, 10, 0.05)) == pytest.approx(0.05, abs=0.03)


def test_the_same_question_has_the_same_answer() -> None:
    x, y = RNG.standard_normal((2, 150))
    assert chance(x, y, 5) == chance(x, y, 5)


def test_too_few_bars_have_no_lag() -> None:
    first = np.full((1, 60), np.nan)
    first[0, : FEWEST - 1] = RNG.standard_normal(FEWEST - 1)
    assert np.isnan(lag_peaks(first, RNG.standard_normal((1, 60)), 5).lag).all()
