"""Score 2: P(trend) * pullback + (1 - P(trend)) * reversal, set-ups of a long entry in 0..1, 0 where there is none.

Pullback: sqrt(up-trend * depth of the pullback), averaged with flow, positioning and leaders. Reversal: how far below
its average price lies, averaged with the same. What is below 0 counts as 0: nothing speaks for a long entry, and that
is no reason to sell. The short side is the same of the mirrored market and published beside. Gates withhold the score.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.framework.reasons import Reason
from composite.blend.average import Average, Rows, mean_of_known
from composite.game import NamedPart, ScoreGame
from composite.scores.material import Material, unit_value
from composite.weights import weigh

PULLBACK: Final = "pullback"
REVERSAL: Final = "reversal"
SLOW: Final = "trend.slow"
DEPTH: Final = "trend.pullback"
STRETCH: Final = "trend.stretch"
MIXER: Final = "regime.p_trend"
"""Its probability of a trend is the share of the pullback."""

Shape = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class SetUp:
    """One set-up: ``shape`` (values of all inputs to 0..1) stands among the other inputs of its average.

    ``members`` (k) are the inputs that it reads, ``shaping`` (members) those of them that make the shape.
    """

    average: Average
    members: NDArray[np.bool_]
    shaping: NDArray[np.bool_]
    shape: Shape

    def worth(self, values: Floats, rows: Rows) -> Floats:
        """Return how good the set-up is (m), 0..1; NaN where its shape is not known."""
        mine, weights = values[self.members], self.average.weights
        if weights is None:
            return np.maximum(self.average(mine, rows), 0.0)
        shape, held = self.shape(values), weights[:, rows]
        terms = np.vstack([shape[None], mine[~self.shaping]])
        weighed = np.vstack([held[self.shaping].sum(axis=0)[None], held[~self.shaping]])
        mean = mean_of_known(terms, weighed)
        return np.where(np.isfinite(shape), np.maximum(mean, 0.0), np.nan)


def buy_opportunity(material: Material) -> ScoreGame:
    """Return the score's game."""
    pullback, reversal = _pullback(material), _reversal(material)
    mixer, signed = material.place(MIXER), material.inputs.signed.copy()
    errors = material.inputs.se.copy()
    for one in (reversal, pullback):
        signed[one.members], errors[one.members] = one.average.values, one.average.errors

    def worth(values: Floats, rows: Rows) -> Floats:
        share = unit_value(values, mixer)
        return share * pullback.worth(values, rows) + (1 - share) * reversal.worth(values, rows)

    every = slice(None)
    reason = pullback.average.reason or _reason(unit_value(signed, mixer))
    return ScoreGame(
        inputs=material.inputs,
        weights=material.weights,
        values=signed,
        errors=errors,
        worth=worth,
        additive=False,
        parts={
            "pullback": NamedPart(pullback.worth(signed, every), 0.0, 1.0, 0.0),
            "reversal": NamedPart(reversal.worth(signed, every), 0.0, 1.0, 0.0),
            "short_side": NamedPart(worth(mirrored(material, signed), every), 0.0, 1.0, 0.0),
        },
        reason=reason,
        notes=pullback.average.notes,
    )


def mirrored(material: Material, values: Floats) -> Floats:
    """Return the values (k, m) of the market upside down: directions with the other sign, all else as it is."""
    columns = material.panel.columns
    directional = [
        spec.scalar in columns and columns[spec.scalar].kind == "directional"
        for spec in material.inputs.specs
    ]
    return np.where(np.array(directional)[:, None], -values, values)


def _pullback(material: Material) -> SetUp:
    slow, depth = material.place(SLOW), material.place(DEPTH)

    def shape(values: Floats) -> Floats:
        up = np.clip(2 * unit_value(values, slow) - 1, 0.0, 1.0)
        return np.sqrt(up * unit_value(values, depth))

    return _set_up(material, PULLBACK, (SLOW, DEPTH), shape)


def _reversal(material: Material) -> SetUp:
    stretch = material.place(STRETCH)

    def shape(values: Floats) -> Floats:
        return np.clip(2 * unit_value(values, stretch) - 1, 0.0, 1.0)

    return _set_up(material, REVERSAL, (STRETCH,), shape)


def _set_up(material: Material, name: str, shaping: tuple[str, ...], shape: Shape) -> SetUp:
    specs = material.inputs.specs
    members = material.averaged & np.array([spec.setup in {"", name} for spec in specs])
    inputs = material.inputs.only(members)
    weights = weigh(inputs, material.horizon_s, material.spec.tau)
    average = material.method(inputs, weights, material.times)
    if average.weights is None:  # a model knows no set-ups: it is asked about everything at once
        members, average = material.averaged, material.average()
        inputs = material.inputs.only(members)
    shapes = np.array([spec.scalar in shaping for spec in inputs.specs], dtype=np.bool_)
    return SetUp(average, members, shapes, shape)


def _reason(share: Floats) -> Reason | None:
    return None if np.isfinite(share[-1]) else Reason("no_multiplier", {"inputs": MIXER})
