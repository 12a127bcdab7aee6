"""Spectral residual against the paper's steps, one by one, with an explicit transform matrix."""

import cmath

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.features.spectral_residual import spectral_residual

RNG = np.random.default_rng(50)
SERIES = np.sin(np.arange(400) / 6) + 0.2 * RNG.standard_normal(400)


def by_the_paper(window: np.ndarray) -> float:
    n, m, kappa, q, z = len(window), 5, 5, 3, 21
    past = window[:-1]
    gradient = sum((past[-1] - past[-1 - i]) / i for i in range(1, m + 1)) / m
    x = [*window.tolist(), *[float(past[n - 1 - m] + gradient * m)] * kappa]
    size = len(x)
    turn = [[cmath.exp(-2j * cmath.pi * f * t / size) for t in range(size)] for f in range(size)]
    spectrum = [sum(a * b for a, b in zip(row, x, strict=True)) for row in turn]
    logs = [cmath.log(abs(value)).real for value in spectrum]
    residual = [logs[f] - sum(logs[(f + d) % size] for d in (-1, 0, 1)) / q for f in range(size)]
    turned = [cmath.exp(r + 1j * cmath.phase(s)) for r, s in zip(residual, spectrum, strict=True)]
    saliency = [abs(sum(turned[f] * turn[f][t].conjugate() for f in range(size))) / size for t in range(n)]
    local = sum(saliency[n - 1 - z : n - 1]) / z
    return (saliency[n - 1] - local) / local


@pytest.mark.parametrize("n", [27, 64, 101])
def test_equals_the_paper_step_by_step(n: int) -> None:
    found = spectral_residual(SERIES, n)
    assert np.isnan(found[: n - 1]).all()
    for t in (n - 1, 250, 399):
        assert found[t] == pytest.approx(by_the_paper(SERIES[t - n + 1 : t + 1]), rel=1e-8)


def test_a_spike_stands_out_the_moment_it_comes() -> None:
    spiked = SERIES.copy()
    spiked[300] += 4.0
    found = spectral_residual(spiked, 128)
    assert int(np.nanargmax(found)) == 300
    assert found[300] > 2 * np.nanmax(spectral_residual(SERIES, 128))


def test_scale_does_not_matter() -> None:
    assert_allclose(spectral_residual(1e-7 * SERIES, 64), spectral_residual(SERIES, 64), rtol=1e-6)


def test_nothing_after_the_cut_matters() -> None:
    spoiled = np.concatenate([SERIES[:250], np.full(150, 1e6)])
    assert_array_equal(spectral_residual(SERIES, 64)[:250], spectral_residual(spoiled, 64)[:250])


def test_degenerate_inputs() -> None:
    assert np.isnan(spectral_residual(np.full(100, 3.0), 40)).all()
    assert np.isnan(spectral_residual(np.zeros(100), 40)).all()
    assert np.isnan(spectral_residual(SERIES[:30], 40)).all()
    assert len(spectral_residual(np.empty(0), 40)) == 0
    holed = spectral_residual(np.where(np.arange(400) == 200, np.nan, SERIES), 64)
    assert np.isnan(holed[200:264]).all()
    assert np.isfinite(holed[264:]).all()
    with pytest.raises(ValueError, match="27"):
        spectral_residual(SERIES, 20)
