"""Liquidation prices by leverage, volatility targeting, and the crashes replayed on the present coin."""

from math import nan, sqrt

import numpy as np

from analysis.arrays import Floats
from analysis.features.liquidation import Brackets, liquidation_prices
from analysis.features.range_volatility import annualised
from analysis.features.stress import CrashPath, replay, survives
from analysis.features.windows import divide
from analysis.framework.look_back import bar_minutes, day_bars
from analysis.risk.inputs import RiskInputs
from analysis.risk.leverage_metrics import CRASH_LOSSES, LEVERAGES, LIQUIDATIONS, LOWEST_LEVERAGES, SURVIVORS
from config.c_risk import RiskExposureConfig

COIN = "coin"
TIERS = np.array(LEVERAGES, dtype=np.float64)
TRIED = np.array((*LOWEST_LEVERAGES, *LEVERAGES), dtype=np.float64)
"""Leverages tried on a crash."""


def liquidation_rows(
    opened_at: Floats, brackets: Brackets | None, config: RiskExposureConfig, tail: int | None
) -> dict[str, Floats]:
    """Return by metric id the liquidation price of a position opened at each price (n), NaN where not offered.

    With ``tail`` the last so many rows alone are computed, NaN before.
    """
    prices = {side: np.full((len(opened_at), len(TIERS)), nan) for side in ("long", "short")}
    if brackets is not None:
        entry = opened_at[-(tail or 0) :, None]
        longs, shorts = liquidation_prices(entry, TIERS, config.liq_notional, brackets)
        prices["long"][-len(entry) :], prices["short"][-len(entry) :] = longs, shorts
    return {spec.id: prices[spec.side][:, LEVERAGES.index(spec.leverage)] for spec in LIQUIDATIONS}


def liquidation_deviations(inputs: RiskInputs, day_sigma: Floats, config: RiskExposureConfig) -> Floats:
    """Return the way to the reference long's liquidation, as log price, over the next day's forecast deviation."""
    if inputs.brackets is None:
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


def crash_values(inputs: RiskInputs, config: RiskExposureConfig) -> dict[str, float]:
    """Return by metric id each crash's worst loss (percent) of a long and the highest leverage that survives it."""
    prices = None
    if inputs.brackets is not None:
        prices = liquidation_prices(1.0, TRIED, config.liq_notional, inputs.brackets)
    paths = inputs.crashes.paths
    beta = inputs.crashes.beta
    lost = {spec.id: 100 * _loss(paths[spec.event.id]) for spec in CRASH_LOSSES}
    survivors = {spec.id: _survivor(paths[spec.event.id], prices) for spec in SURVIVORS}
    return lost | survivors | {"beta": nan if beta is None else beta}


def _loss(path: object) -> float:
    return replay({COIN: 1.0}, {COIN: path}).loss if isinstance(path, CrashPath) else nan


def _survivor(path: object, prices: tuple[Floats, Floats] | None) -> float:
    if not isinstance(path, CrashPath) or prices is None:
        return nan
    return float(TRIED[survives(path, *prices, 1)].max(initial=0.0))
