"""The price at which the liquidation model closes most: the densest row of its map within reach of the price."""

from math import nan

import numpy as np

from analysis.features.liquidation_map import (
    LONG,
    SHORT,
    densest,
    estimated_levels,
    grid_beyond,
    levels_at,
    leverage_mix,
    steps_of,
    within_reach,
)
from analysis.risk.inputs import RiskInputs
from analysis.sources.positioning import STATISTIC_AGE
from config.c_risk import RiskExposureConfig


def cluster_price(inputs: RiskInputs, config: RiskExposureConfig) -> float:
    """Return the price, in the unit of the bars, around which most longs below or shorts above are liquidated.

    By what was known at the moment asked; NaN where a source is missing or too short, or nothing lies within reach.
    """
    read, brackets = inputs.positions, inputs.brackets
    if read.open_interest is None or read.half_hours is None or brackets is None:
        return nan
    history, traded = read.open_interest.known(inputs.as_of), read.half_hours.closed(inputs.as_of)
    if len(history) < 2 or not len(traded):
        return nan
    mark = traded if read.mark is None else read.mark.closed(inputs.as_of)
    grid = grid_beyond(traded, config.liq_levels)
    mix = leverage_mix(config.liq_leverages, config.liq_shares, config.liq_notional)
    steps = steps_of(history.stamp, history.open_interest, traded, mark)
    levels = estimated_levels(steps, grid, mix, brackets)
    now = levels_at(history.known_at, levels, np.array([inputs.as_of]), STATISTIC_AGE)[:, :, 0]
    price = float(traded.close[-1]) if inputs.price is None else inputs.price / read.scale
    below, above = within_reach(grid, price, config.liq_reach)
    return read.scale * densest(grid, np.where(below, now[LONG], 0.0) + np.where(above, now[SHORT], 0.0))
