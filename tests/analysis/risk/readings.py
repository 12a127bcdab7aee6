"""Module G's inputs built from bars, and readings of them."""

from dataclasses import replace
from typing import Any

import numpy as np

from analysis.features.stress import EVENTS, CrashPath
from analysis.framework.answer import compute
from analysis.framework.module import Trace
from analysis.framework.question import Scope, stamp
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from analysis.risk.fit import RiskFit, fit
from analysis.risk.inputs import RiskInputs, approximate_brackets, fit_keys, history
from analysis.risk.metrics import RiskSection
from analysis.risk.trace import RiskDetail, trace
from analysis.risk_expos import MODULE
from analysis.sources.crashes import Crashes
from analysis.sources.degrading import reasons_of
from analysis.sources.open_positions import HOURS, OpenPositions
from config.c_risk import RiskExposureConfig
from tests.modules.inputs.sentiment import halves_of, positions_of
from tests.support.recorded import bars_of, walk_bars
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS

CONFIG = RiskSection(rank_days=30)
"""A month of ranked bars instead of a year: everything else as shipped."""
_FITS: dict[tuple[bytes, bytes, str, bool], dict[int, RiskFit]] = {}


def clustered_bars(n: int, seed: int = 5, interval: str = "1h") -> Bars:
    """Return bars whose log returns are GARCH(1,1) with Student-t shocks of 5 degrees, from 2023-01-02."""
    generator = np.random.default_rng(seed)
    shocks = generator.standard_t(5, n) * np.sqrt(3 / 5)
    variance, returns = 4e-5, np.empty(n)
    for row, shock in enumerate(shocks.tolist()):
        returns[row] = np.sqrt(variance) * shock
        variance = 4e-5 * 0.03 + 0.08 * returns[row] ** 2 + 0.89 * variance
    close = 100 * np.exp(np.cumsum(returns))
    opened = np.concatenate([[100.0], close[:-1]])
    wick = 0.002 * np.abs(generator.standard_normal((2, n)))
    columns = {
        "open": opened,
        "high": np.maximum(opened, close) * (1 + wick[0]),
        "low": np.minimum(opened, close) * (1 - wick[1]),
        "close": close,
        "volume": np.ones(n),
    }
    times = 1_672_617_600_000 + SHORTEST_MS[interval] * np.arange(n, dtype=np.int64)
    return bars_of(times, columns, close.copy(), interval=interval)


def crashes_of() -> Crashes:
    """Every event with one made-up path that falls by 30 % in its second hour."""
    low, high = np.array([-0.1, -0.3, -0.2]), np.array([0.01, 0.0, -0.1])
    paths: dict[str, CrashPath | Reason] = {
        event.id: CrashPath(event.start + 3_600_000 * np.arange(3), low, high) for event in EVENTS
    }
    return Crashes(paths)


NOTHING_OPEN = OpenPositions()
DAILY = walk_bars(900, seed=8, sigma=0.03, interval="1d")


def positions_over(bars: Bars) -> OpenPositions:
    """Open interest that walks, and half-hourly bars, over the last 31 days of hourly bars."""
    recent = bars.tail(HOURS)
    halves = halves_of(recent)
    return OpenPositions(positions_of(recent).open_interest, halves, halves)


def inputs_of(
    bars: Bars,
    *,
    from_listing: bool = False,
    daily: Bars = DAILY,
    crashes: Crashes | None = None,
    positions: OpenPositions = NOTHING_OPEN,
) -> RiskInputs:
    """Inputs as of the last close, with approximate brackets and by default every crash."""
    replayed = crashes_of() if crashes is None else crashes
    return RiskInputs(
        bars=bars,
        as_of=bars.as_of,
        price=None,
        stamps=(stamp(bars), stamp(daily)),
        missing=reasons_of(**replayed.paths),
        from_listing=from_listing,
        daily=daily,
        brackets=approximate_brackets(CONFIG),
        approximate=True,
        crashes=replayed,
        positions=positions,
    )


def lacking(inputs: RiskInputs, **reasons: Reason) -> RiskInputs:
    """The inputs without the named sources."""
    missing = {**inputs.missing, **reasons}
    absent: dict[str, Any] = dict.fromkeys(reasons)
    approximate = inputs.approximate and "brackets" not in reasons
    return replace(inputs, missing=missing, approximate=approximate, **absent)


def fits_of(inputs: RiskInputs, config: RiskExposureConfig = CONFIG) -> dict[int, RiskFit]:
    """Every fit the inputs need; equal bars are fitted once per test run."""
    bars = inputs.bars
    key = (bars.close.tobytes(), bars.close_time.tobytes(), config.digest, inputs.from_listing)
    if key not in _FITS:
        wanted = (one.refit_time for one in fit_keys(inputs, config))
        _FITS[key] = {at: fit(inputs, config, at) for at in wanted}
    return _FITS[key]


def read(inputs: RiskInputs, config: RiskExposureConfig = CONFIG) -> Analysis:
    """Fit and compute."""
    return compute(MODULE, inputs, fits_of(inputs, config), config)


def traced(inputs: RiskInputs, config: RiskExposureConfig = CONFIG) -> Trace[RiskDetail]:
    """Fit and trace, every row complete."""
    return trace(inputs, fits_of(inputs, config), config, Scope(len(inputs.bars)))


ROWS = history(CONFIG, "1h")
BARS = clustered_bars(ROWS)
WHOLE = inputs_of(BARS, positions=positions_over(BARS))


def without(bars: Bars, rows: np.ndarray) -> Bars:
    """Return the bars with some rows never given by the exchange."""
    keep = np.setdiff1d(np.arange(len(bars)), rows)
    names = ("open_time", "close_time", "open", "high", "low", "close", "volume", "quote_volume")
    more = ("taker_base", "taker_quote", "trades", "is_final")
    return replace(bars, **{name: getattr(bars, name)[keep] for name in names + more})
