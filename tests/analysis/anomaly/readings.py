"""Module J's inputs built from bars, and readings of them with a configuration small enough for tests."""

from dataclasses import replace

import numpy as np

from analysis.anomaly.fit import AnomalyFit, fit
from analysis.anomaly.inputs import AnomalyInputs, fit_keys
from analysis.anomaly.metrics import RegimeAnomalyConfig
from analysis.anomaly.settings import AnomalySettings
from analysis.anomaly.trace import AnomalyDetail, trace
from analysis.framework.answer import compute
from analysis.framework.module import Trace
from analysis.framework.question import LATEST, Scope, SourceStamp, stamp
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from analysis.regime_anomal import MODULE
from analysis.sources.funding import SettledFunding
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
FUNDING_STAMP = SourceStamp("made.funding", 0, 0)
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


def funding_of(bars: Bars, *, seed: int = 7) -> SettledFunding:
    """A settlement every eight hours, some ms after the hour, from a month before the first bar."""
    start = int(bars.open_time[0]) // (8 * HOUR) * 8 * HOUR - 720 * HOUR
    time = np.arange(start, int(bars.close_time[-1]), 8 * HOUR, dtype=np.int64) + 4
    rate = 1e-4 + 2e-5 * np.random.default_rng(seed).standard_normal(len(time))
    known = time <= bars.close_time[-1]
    return SettledFunding(time[known], rate[known], FUNDING_STAMP)


def inputs_of(
    bars: Bars,
    *,
    perpetual: Bars | None = None,
    interest: OpenInterestHistory | None = None,
    funding: SettledFunding | None = None,
    latest: bool = False,
    from_listing: bool = True,
) -> AnomalyInputs:
    """Past-moment inputs; what is not named is absent. ``latest`` asks for the newest answer, else every row."""
    parts = {"counterpart": perpetual, "open_interest": interest, "funding": funding}
    return AnomalyInputs(
        bars=bars,
        as_of=bars.as_of,
        price=None,
        scope=LATEST if latest else Scope(len(bars)),
        stamps=tuple(stamp(read) for read in (bars, perpetual) if read is not None),
        missing={name: NO_PERPETUAL for name, part in parts.items() if part is None},
        counterpart=perpetual,
        counterpart_scale=1.0,
        open_interest=interest,
        funding=funding,
        from_listing=from_listing,
    )


def whole_of(bars: Bars, *, latest: bool = False, from_listing: bool = True) -> AnomalyInputs:
    """Inputs with every source."""
    return inputs_of(
        bars,
        perpetual=perpetual_of(bars),
        interest=open_interest_of(bars),
        funding=funding_of(bars),
        latest=latest,
        from_listing=from_listing,
    )


def hourly(n: int, *, seed: int = 1, sigma: float = 0.006) -> Bars:
    """A driftless hourly walk."""
    return walk_bars(n, seed=seed, sigma=sigma, interval="1h")


def until(inputs: AnomalyInputs, count: int) -> AnomalyInputs:
    """The inputs as they were known at the close of row ``count`` - 1."""
    bars = inputs.bars._pick(slice(0, count))
    moment = int(bars.close_time[-1]) + 1
    other, interest, funding = inputs.counterpart, inputs.open_interest, inputs.funding
    known = None if funding is None else funding.time < moment
    return replace(
        inputs,
        bars=bars,
        counterpart=None if other is None else other._pick(slice(0, count)),
        as_of=moment,
        open_interest=None if interest is None else interest.known(moment),
        funding=None
        if funding is None
        else SettledFunding(funding.time[known], funding.rate[known], funding.stamp),
    )


def fits_of(inputs: AnomalyInputs, config: AnomalySettings = SMALL) -> dict[int, AnomalyFit]:
    """Every fit the inputs need, each made anew."""
    return {key.refit_time: fit(inputs, config, key.refit_time) for key in fit_keys(inputs, config)}


def read(inputs: AnomalyInputs, config: AnomalySettings = SMALL) -> Analysis:
    """Fit and compute."""
    return compute(MODULE, inputs, fits_of(inputs, config), config)


def traced(inputs: AnomalyInputs, config: AnomalySettings = SMALL) -> Trace[AnomalyDetail]:
    """Fit and trace as much as the inputs ask for."""
    return trace(inputs, fits_of(inputs, config), config, inputs.scope)


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
