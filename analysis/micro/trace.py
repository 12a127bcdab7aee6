"""Module H's last row: values and signals from ticks, score around 0.5, and the record of every factor."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.robust import z_among
from analysis.features.sign_record import SignRecord, sign_record
from analysis.framework.around_half import AroundHalf
from analysis.framework.measured import Measured, attempted
from analysis.framework.metric import Native
from analysis.framework.missing import Situation
from analysis.framework.module import Trace
from analysis.framework.question import Scope
from analysis.framework.signals import from_z, native
from analysis.micro.inputs import MicroInputs
from analysis.micro.metrics import FACTORS, METRICS, SCALARS
from analysis.micro.missing import RULES
from analysis.micro.ticks import MicroTicks
from analysis.micro.values import factor_rows, later_moves, micro_values
from config.c_micro import MicroAlphaConfig

Records = Mapping[str, SignRecord | None]
SCORED: Final = AroundHalf(METRICS, SCALARS, RULES, "micro.alpha")


@dataclass(frozen=True, slots=True)
class MicroDetail:
    """The record of each factor's sign against the next move, ``None`` where too little is known."""

    records: Records


def trace(
    inputs: MicroInputs, fits: Mapping[int, None], config: MicroAlphaConfig, scope: Scope
) -> Trace[MicroDetail]:
    """Return rows over the bars; only the last one has values: they describe the moment asked, not a bar."""
    del scope
    rows, ticks = len(inputs.bars), inputs.ticks
    now = Measured(1).complete(METRICS) if ticks is None else micro_values(ticks, config)
    if ticks is None:
        now.failed.clear()
    past = _past(ticks, config)
    values = Measured(rows)
    values.update({name: _last(column, rows) for name, column in now.items()})
    values.failed |= now.failed
    signals = {name: _last(_signal(name, now[name], past), rows) for name in FACTORS}
    return SCORED.trace(
        Situation(inputs, fits, config, values), signals, MicroDetail(_records(ticks, past, config))
    )


def _past(ticks: MicroTicks | None, config: MicroAlphaConfig) -> Mapping[str, Floats]:
    nothing: Mapping[str, Floats] = {}
    if ticks is None:
        return nothing
    return attempted("micro.factors", lambda: factor_rows(ticks, config), nothing)


def _last(values: Floats, rows: int) -> Floats:
    column = np.full(rows, np.nan)
    column[-1] = values[-1]
    return column


def _signal(name: str, value: Floats, past: Mapping[str, Floats]) -> Floats:
    """Return the signal of a factor (1): native, or tanh(z / 2) with z over its usual size in the seconds before."""
    declared = FACTORS[name].signal
    if isinstance(declared, Native):
        return native(value, declared.centre, declared.half_range)
    before = past.get(name, np.empty(0))
    known = before[np.isfinite(before)]
    return from_z(z_among(value, known[None, :], centred=False)) if len(known) else np.full(1, np.nan)


def _records(ticks: MicroTicks | None, past: Mapping[str, Floats], config: MicroAlphaConfig) -> Records:
    if ticks is None:
        return dict.fromkeys(FACTORS)
    later = later_moves(ticks, config.horizon_s)
    return {
        name: sign_record(past[name], later, config.horizon_s) if name in past else None for name in FACTORS
    }
