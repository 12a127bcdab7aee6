"""How module G's metrics become levels, votes and a rank in the past year."""

from collections.abc import Mapping

import numpy as np
from scipy.special import ndtri

from analysis.arrays import Floats
from analysis.features.range_volatility import annualised
from analysis.features.robust import share_below
from analysis.framework.scoring import Ballot, Vote
from analysis.risk.forecasts import bar_minutes
from analysis.risk.metrics import METRICS
from config.c_risk import RiskExposureConfig

RANGE_OF_WALK = float(np.sqrt(8 / np.pi))
"""Expected range of a random walk over its deviation (Feller 1951): turns a true range into a volatility."""
FALL_OF_WALK = float(np.sqrt(2 / np.pi))
"""Expected distance of a random walk below its maximum, over deviation times the root of the bars (reflection)."""
PROMISED = 5.0
"""Percent of bars that a 95 % forecast promises to fail on."""


def level(values: Floats, middle: float) -> Floats:
    """Return x / (x + middle) of numbers of 0 or more: 0 at 0, one half at the middle, towards 1."""
    return np.asarray(values / (values + middle))


def signals_of(values: Mapping[str, Floats], interval: str, config: RiskExposureConfig) -> dict[str, Floats]:
    """Return every level; all volatilities are measured against ``ordinary_volatility``."""
    minutes, ordinary = bar_minutes(interval), config.ordinary_volatility
    found = {
        "atr_pct": level(annualised(values["atr_pct"] / RANGE_OF_WALK, minutes), ordinary),
        "vol_forecast": level(values["vol_forecast"], ordinary),
        "failures_recent": level(values["failures_recent"], PROMISED),
    }
    for confidence in (95, 99):
        name = f"var_filtered_{confidence}_bar"
        as_normal = np.maximum(values[name], 0.0) / float(ndtri(confidence / 100))
        found[name] = level(annualised(as_normal, minutes), ordinary)
    per_bar = ordinary / float(annualised(np.ones(1), minutes)[0])
    found["drawdown_now"] = level(
        values["drawdown_now"], FALL_OF_WALK * per_bar * np.sqrt(config.drawdown_bars)
    )
    found["liq_deviations"] = 1 - level(values["liq_deviations"], config.ordinary_distance)
    return found


def ballot_of(config: RiskExposureConfig) -> Ballot:
    """Return who votes and how much each group counts."""
    weights = config.weights.model_dump()
    votes = tuple(Vote(spec.id, spec.group, weights[spec.id]) for spec in METRICS if spec.group is not None)
    return Ballot(votes, config.groups.model_dump())


def contributions(signals: Mapping[str, Floats], ballot: Ballot, year: int) -> dict[str, float]:
    """Return each metric's share of what the last row's weighted mean has above its ordinary one.

    Ordinary is each level's median among the ``year`` rows before; a level without a past counts from one half.
    """
    last = {name: float(column[-1]) for name, column in signals.items()}
    return {
        name: share * (last[name] - _ordinary(signals[name][-year - 1 : -1]))
        for name, share in ballot.shares(last).items()
    }


def _ordinary(past: Floats) -> float:
    known = past[np.isfinite(past)]
    return float(np.median(known)) if known.size else 0.5


def rank_error(raw: Floats, error: float, window: int, min_count: int) -> float:
    """Return by how much the last value's rank among the ``window`` before it moves with one ``error``, either way."""
    past = raw[-window - 1 : -1]
    if not np.isfinite(raw[-1]) or not np.isfinite(error) or np.isfinite(past).sum() < min_count:
        return float("nan")
    return (share_below(raw[-1] + error, past) - share_below(raw[-1] - error, past)) / 2
