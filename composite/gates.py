"""Gates: conditions that withhold a score instead of being averaged into it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.framework.reasons import Reason
from composite.input_rows import HALF_LIVES, half_lives_old, missing_reason
from composite.panel import Panel
from composite.result import Gate
from config.c_composite import GateSpec


@dataclass(frozen=True, slots=True, eq=False)
class GateRows:
    """What a gate read (n), NaN where it could not be looked at, and where it withholds."""

    spec: GateSpec
    values: Floats
    closed: NDArray[np.bool_]
    missing: Reason | None

    def last(self) -> Gate:
        """Return the gate as it stands in the last row."""
        value, closed = float(self.values[-1]), bool(self.closed[-1])
        known = bool(np.isfinite(value))
        reason = _why(self.spec, value) if closed else None if known else self.missing
        return Gate(
            self.spec.name, value if known else None, self.spec.limit, closed, reason, self.spec.reads
        )


def gate_rows(specs: Sequence[GateSpec], panel: Panel, event_hours: Floats | None) -> tuple[GateRows, ...]:
    """Return every gate over the rows; one that cannot be looked at does not withhold.

    ``event_hours`` (n) is how far away the nearest dated event is, NaN or absent where there is none.
    """
    return tuple(_rows(spec, panel, event_hours) for spec in specs)


def _rows(spec: GateSpec, panel: Panel, event_hours: Floats | None) -> GateRows:
    unknown = np.full(len(panel.time), np.nan)
    if spec.reads == "event":
        hours = unknown if event_hours is None else event_hours
        return GateRows(spec, hours, hours < spec.limit, Reason("no_event_near"))
    column = panel.columns.get(spec.scalar)
    if column is None:
        return GateRows(spec, unknown, unknown > spec.limit, missing_reason(spec.scalar, panel))
    ages = half_lives_old(column)
    values = ages if spec.reads == "age" else np.where(ages <= HALF_LIVES, column.values, np.nan)
    return GateRows(spec, values, values > spec.limit, missing_reason(spec.scalar, panel))


def _why(spec: GateSpec, value: float) -> Reason:
    params = {"value": round(value, 1 if spec.reads == "event" else 2), "limit": spec.limit}
    return Reason(f"gate_{spec.name}", params)
