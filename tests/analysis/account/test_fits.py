"""Fits of what is held: at fixed moments, from bars before them, made once."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.account.fits import FitMemory, recursion_before
from analysis.account.inputs import REFIT_BARS
from analysis.features.filtered_returns import ewma
from analysis.features.garch import fit_garch
from analysis.framework.question import Instrument
from tests.support.accounts import CONFIG, some_bars
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS

ONE = Instrument("futures", "AUSDT")


def clustered() -> Bars:
    """A GARCH(1,1) path: omega 5e-6, alpha 0.1, beta 0.85."""
    bars, rng = some_bars(1, 2600), np.random.default_rng(4)
    variance, steps = 1e-4, np.zeros(len(bars))
    for row in range(len(bars)):
        steps[row] = np.sqrt(variance) * rng.standard_normal()
        variance = 5e-6 + 0.1 * steps[row] ** 2 + 0.85 * variance
    return replace(bars, close=100 * np.exp(np.cumsum(steps)))


CLUSTERED = clustered()


def test_the_fit_is_that_of_the_returns_before_the_boundary() -> None:
    """Reference: ``fit_garch``, which is held against the library arch in its own tests."""
    found = FitMemory().recursions({ONE: CLUSTERED}, CONFIG)[ONE, "4h"]
    step = REFIT_BARS * SHORTEST_MS["4h"]
    refit_time = int(CLUSTERED.close_time[-1]) // step * step
    closes = CLUSTERED.close[CLUSTERED.close_time < refit_time]
    fit = fit_garch(np.diff(np.log(closes))[-2000:])
    assert (found.omega, found.alpha, found.beta) == (fit.omega, fit.alpha, fit.beta)
    assert found.alpha + found.beta == pytest.approx(0.95, abs=0.04)


def test_bars_after_the_boundary_change_nothing_and_nothing_is_fitted_twice() -> None:
    memory = FitMemory()
    first = memory.recursions({ONE: CLUSTERED}, CONFIG)[ONE, "4h"]
    step = REFIT_BARS * SHORTEST_MS["4h"]
    refit_time = int(CLUSTERED.close_time[-1]) // step * step
    later = CLUSTERED.close_time >= refit_time
    assert later.any()
    garbage = replace(CLUSTERED, close=np.where(later, CLUSTERED.close * 17.0, CLUSTERED.close))
    assert recursion_before(garbage, refit_time, CONFIG) == first
    assert memory.recursions({ONE: garbage}, CONFIG)[ONE, "4h"] is first


def test_too_few_bars_are_not_fitted() -> None:
    assert FitMemory().recursions({ONE: CLUSTERED.tail(300)}, CONFIG) == {}


def test_what_does_not_converge_is_smoothed() -> None:
    still = replace(CLUSTERED, close=np.full(len(CLUSTERED), 3.0))
    assert recursion_before(still, int(still.close_time[-1]) + 1, CONFIG) == ewma(CONFIG.decay)
