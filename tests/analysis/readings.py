"""Module A's inputs built from bars, and readings of them."""

from dataclasses import replace

import numpy as np

from analysis import trend_moment
from analysis.features.kalman import TrendEstimate
from analysis.framework.module import Trace
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from analysis.sources.bars import MarketPair
from analysis.trend.inputs import TrendInputs
from config.c_trend import TrendConfig
from utils.binance_api.bars import Bars

CONFIG = TrendConfig()
_FITS: dict[tuple[bytes, bytes, str], dict[int, TrendEstimate]] = {}
PAST = Reason("no_history", {"what": "the live price"})


def inputs_of(bars: Bars, other: Bars | None = None) -> TrendInputs:
    """Past-moment inputs; without ``other`` no perpetual is listed."""
    reason = Reason("no_perpetual", {"symbol": bars.symbol}) if other is None else None
    return TrendInputs(MarketPair(bars, other, 1.0, reason, ()), bars.as_of, None, PAST)


def perpetual_of(bars: Bars, *, premium_bps: float = 3.0) -> Bars:
    """The same bars as a perpetual with a constant basis."""
    factor = 1 + premium_bps / 10_000
    moved = {name: getattr(bars, name) * factor for name in ("open", "high", "low", "close", "quote_volume")}
    return replace(bars, market="futures", source="binance.futures.klines", **moved)


def fits_of(inputs: TrendInputs, config: TrendConfig = CONFIG) -> dict[int, TrendEstimate]:
    """Every fit the inputs need; equal bars are fitted once per test run."""
    wanted = trend_moment.refit_times(inputs, config)
    key = (inputs.bars.close.tobytes(), inputs.bars.close_time.tobytes(), config.digest())
    if key not in _FITS:
        _FITS[key] = {at: trend_moment.fit(inputs, config, at) for at in wanted}
    return _FITS[key]


def read(inputs: TrendInputs, config: TrendConfig = CONFIG) -> Analysis:
    """Fit and compute."""
    return trend_moment.compute(inputs, fits_of(inputs, config), config)


def traced(inputs: TrendInputs, config: TrendConfig = CONFIG) -> Trace:
    """Fit and trace."""
    return trend_moment.trace(inputs, fits_of(inputs, config), config)


def columns(path: Trace) -> dict[str, np.ndarray]:
    """Every array of a trace under one flat name."""
    named = {"direction": path.direction, "score": path.score, "uncertainty": path.uncertainty}
    named["coverage"] = path.coverage
    for family in ("values", "signals", "groups", "multipliers", "scalars", "scalar_se"):
        named |= {f"{family}.{name}": column for name, column in getattr(path, family).items()}
    return named
