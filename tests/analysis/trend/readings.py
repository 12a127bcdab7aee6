"""Module A's inputs built from bars, and readings of them."""

from dataclasses import replace

import numpy as np

from analysis.arrays import Floats
from analysis.features.kalman import TrendEstimate
from analysis.framework.answer import compute
from analysis.framework.module import AnyTrace
from analysis.framework.question import Scope, stamp
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from analysis.trend.fit import fit
from analysis.trend.inputs import TrendInputs, fit_keys
from analysis.trend.metrics import TrendSection
from analysis.trend.trace import trace
from analysis.trend_moment import MODULE
from config.c_trend import TrendConfig
from utils.binance_api.bars import Bars

CONFIG = TrendSection()
_FITS: dict[tuple[bytes, bytes, str], dict[int, TrendEstimate]] = {}
PAST = Reason("no_history", {"what": "the live price"})


def inputs_of(bars: Bars, counterpart: Bars | None = None) -> TrendInputs:
    """Past-moment inputs; without ``counterpart`` no perpetual is listed."""
    missing = {"quote": PAST}
    if counterpart is None:
        missing["counterpart"] = Reason("no_perpetual", {"symbol": bars.symbol})
    return TrendInputs(
        bars=bars,
        as_of=bars.as_of,
        price=None,
        stamps=tuple(stamp(read) for read in (bars, counterpart) if read is not None),
        missing=missing,
        counterpart=counterpart,
        counterpart_scale=1.0,
        quote=None,
    )


def perpetual_of(bars: Bars, *, premium_bps: float = 3.0) -> Bars:
    """The same bars as a perpetual with a constant basis."""
    factor = 1 + premium_bps / 10_000
    moved = {name: getattr(bars, name) * factor for name in ("open", "high", "low", "close", "quote_volume")}
    return replace(bars, market="futures", source="binance.futures.klines", **moved)


def fits_of(inputs: TrendInputs, config: TrendConfig = CONFIG) -> dict[int, TrendEstimate]:
    """Every fit the inputs need; equal bars are fitted once per test run."""
    wanted = fit_keys(inputs, config)
    key = (inputs.bars.close.tobytes(), inputs.bars.close_time.tobytes(), config.digest)
    if key not in _FITS:
        _FITS[key] = {one.refit_time: fit(inputs, config, one.refit_time) for one in wanted}
    return _FITS[key]


def read(inputs: TrendInputs, config: TrendConfig = CONFIG) -> Analysis:
    """Fit and compute."""
    return compute(MODULE, inputs, fits_of(inputs, config), config)


def traced(inputs: TrendInputs, config: TrendConfig = CONFIG) -> AnyTrace:
    """Fit and trace."""
    return trace(inputs, fits_of(inputs, config), config, Scope(len(inputs.bars)))


def columns(path: AnyTrace) -> dict[str, Floats]:
    """Every array of a trace under one flat name."""
    named: dict[str, Floats] = {
        "direction": path.direction,
        "score": path.score,
        "uncertainty": path.uncertainty,
        "coverage": path.coverage,
    }
    for family in ("values", "signals", "groups", "multipliers", "scalars", "scalar_se"):
        named |= {f"{family}.{name}": np.asarray(column) for name, column in getattr(path, family).items()}
    return named
