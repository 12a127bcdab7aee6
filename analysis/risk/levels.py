"""How module G's metrics become levels in [0, 1], and how the rank of their mean is explained."""

from collections.abc import Mapping

import numpy as np
from scipy.special import ndtri

from analysis.arrays import Floats
from analysis.features.range_volatility import annualised
from analysis.features.robust import mid_rank
from analysis.framework.look_back import bar_minutes
from analysis.framework.scoring import SignalWeights, jackknife_error, weighted_mean
from analysis.risk.tail_metrics import NEXT_BAR_VAR
from config.c_risk import RiskExposureConfig

RANGE_OF_WALK = float(np.sqrt(8 / np.pi))
"""Expected range of a random walk over its deviation (Feller 1951): turns a true range into a volatility."""
FALL_OF_WALK = float(np.sqrt(2 / np.pi))
"""Expected distance of a random walk below its maximum, over deviation times the root of the bars (reflection)."""
SIGMA_OF_A_RANK = float(np.sqrt(1 / 12))
"""Deviation of a rank that could be any, 0..1."""
EXPECTED_VIOLATIONS = 5.0
"""Percent of bars that should lose more than a 95 % forecast."""


def level(values: Floats, middle: float) -> Floats:
    """Return x / (x + middle) of numbers of 0 or more: 0 at 0, one half at the middle, towards 1."""
    return np.asarray(values / (values + middle))


def level_rows(values: Mapping[str, Floats], interval: str, config: RiskExposureConfig) -> dict[str, Floats]:
    """Return every level (n); all volatilities are measured against ``ordinary_volatility``."""
    minutes, ordinary = bar_minutes(interval), config.ordinary_volatility
    levels = {
        "atr_pct": level(annualised(values["atr_pct"] / RANGE_OF_WALK, minutes), ordinary),
        "vol_forecast": level(values["vol_forecast"], ordinary),
        "failures_recent": level(values["failures_recent"], EXPECTED_VIOLATIONS),
    }
    for confidence, spec in NEXT_BAR_VAR.items():
        as_normal = np.maximum(values[spec.id], 0.0) / float(ndtri(confidence / 100))
        levels[spec.id] = level(annualised(as_normal, minutes), ordinary)
    per_bar = ordinary / float(annualised(np.ones(1), minutes)[0])
    levels["drawdown_now"] = level(
        values["drawdown_now"], FALL_OF_WALK * per_bar * np.sqrt(config.drawdown_bars)
    )
    levels["liq_deviations"] = 1 - level(values["liq_deviations"], config.ordinary_distance)
    return levels


def contributions(signals: Mapping[str, Floats], weights: SignalWeights, year: int) -> dict[str, float]:
    """Return each metric's share of what the last row's weighted mean has above its ordinary one.

    Ordinary is each level's median among the ``year`` rows before; a level without a past counts from one half.
    """
    last = {name: float(column[-1]) for name, column in signals.items()}
    return {
        name: share * (last[name] - _ordinary(signals[name][-year - 1 : -1]))
        for name, share in weights.shares(last).items()
    }


def _ordinary(past: Floats) -> float:
    known = past[np.isfinite(past)]
    return float(np.median(known)) if known.size else 0.5


def rank_error(
    score: Floats,
    groups: Mapping[str, Floats],
    coverage: Floats,
    weights: SignalWeights,
    config: RiskExposureConfig,
    year: int,
    last: int | None,
) -> Floats:
    """Return one sigma of the score (n): how much its rank rests on which groups are looked at, and on what is missing.

    The levels of the groups lie apart by what they are made of, which is no disagreement: so each group is left out
    in turn and the mean of the others ranked in its own past (``jackknife_error``). What is missing could be of any
    rank. ``groups`` are the group means; ``last`` computes the last so many rows alone.
    """
    means, shares = (
        np.stack(list(groups.values())),
        np.array([[weights.group_weights[name]] for name in groups]),
    )
    ranks = []
    for left_out in range(len(means)):
        kept = np.arange(len(means)) != left_out
        others = weighted_mean(means[kept], shares[kept])[0]
        covered = np.where(coverage >= config.min_coverage, others, np.nan)
        rank = mid_rank(covered, year, config.rank_min_bars, last)
        ranks.append(np.where(np.isfinite(means[left_out]), rank, np.nan))
    disagreement = jackknife_error(score, np.stack(ranks), shares)
    return np.hypot(disagreement, (1 - coverage) * SIGMA_OF_A_RANK)
