"""The inputs of one score over the rows of a panel, every one turned the score's way: polarity is applied here alone.

In this signed scale -1 speaks against the score, 0 is neutral and 1 speaks for it. A direction is itself times its
polarity; an intensity, a probability or a p-value x is (2 x - 1) times it, so 0.5 is neutral.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.framework.metric import ScalarKind
from analysis.framework.reasons import Reason
from composite.declared_scalars import declared_scalars, module_id
from composite.panel import Panel, ScalarColumn
from config.c_composite import InputSpec

SPEAKS_OF_A_SCORE: Final = frozenset({"low_coverage", "too_uncertain", "few_past_values"})
"""Codes of reasons that say the same of a module and of a composite: beside a composite the module is named."""
HALF_LIVES = 4.0
"""Age in half-lives from which a value is missing."""


def signed(values: Floats, kind: ScalarKind, polarity: int) -> Floats:
    """Return values of a kind on the signed scale, held to [-1, 1]; NaN stays."""
    scaled = values if kind == "directional" else 2 * values - 1
    return np.clip(polarity * scaled, -1.0, 1.0)


def unsigned(values: Floats, kind: ScalarKind, polarity: int) -> Floats:
    """Return what ``signed`` was made from."""
    return polarity * values if kind == "directional" else (polarity * values + 1) / 2


@dataclass(frozen=True, slots=True, eq=False)
class InputRows:
    """k inputs over n moments: ``signed`` values and ``se`` on the signed scale (k, n), NaN where missing or unknown.

    ``ages`` are half-lives since the next value was due, ``quality`` 0..1, both (k, n); ``horizon_s`` (k) is that
    declared for an input without a column, NaN where there is no such declaration.
    """

    specs: tuple[InputSpec, ...]
    columns: Mapping[str, ScalarColumn]
    signed: Floats
    se: Floats
    ages: Floats
    quality: Floats
    horizon_s: Floats

    @property
    def present(self) -> NDArray[np.bool_]:
        """Say which values are there (k, n)."""
        return np.isfinite(self.signed)

    def only(self, kept: NDArray[np.bool_]) -> "InputRows":
        """Return some of the inputs, told by (k)."""
        return InputRows(
            tuple(spec for spec, keep in zip(self.specs, kept, strict=True) if keep),
            self.columns,
            self.signed[kept],
            self.se[kept],
            self.ages[kept],
            self.quality[kept],
            self.horizon_s[kept],
        )

    def row_of(self, scalar: str) -> Floats:
        """Return the signed values of one input (n); all NaN where the score has no such input."""
        place = next((i for i, spec in enumerate(self.specs) if spec.scalar == scalar), None)
        return np.full(self.signed.shape[1], np.nan) if place is None else self.signed[place]


def read_inputs(specs: tuple[InputSpec, ...], panel: Panel, horizons: Mapping[str, float]) -> InputRows:
    """Return the inputs as ``panel`` holds them; a value older than four half-lives is missing.

    ``horizons`` are those of scalars without a column, in seconds.
    """
    rows = [_row(spec, panel.columns.get(spec.scalar), len(panel.time)) for spec in specs]
    values, errors, ages, quality = (np.array(part) for part in zip(*rows, strict=True))
    ahead = [
        panel.columns[one.scalar].horizon_s
        if one.scalar in panel.columns
        else horizons.get(one.scalar, np.nan)
        for one in specs
    ]
    return InputRows(specs, panel.columns, values, errors, ages, quality, np.array(ahead, np.float64))


def _row(spec: InputSpec, column: ScalarColumn | None, n: int) -> tuple[Floats, Floats, Floats, Floats]:
    if column is None:
        nothing = np.full(n, np.nan)
        return nothing, nothing, nothing, np.zeros(n)
    ages = half_lives_old(column)
    fresh = ages <= HALF_LIVES
    values = np.where(fresh, signed(column.values, column.kind, spec.polarity), np.nan)
    errors = column.se if column.kind == "directional" else 2 * column.se
    quality = np.clip(np.nan_to_num(column.quality), 0.0, 1.0)
    return values, errors, ages, quality


def half_lives_old(column: ScalarColumn) -> Floats:
    """Return the age of each value in half-lives."""
    return np.maximum(column.age_s, 0.0) / column.half_life_s


def missing_reason(scalar: str, panel: Panel) -> Reason:
    """Return why the last value of a scalar is missing."""
    column, module = panel.columns.get(scalar), module_id(scalar)
    if column is None:
        return panel.absent.get(module) or Reason("no_scalar", {"scalar": scalar})
    if np.isfinite(column.values[-1]):
        return Reason("too_old_input", {"half_lives": HALF_LIVES})
    return _of_module(scalar, column.reason or Reason("no_scalar", {"scalar": scalar}))


def _of_module(scalar: str, reason: Reason) -> Reason:
    """Return the reason with the module that gives it, where it would read as one of the composite's own."""
    if reason.code not in SPEAKS_OF_A_SCORE or scalar not in declared_scalars():
        return reason
    return Reason("of_module", {"module": declared_scalars()[scalar][0].title}, because=reason)
