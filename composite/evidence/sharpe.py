"""The deflated Sharpe ratio: is the best of many tries better than the best that luck alone would show?

Bailey and López de Prado (2014), "The deflated Sharpe ratio". Ratios are per observation, not annualised.
"""

from dataclasses import dataclass
from math import e, sqrt
from typing import Final

import numpy as np
from scipy.stats import norm

from analysis.arrays import Floats

EULER_GAMMA: Final = 0.5772156649015329


@dataclass(frozen=True, slots=True)
class DeflatedSharpe:
    """``sharpe`` per observation, ``expected_best`` of so many ``trials`` without skill, and the ``probability``
    that the true ratio lies above that.
    """

    sharpe: float
    expected_best: float
    probability: float
    trials: int


def expected_best(variance: float, trials: int) -> float:
    """Return the Sharpe ratio that the best of ``trials`` reaches where none has skill, ``variance`` among them."""
    if trials < 2:
        return 0.0
    far, farther = norm.ppf(1 - 1 / trials), norm.ppf(1 - 1 / (trials * e))
    return float(sqrt(variance) * ((1 - EULER_GAMMA) * far + EULER_GAMMA * farther))


def probabilistic_sharpe(sharpe: float, benchmark: float, count: int, skew: float, kurtosis: float) -> float:
    """Return the probability that the true ratio exceeds ``benchmark``, given moments of the ``count`` returns.

    ``kurtosis`` is 3 for the normal distribution.
    """
    spread = 1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe**2
    return float(norm.cdf((sharpe - benchmark) * sqrt(count - 1) / sqrt(spread)))


def deflated_sharpe(returns: Floats, trial_sharpes: Floats, trials: int) -> DeflatedSharpe | None:
    """Deflate the ratio of ``returns`` (n) by ``trials`` tries whose spread is that of ``trial_sharpes`` (m).

    ``trials`` may exceed m, the tries of which the returns are still known. ``None`` below 20 returns or where they
    do not vary.
    """
    known = returns[np.isfinite(returns)]
    if len(known) < 20 or not known.std() > 0:
        return None
    away = (known - known.mean()) / known.std()
    ratio = float(known.mean() / known.std())
    bar = expected_best(float(np.var(trial_sharpes, ddof=1)) if len(trial_sharpes) > 1 else 0.0, trials)
    chance = probabilistic_sharpe(ratio, bar, len(known), float((away**3).mean()), float((away**4).mean()))
    return DeflatedSharpe(ratio, bar, chance, trials)
