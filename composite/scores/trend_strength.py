"""Score 1: 0.5 + 0.5 * direction * magnitude.

Direction is the average of what points up or down; magnitude = sqrt(trend.strength * regime.p_trend), the geometric
mean of what is known of the two. Both are published apart: a strong fall and a strong rise are equally strong.
"""

from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.framework.reasons import Reason
from composite.blend.average import Rows
from composite.game import NamedPart, ScoreGame
from composite.scores.material import Material, unit_value

STRENGTH: Final = "trend.strength"
P_TREND: Final = "regime.p_trend"


def trend_strength(material: Material) -> ScoreGame:
    """Return the score's game."""
    average, kept = material.average(), material.averaged
    factors = [place for name in (STRENGTH, P_TREND) if (place := material.place(name)) is not None]
    values = material.spread_out(average.values, material.inputs.signed)

    def worth(values: Floats, rows: Rows) -> Floats:
        return 0.5 + 0.5 * average(values[kept], rows) * magnitude(values, factors)

    direction, strength = average(average.values, slice(None)), magnitude(values, factors)
    weak = Reason("no_multiplier", {"inputs": f"{STRENGTH}, {P_TREND}"})
    return ScoreGame(
        inputs=material.inputs,
        weights=material.weights,
        values=values,
        errors=material.spread_out(average.errors, material.inputs.se),
        worth=worth,
        parts={
            "direction": NamedPart(direction, -1.0, 1.0, 0.0),
            "strength": NamedPart(strength, 0.0, 1.0, 0.0),
        },
        additive=average.weights is not None,
        reason=average.reason if np.isfinite(strength[-1:]).all() else weak,
        notes=average.notes,
    )


def magnitude(values: Floats, factors: list[int]) -> Floats:
    """Return the geometric mean (m) of the known multipliers on 0..1, NaN where none is known."""
    if not factors:
        return np.full(values.shape[1], np.nan)
    known = np.array([unit_value(values, place) for place in factors])
    count = np.isfinite(known).sum(axis=0)
    product = np.where(np.isfinite(known), known, 1.0).prod(axis=0)
    return np.where(count > 0, product ** (1 / np.maximum(count, 1)), np.nan)
