"""What a score is computed from: its specification, inputs, weights and method over the rows of a panel."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from composite.blend.average import Average, AverageMaker, RowTimes
from composite.input_rows import InputRows
from composite.panel import Panel
from composite.weights import InputWeights
from config.c_composite import CompositeSpec


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Everything a score's formula reads."""

    spec: CompositeSpec
    panel: Panel
    inputs: InputRows
    weights: InputWeights
    method: AverageMaker
    times: RowTimes
    horizon_s: float

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

    def spread_out(self, averaged: Floats, others: Floats) -> Floats:
        """Return (k, n) with the rows of the averaged inputs and, at the other places, those of ``others`` (k, n)."""
        found = others.copy()
        found[self.averaged] = averaged
        return found


def unit_value(values: Floats, place: int | None) -> Floats:
    """Return one row of signed values (k, m) moved to 0..1, NaN where there is no such row."""
    return np.full(values.shape[1], np.nan) if place is None else (1 + values[place]) / 2
