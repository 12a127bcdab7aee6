"""A basket of twenty coins: all its causality tests, and all that is said of it, beside the library's tests alone."""

from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Final

import numpy as np
from statsmodels.regression.linear_model import OLS

from analysis.arrays import Floats
from analysis.corr.facts import facts
from analysis.features.granger import granger_tests, lagged
from config.c_corr import CorrelationConfig
from scripts.bench.measure import Row, versus
from scripts.figures.corr import inputs_of

COINS, BARS, RUNS, SEED = 20, 800, 3, 5
RATIO: Final = 3.0
"""How many times as fast as the library pair by pair the tests are to be."""
SAME: Final = 1e-8
CONFIG: Final = CorrelationConfig()


def rows(data: Path | None) -> Iterator[Row]:
    """Measure on seeded heavy-tailed returns; ``data`` is not needed."""
    del data
    returns = np.random.default_rng(SEED).standard_t(5, (BARS, COINS)) / 100
    window = returns[-CONFIG.window :]
    ours, theirs = granger_tests(window, CONFIG.granger_lags, CONFIG.min_bars).p, peer_tests(window)
    if not np.nanmax(np.abs(ours - theirs)) < SAME:
        raise RuntimeError("our causality tests are not statsmodels', nothing to compare")
    yield versus(
        f"causality of {COINS * (COINS - 1)} pairs, {CONFIG.window} bars",
        lambda: granger_tests(window, CONFIG.granger_lags, CONFIG.min_bars),
        lambda: peer_tests(window),
        peer_name="statsmodels, OLS with HC3 pair by pair",
        ratio_at_least=RATIO,
        runs=RUNS,
    )
    inputs = inputs_of(returns)
    yield versus(
        f"everything of a basket of {COINS}",
        lambda: facts(inputs, CONFIG),
        lambda: peer_tests(window),
        peer_name="statsmodels, its causality tests alone",
        ratio_at_least=1.0,
        runs=RUNS,
    )


def peer_tests(series: Floats) -> Floats:
    """Return the same p-values pair by pair: lags by Schwarz's criterion, then the Wald test with HC3."""
    k, most = series.shape[1], CONFIG.granger_lags
    past, found = lagged(series, most), np.full((k, k), np.nan)
    for target in range(k):
        y = series[most:, target]
        for cause in range(k):
            if cause != target:
                found[cause, target] = _tested(y, past[:, :, target], past[:, :, cause])
    return found


def _tested(y: Floats, own: Floats, other: Floats) -> float:
    fits = []
    for count in range(1, len(own) + 1):
        design = np.column_stack([np.ones(len(y)), *own[:count], *other[:count]])
        fits.append((OLS(y, design[:, : count + 1]).fit().bic, design))
    best = OLS(y, min(fits, key=itemgetter(0))[1]).fit(cov_type="HC3", use_t=True)
    width = len(best.params)
    limit = np.eye(width)[(width + 1) // 2 :]
    return float(best.wald_test(limit, use_f=True, scalar=True).pvalue)
