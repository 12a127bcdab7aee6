"""What a score is computed from: its specification, inputs, weights and method over the rows of a panel."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.framework.reasons import Reason
from composite.blend.average import Average, AverageMaker, Rows, RowTimes, mean_of_known
from composite.game import NamedPart, ScoreGame
from composite.input_rows import HALF_LIVES, InputRows, half_lives_old, missing_reason
from composite.panel import Panel
from composite.weights import InputWeights, group_names, weigh
from config.c_composite import CompositeSpec


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Everything a score's formula reads; ``event_hours`` (n) and ``unread`` as in `composite.asked.ScoreContext`."""

    spec: CompositeSpec
    panel: Panel
    inputs: InputRows
    weights: InputWeights
    method: AverageMaker
    times: RowTimes
    horizon_s: float
    event_hours: Floats | None = None
    unread: Reason | None = None

    @property
    def averaged(self) -> NDArray[np.bool_]:
        """Say which of the inputs are averaged (k)."""
        return np.array([spec.role == "averaged" for spec in self.inputs.specs], dtype=np.bool_)

    def place(self, scalar: str) -> int | None:
        """Return where an input stands, ``None`` where it does not count."""
        names = [spec.scalar for spec in self.inputs.specs]
        return names.index(scalar) if scalar in names else None

    def average(self) -> Average:
        """Return the average of the averaged inputs."""
        kept = self.averaged
        return self.method(self.inputs.only(kept), self.weights.only(kept), self.times)

    def groups(self) -> tuple[NDArray[np.intp], ...]:
        """Return the places of each group's members."""
        specs = self.inputs.specs
        return tuple(np.flatnonzero([spec.group == group for spec in specs]) for group in group_names(specs))

    def with_inputs(self, inputs: InputRows) -> "Material":
        """Return it with other inputs, weighed anew."""
        return replace(self, inputs=inputs, weights=weigh(inputs, self.horizon_s, self.spec.tau))

    def spread_out(self, averaged: Floats, others: Floats) -> Floats:
        """Return (k, n) with the rows of the averaged inputs and, at the other places, those of ``others`` (k, n)."""
        found = others.copy()
        found[self.averaged] = averaged
        return found


def unit_value(values: Floats, place: int | None) -> Floats:
    """Return one row of signed values (k, m) moved to 0..1, NaN where there is no such row."""
    return np.full(values.shape[1], np.nan) if place is None else (1 + values[place]) / 2


def tilted(material: Material, average: Average, parts: Mapping[str, NamedPart]) -> ScoreGame:
    """Return the game of a score that is 0.5 + 0.5 * the average of all its inputs."""

    def worth(values: Floats, rows: Rows) -> Floats:
        return 0.5 + 0.5 * average(values, rows)

    return ScoreGame(
        inputs=material.inputs,
        weights=material.weights,
        values=average.values,
        errors=average.errors,
        worth=worth,
        additive=average.weights is not None,
        parts=parts,
        reason=average.reason,
        notes=average.notes,
    )


def group_part(material: Material, group: str) -> NamedPart:
    """Return the weighted mean of one group's signed values as a part, -1..1."""
    members = [place for place, spec in enumerate(material.inputs.specs) if spec.group == group]
    mean = mean_of_known(material.inputs.signed[members], material.weights.effective[members])
    return NamedPart(mean, -1.0, 1.0, 0.0)


def scalar_part(panel: Panel, scalar: str, low: float, high: float, neutral: float) -> NamedPart:
    """Return a scalar of the panel as it is, with its own reason where it is missing; one too old is missing."""
    column = panel.columns.get(scalar)
    values = np.full(len(panel.time), np.nan)
    if column is not None:
        values = np.where(half_lives_old(column) <= HALF_LIVES, column.values, np.nan)
    return NamedPart(values, low, high, neutral, missing_reason(scalar, panel))
