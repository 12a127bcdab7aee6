"""Module B's inputs built from bars, and readings of them."""

from dataclasses import replace

import numpy as np

from analysis import volat_regime
from analysis.framework.module import Trace
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from analysis.regime.fits import RegimeFit
from analysis.regime.inputs import Funding, Implied, Quarterly, RegimeInputs
from config.c_volat import VolatilityConfig
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import HOUR

CONFIG = VolatilityConfig()
BARS = walk_bars(2000, seed=21, sigma=0.01)
ABSENT = Reason("no_perpetual", {"symbol": "BTCUSDT"})
PRICES = ("open", "high", "low", "close", "volume", "quote_volume")
_FITS: dict[tuple[bytes, bytes, bool, str], dict[int, RegimeFit]] = {}


def alone(bars: Bars, *, evidence: bool = False) -> RegimeInputs:
    """Past-moment inputs with nothing beside the bars."""
    return RegimeInputs(
        bars=bars,
        as_of=bars.as_of,
        evidence=evidence,
        price=float(bars.close[-1]),
        premium=ABSENT,
        funding=ABSENT,
        quarterly=ABSENT,
        implied=ABSENT,
        notes=(),
        sources=(),
    )


def whole(bars: Bars, *, evidence: bool = False) -> RegimeInputs:
    """Inputs with everything beside the bars, drawn from the bars' own times."""
    generator = np.random.default_rng(5)
    noise = generator.standard_normal((3, len(bars)))
    index = replace(bars, series="index")
    known_at = bars.close_time[::3].copy()
    settled = np.arange(int(bars.open_time[0]), int(bars.close_time[-1]), 8 * HOUR, dtype=np.int64)
    return replace(
        alone(bars, evidence=evidence),
        premium=replace(bars, series="premium", market="futures", close=0.0005 * noise[0]),
        funding=Funding(settled, 0.0001 * generator.standard_normal(len(settled))),
        quarterly=Quarterly(replace(index, close=bars.close * (1.01 + 0.001 * noise[1])), index, None),
        implied=Implied(known_at, 50 + noise[2][::3], None, np.empty(0), np.empty(0)),
    )


def spoiled(bars: Bars, cut: int) -> Bars:
    """Garbage prices from row ``cut`` on."""
    generator = np.random.default_rng(99)
    garbage = {name: getattr(bars, name).copy() for name in PRICES}
    for column in garbage.values():
        column[cut:] = 1e5 * np.exp(generator.standard_normal(len(column) - cut))
    return replace(bars, **garbage)


def fits_of(inputs: RegimeInputs, config: VolatilityConfig = CONFIG) -> dict[int, RegimeFit]:
    """Every fit the inputs need; equal bars are fitted once per test run."""
    bars = inputs.bars
    key = (bars.close.tobytes(), bars.close_time.tobytes(), inputs.evidence, config.digest())
    if key not in _FITS:
        wanted = volat_regime.refit_times(inputs, config)
        _FITS[key] = {at: volat_regime.fit(inputs, config, at) for at in wanted}
    return _FITS[key]


def read(inputs: RegimeInputs, config: VolatilityConfig = CONFIG) -> Analysis:
    """Fit and compute."""
    return volat_regime.compute(inputs, fits_of(inputs, config), config)


def traced(inputs: RegimeInputs, config: VolatilityConfig = CONFIG) -> Trace:
    """Fit and trace."""
    return volat_regime.trace(inputs, fits_of(inputs, config), config)
