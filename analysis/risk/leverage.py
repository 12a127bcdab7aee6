"""Liquidation prices per leverage, volatility targeting, and the crashes replayed on the present coin."""

from math import nan, sqrt

import numpy as np

from analysis.arrays import Floats
from analysis.features.liquidation import liquidation_prices
from analysis.features.range_volatility import annualised
from analysis.features.stress import EVENTS, CrashPath, outliving, replay
from analysis.features.windows import divide
from analysis.framework.reasons import Reason
from analysis.risk.forecasts import bar_minutes, day_bars
from analysis.risk.inputs import RiskInputs
from analysis.risk.metrics import LEVERAGES
from config.c_risk import RiskExposureConfig

COIN = "coin"
TIERS = np.array(LEVERAGES, dtype=np.float64)
SURVIVORS = np.concatenate([[1.0, 2.0, 3.0], TIERS])
"""Leverages tried on a crash: those that are told, and the lowest ones."""


def zones(inputs: RiskInputs, entry: float, config: RiskExposureConfig) -> tuple[Floats, Floats]:
    """Return the liquidation price of a long and of a short at each of ``LEVERAGES``, opened at ``entry``."""
    if isinstance(inputs.brackets, Reason):
        return np.full(len(TIERS), nan), np.full(len(TIERS), nan)
    return liquidation_prices(entry, TIERS, config.liq_notional, inputs.brackets)


def zone_values(inputs: RiskInputs, entry: float, config: RiskExposureConfig) -> dict[str, float]:
    """Return the same by metric id."""
    longs, shorts = zones(inputs, entry, config)
    found = {f"liq_long_{leverage}": float(longs[k]) for k, leverage in enumerate(LEVERAGES)}
    return found | {f"liq_short_{leverage}": float(shorts[k]) for k, leverage in enumerate(LEVERAGES)}


def liquidation_deviations(inputs: RiskInputs, day_sigma: Floats, config: RiskExposureConfig) -> Floats:
    """Return the way to the reference long's liquidation, as log price, over the next day's forecast deviation."""
    if isinstance(inputs.brackets, Reason):
        return np.full(len(day_sigma), nan)
    prices, _ = liquidation_prices(1.0, config.reference_leverage, config.liq_notional, inputs.brackets)
    return divide(np.full(len(day_sigma), -np.log(float(prices))), day_sigma)


def day_deviation(day_variance: Floats, interval: str) -> Floats:
    """Return the forecast deviation of one day's log return, from the mean variance of its bars.

    Of a bar longer than a day it is the share of one day.
    """
    count = day_bars(interval) if day_bars(interval) > 1 else min(1.0, 1440 / bar_minutes(interval))
    return np.sqrt(day_variance) * sqrt(count)


def target_leverage(day_variance: Floats, interval: str, config: RiskExposureConfig) -> Floats:
    """Return target / forecast volatility of the next day, at most ``leverage_cap``."""
    forecast = 100 * annualised(np.sqrt(day_variance), bar_minutes(interval))
    return np.minimum(divide(np.full(len(forecast), config.target_volatility), forecast), config.leverage_cap)


def stress_values(inputs: RiskInputs, config: RiskExposureConfig) -> dict[str, float]:
    """Return each crash's worst loss (fraction) of a long and the highest leverage that outlives it, by metric id."""
    found: dict[str, float] = {}
    brackets = inputs.brackets
    prices = None
    if not isinstance(brackets, Reason):
        prices = liquidation_prices(1.0, SURVIVORS, config.liq_notional, brackets)
    for event in EVENTS:
        path = inputs.crashes.paths[event.id]
        lost, alive = (nan, nan) if isinstance(path, Reason) else _through(path, prices)
        found |= {f"stress_{event.id}": lost, f"survives_{event.id}": alive}
    beta = inputs.crashes.beta
    return found | {"beta": nan if beta is None else beta}


def _through(path: CrashPath, prices: tuple[Floats, Floats] | None) -> tuple[float, float]:
    lost = replay({COIN: 1.0}, {COIN: path}).loss
    if prices is None:
        return lost, nan
    return lost, float(SURVIVORS[outliving(path, *prices)].max(initial=0.0))
