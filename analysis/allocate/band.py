"""How far module I's recommended weights hang on which days the past happened to have: the band of each."""

import numpy as np

from analysis.allocate.fit import AllocateFit, common_days, limits_of, per_year
from analysis.allocate.paths import fitted_rows
from analysis.allocate.values import Reading
from analysis.arrays import Floats
from analysis.features.shrunk_covariance import ShrunkCovariance, shrunk_covariance
from analysis.features.weight_band import Redraws, WeightBand, WeightRule, weight_band


def recommended_band(reading: Reading) -> WeightBand | None:
    """Return the band of each recommended weight (k), NaN for coins that were not estimated; ``None`` without one."""
    made = fitted_rows(reading.panel, reading.fits)
    if not made:
        return None
    (row, newest), config = made[-1], reading.config
    days = common_days(reading.panel, row + 1, newest.coins, config)
    rule = WeightRule(reading.recommended, _estimate, newest.outlook, limits_of(config))
    found = weight_band(days, rule, Redraws(config.band_block, config.band_draws, config.seed))
    return None if found is None else WeightBand(_spread(found.low, newest), _spread(found.high, newest))


def _estimate(returns: Floats) -> ShrunkCovariance:
    return per_year(shrunk_covariance(returns))


def _spread(values: Floats, fit: AllocateFit) -> Floats:
    result = np.full(len(fit.coins), np.nan)
    result[fit.coins] = values
    return result
