"""Score 3: raw = half the mean of the groups, half the worst group, each 0..1 with 0.5 ordinary; score = its rank.

Risk must not average away: one group at its worst is worth half the scale. The score is the mid-rank of the raw one in
the 365 days before, so 0.5 is an ordinary day of this market. High risk is not bearish.
"""

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from composite.blend.average import Average, Rows, mean_of_known
from composite.game import NamedPart, ScoreGame
from composite.scores.material import Material

WORST_SHARE = 0.5


def risk_exposure(material: Material) -> ScoreGame:
    """Return the score's game."""
    average = material.average()
    groups = material.groups()

    def worth(values: Floats, rows: Rows) -> Floats:
        mean = average(values, rows)
        worst = worst_group(values, average, groups, rows)
        return 0.5 + 0.5 * ((1 - WORST_SHARE) * mean + WORST_SHARE * worst)

    def mean_risk(values: Floats, rows: Rows) -> Floats:
        return 0.5 + 0.5 * average(values, rows)

    every = slice(None)
    worst = worst_group(average.values, average, groups, every)
    return ScoreGame(
        inputs=material.inputs,
        weights=material.weights,
        values=average.values,
        errors=average.errors,
        worth=worth,
        additive=False,
        mean=mean_risk,
        ranked=True,
        parts={
            "mean_risk": NamedPart(mean_risk(average.values, every), 0.0, 1.0, 0.5),
            "worst_group": NamedPart(0.5 + 0.5 * worst, 0.0, 1.0, 0.5),
        },
        reason=average.reason,
        notes=average.notes,
    )


def worst_group(values: Floats, average: Average, groups: tuple[NDArray[np.intp], ...], rows: Rows) -> Floats:
    """Return the highest mean of a group (m) on the signed scale; the average itself where it is no weighted mean."""
    if average.weights is None:
        return average(values, rows)
    means = [mean_of_known(values[members], average.weights[members][:, rows]) for members in groups]
    return np.asarray(np.fmax.reduce(means))
