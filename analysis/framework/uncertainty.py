"""When a score is too uncertain to be given: one rule for every module, every number and every way to show it.

The uncertainty of a score is one sigma, shown as +- half of a band that holds about two thirds of what it might be.
Above a third of the score's range that band covers more than two thirds of the scale: a value drawn at random from the
range has a sigma of 0.29 of it, so such a score says nothing. It is then withheld, with the reason.
"""

from dataclasses import replace
from typing import Protocol

import numpy as np

from analysis.arrays import Floats
from analysis.framework.direction import MOST_UNCERTAIN
from analysis.framework.metric import ScoreSpec
from analysis.framework.module import AnyModule, AnyTrace, ScoreRows
from analysis.framework.reasons import Reason


class HasScale(Protocol):
    """A score with the ends of its scale."""

    @property
    def low(self) -> float:
        """The lowest value."""

    @property
    def high(self) -> float:
        """The highest value."""


def withheld(trace: AnyTrace, module: AnyModule) -> AnyTrace:
    """Return the trace without the scores, directions and headlines that are too uncertain; all else stands."""
    allowed = ~too_uncertain_rows(module.score, trace.uncertainty)
    return replace(
        trace,
        score=np.where(allowed, trace.score, np.nan),
        direction=np.where(allowed, trace.direction, np.nan),
        headlines={spec.name: _withheld(trace.headlines[spec.name], spec) for spec in module.headlines},
    )


def too_uncertain_rows(spec: HasScale, uncertainty: Floats) -> np.typing.NDArray[np.bool_]:
    """Say where one sigma exceeds a third of the score's range; an unknown one does not."""
    return uncertainty > MOST_UNCERTAIN * (spec.high - spec.low)


def uncertain_reasons(spec: HasScale, uncertainty: float) -> tuple[Reason, ...]:
    """Return why a number is withheld where its uncertainty forbids it."""
    if not too_uncertain_rows(spec, np.array([uncertainty]))[0]:
        return ()
    return (Reason("too_uncertain", {"error": round(uncertainty, 2)}),)


def _withheld(rows: ScoreRows, spec: ScoreSpec) -> ScoreRows:
    kept = np.where(too_uncertain_rows(spec, rows.uncertainty), np.nan, rows.score)
    return replace(rows, score=kept)
