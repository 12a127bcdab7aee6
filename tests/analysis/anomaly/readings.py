"""Module J's inputs built from bars, and readings of them with a configuration small enough for tests."""

from dataclasses import replace

import numpy as np

from analysis import regime_anomal
from analysis.anomaly.fit import AnomalyFit
from analysis.anomaly.inputs import RegimeAnomalyInputs, Settlements
from analysis.framework.module import Trace
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from analysis.regime_anomal import RegimeAnomalyConfig
from analysis.sources.bars import MarketPair
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import HOUR
from utils.binance_api.positioning.rows import OpenInterestHistory

SMALL = RegimeAnomalyConfig(
    rank_days=30,
    rank_bars_least=600,
    refit_bars=100,
    basis_bars=50,
    basis_min_bars=20,
    deviation_bars=12,
    deviation_reference_bars=100,
    spectral_bars=27,
    cusum_bars=60,
    cusum_run_bars=200,
    cusum_block_bars=6,
    cusum_chains=50,
    ewma_decay=0.9,
    forest_trees=20,
    forest_sample=64,
    forest_min_bars=200,
    z_bars=120,
    moment_bars=100,
    gap_bars=100,
)
NO_PERPETUAL = Reason("no_perpetual", {"symbol": "BTCUSDT"})


def perpetual_of(bars: Bars, *, seed: int = 5) -> Bars:
    """The same bars as a perpetual whose basis wanders around 3 bps."""
    noise = 2 * np.random.default_rng(seed).standard_normal(len(bars))
    factor = 1 + (3 + noise) / 10_000
    moved = {name: getattr(bars, name) * factor for name in ("open", "high", "low", "close")}
    return replace(bars, market="futures", source="binance.futures.klines", **moved)


def open_interest_of(bars: Bars, *, seed: int = 6) -> OpenInterestHistory:
    """Open interest at every close, known then."""
    stamp = bars.close_time + 1
    amount = 1e5 * np.exp(np.cumsum(0.002 * np.random.default_rng(seed).standard_normal(len(bars))))
    return OpenInterestHistory(bars.symbol, bars.interval, stamp, stamp, amount, amount * bars.close, amount)


def funding_of(bars: Bars, *, seed: int = 7) -> Settlements:
    """A settlement every eight hours, some ms after the hour, from a month before the first bar."""
    start = int(bars.open_time[0]) // (8 * HOUR) * 8 * HOUR - 720 * HOUR
    time = np.arange(start, int(bars.close_time[-1]), 8 * HOUR, dtype=np.int64) + 4
    rate = 1e-4 + 2e-5 * np.random.default_rng(seed).standard_normal(len(time))
    return Settlements(time[time <= bars.close_time[-1]], rate[: np.sum(time <= bars.close_time[-1])])


def inputs_of(
    bars: Bars,
    *,
    perpetual: Bars | None = None,
    interest: OpenInterestHistory | None = None,
    funding: Settlements | None = None,
    scored: int | None = None,
    whole: bool = True,
) -> RegimeAnomalyInputs:
    """Past-moment inputs; what is not named is absent."""
    pair = MarketPair(bars, perpetual, 1.0, NO_PERPETUAL if perpetual is None else None, ())
    return RegimeAnomalyInputs(
        pair=pair,
        as_of=bars.as_of,
        open_interest=interest,
        open_interest_reason=NO_PERPETUAL if interest is None else None,
        funding=funding,
        funding_reason=NO_PERPETUAL if funding is None else None,
        stamps=pair.stamps(),
        whole=whole,
        scored=scored,
    )


def whole_of(bars: Bars, *, scored: int | None = None, whole: bool = True) -> RegimeAnomalyInputs:
    """Inputs with every source."""
    return inputs_of(
        bars,
        perpetual=perpetual_of(bars),
        interest=open_interest_of(bars),
        funding=funding_of(bars),
        scored=scored,
        whole=whole,
    )


def hourly(n: int, *, seed: int = 1, sigma: float = 0.006) -> Bars:
    """A driftless hourly walk."""
    return walk_bars(n, seed=seed, sigma=sigma, interval="1h")


def until(inputs: RegimeAnomalyInputs, count: int) -> RegimeAnomalyInputs:
    """The inputs as they were known at the close of row ``count`` - 1."""
    bars = inputs.bars._pick(slice(0, count))
    moment = int(bars.close_time[-1]) + 1
    other, interest, funding = inputs.pair.other, inputs.open_interest, inputs.funding
    known = None if funding is None else funding.time < moment
    return replace(
        inputs,
        pair=replace(inputs.pair, bars=bars, other=None if other is None else other._pick(slice(0, count))),
        as_of=moment,
        open_interest=None if interest is None else interest.known(moment),
        funding=None if funding is None else Settlements(funding.time[known], funding.rate[known]),
    )


def fits_of(inputs: RegimeAnomalyInputs, config: RegimeAnomalyConfig = SMALL) -> dict[int, AnomalyFit]:
    """Every fit the inputs need, each made anew."""
    return {at: regime_anomal.fit(inputs, config, at) for at in regime_anomal.refit_times(inputs, config)}


def read(inputs: RegimeAnomalyInputs, config: RegimeAnomalyConfig = SMALL) -> Analysis:
    """Fit and compute."""
    return regime_anomal.compute(inputs, fits_of(inputs, config), config)


def traced(inputs: RegimeAnomalyInputs, config: RegimeAnomalyConfig = SMALL) -> Trace:
    """Fit and trace."""
    return regime_anomal.trace(inputs, fits_of(inputs, config), config)


def with_jump(bars: Bars, row: int, size: float) -> Bars:
    """The bars with the price moved by ``size`` (log) from the close of one row on."""
    step = np.where(np.arange(len(bars)) >= row, size, 0.0)
    factor, before = np.exp(step), np.exp(np.concatenate([[0.0], step[:-1]]))
    close, opened = bars.close * factor, bars.open * before
    return replace(
        bars,
        close=close,
        open=opened,
        high=np.maximum(bars.high * before, np.maximum(close, opened)),
        low=np.minimum(bars.low * before, np.minimum(close, opened)),
    )
