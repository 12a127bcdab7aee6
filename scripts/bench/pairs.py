"""A basket of twenty coins: all its causality tests, and all that is said of it, beside the library's tests alone.

Where there is recorded data, the whole answer is timed on it as well, from the bars to the card's numbers.
"""

from collections.abc import Iterator
from itertools import permutations
from operator import itemgetter
from pathlib import Path
from typing import Final

import numpy as np
from statsmodels.regression.linear_model import OLS
from statsmodels.tsa.stattools import grangercausalitytests

from analysis.arrays import Floats
from analysis.corr.facts import facts
from analysis.corr.inputs import CorrInputs
from analysis.corr_lead import MODULE
from analysis.features.granger import granger_tests, lagged
from analysis.framework.answer import compute
from analysis.framework.joint_bars import JointBars, join_bars
from analysis.framework.look_back import DRAWN_BARS
from config.c_corr import CorrelationConfig
from scripts.bench.measure import Row, versus
from scripts.figures.corr import inputs_of
from scripts.figures.recorded_baskets import spot, universe
from utils.binance_api.bars import Bars

COINS, BARS, RUNS, SEED = 20, 800, 3, 5
RATIO: Final = 3.0
"""How many times as fast as the library pair by pair the tests are to be."""
SAME: Final = 1e-8
CONFIG: Final = CorrelationConfig()
READ: Final = CONFIG.window + DRAWN_BARS + 1
"""Bars that are read of a basket."""


def rows(data: Path | None) -> Iterator[Row]:
    """Measure on seeded heavy-tailed returns, and the answer on recorded bars where there is ``data``."""
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
    if data is not None:
        coins, hours = universe(data)[:COINS], spot(data, "1h")
        yield _answer("4h", _inputs(coins[0], join_bars([one.tail(READ) for one in coins])))
        yield _answer("1h", _inputs(hours[0], join_bars([one.tail(READ) for one in hours])))
        yield _answer("1h as 5 x 4", _inputs(hours[0], side_by_side(join_bars(hours), COINS // len(hours))))


def side_by_side(joint: JointBars, stretches: int) -> JointBars:
    """Return the newest ``stretches`` of the bars a basket reads as columns of one: fewer coins were recorded."""
    newest = range(len(joint) - READ, len(joint) - (stretches + 1) * READ, -READ)
    close, returns = (
        np.hstack([values[start : start + READ] for start in newest])
        for values in (joint.close, joint.returns)
    )
    symbols = tuple(f"{symbol}{n}" for n in range(stretches) for symbol in joint.symbols)
    return JointBars(symbols, joint.open_time[-READ:], joint.close_time[-READ:], close, returns)


def _inputs(first: Bars, joint: JointBars) -> CorrInputs:
    bars = first.tail(READ)
    return CorrInputs(bars=bars, as_of=bars.as_of, price=None, joint=joint, leaders=(0, 1), target=None)


def _answer(name: str, inputs: CorrInputs) -> Row:
    config = MODULE.config()
    window = inputs.joint.returns[-CONFIG.window :]
    return versus(
        f"answer of {window.shape[1]} recorded coins, {name}",
        lambda: compute(MODULE, inputs, {}, config),
        lambda: library_tests(window),
        peer_name="statsmodels grangercausalitytests of the same pairs",
        runs=RUNS,
    )


def library_tests(returns: Floats) -> None:
    """Run the library's own tests of every ordered pair, lags 1 to the most, on the complete rows."""
    complete = returns[np.isfinite(returns).all(axis=1)]
    for target, cause in permutations(range(returns.shape[1]), 2):
        grangercausalitytests(complete[:, [target, cause]], CONFIG.granger_lags)


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
