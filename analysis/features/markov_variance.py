"""Two-state Markov-switching variance: filtered state probabilities by Hamilton's filter, given parameters."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from analysis.arrays import Floats


@dataclass(frozen=True, slots=True)
class SwitchingVariance:
    """Mean and the two variances per bar, and the chances to stay in the calm and in the stressed state."""

    mean: float
    calm: float
    stressed: float
    stay_calm: float
    stay_stressed: float

    def ordered(self) -> "SwitchingVariance":
        """Return the same model with the smaller variance named calm."""
        if self.calm <= self.stressed:
            return self
        return SwitchingVariance(self.mean, self.stressed, self.calm, self.stay_stressed, self.stay_calm)


def stressed_probability(returns: Floats, model: SwitchingVariance) -> Floats:
    """Return P(stressed at t | returns up to t), filtered and never smoothed, (rows) (Hamilton 1989).

    States are ordered by variance first; the chain starts at its stationary distribution. A missing return has its
    row NaN and passes on the prediction. All NaN unless variances are > 0 and the chances to stay inside (0, 1).
    """
    m, result = model.ordered(), np.full(len(returns), np.nan)
    if not (0 < m.calm <= m.stressed and 0 < m.stay_calm < 1 and 0 < m.stay_stressed < 1):
        return result
    leave = 1 - m.stay_calm
    chance = leave / (leave + 1 - m.stay_stressed)
    root, rate = (
        sqrt(m.calm / m.stressed),
        0.5 / m.stressed - 0.5 / m.calm,
    )  # of the likelihood ratio calm : stressed
    squares = (returns - m.mean) ** 2
    known = np.isfinite(squares)
    ratios = np.exp(rate * np.where(known, squares, 0.0)) / root
    for row, (ratio, seen) in enumerate(zip(ratios.tolist(), known.tolist(), strict=True)):
        chance = leave * (1 - chance) + m.stay_stressed * chance
        if seen:
            chance = chance / (chance + (1 - chance) * ratio)
            result[row] = chance
    return result
