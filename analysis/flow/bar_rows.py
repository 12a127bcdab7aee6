"""Taker flow of the bars of the asked interval: its scalars per bar, and their place at the minutes."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.as_of import newest_at
from analysis.features.bar_flow import bar_flow
from analysis.flow.inputs import ASKED_BARS, FlowInputs
from analysis.flow.metrics import ABSORPTION_SCALAR, BAR_SCALARS, IMBALANCE_SCALAR
from analysis.flow.specs import fewest_bars
from analysis.framework.bar_rules import SILENT_BARS, bar_returns, untraded_rows
from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.metric import ScalarSpec, bars_needed
from analysis.framework.missing import CONSTANT, too_few
from analysis.framework.reasons import Reason
from analysis.framework.scalar_past import NO_PAST, ScalarPast
from analysis.framework.signals import from_z
from config.c_order import OrderFlowConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS

NO_TRADES: Final = Reason("no_volume")


@dataclass(frozen=True, slots=True, eq=False)
class BarScalars:
    """Scalars by name per minute (n), ``earlier`` at the closes of their own bars, and why the newest is missing."""

    columns: dict[str, Floats]
    earlier: ScalarPast
    reasons: dict[str, Reason]


def bar_scalars(bars: Bars, config: OrderFlowConfig) -> dict[str, Floats]:
    """Return absorption and bar imbalance by name per bar (n), row t from rows up to it; live and in evidence alike.

    NaN where taker volume is not known or hardly anything was traded.
    """
    found = bar_flow(bars.taker_base, bars.volume, bar_returns(bars), config.flow_bars, fewest_bars(config))
    columns = {ABSORPTION_SCALAR: found.absorption, IMBALANCE_SCALAR: found.imbalance}
    quiet = untraded_rows(bars)
    return {name: np.where(quiet, np.nan, from_z(column)) for name, column in columns.items()}


def bar_rows(inputs: FlowInputs, config: OrderFlowConfig) -> BarScalars:
    """Return at each minute what the newest bar of the asked interval said that had closed by then."""
    minutes, bars = inputs.bars.close_time, inputs.asked_bars
    if bars is None:
        nothing = np.full(len(minutes), np.nan)
        why = inputs.missing.get(ASKED_BARS, Reason("not_asked"))
        names = [spec.name for spec in BAR_SCALARS]
        return BarScalars(dict.fromkeys(names, nothing), NO_PAST, dict.fromkeys(names, why))
    found = bar_scalars(bars, config)
    age = SILENT_BARS * SHORTEST_MS[bars.interval]
    columns = {name: newest_at(bars.close_time, column, minutes, age) for name, column in found.items()}
    before = slice(-DRAWN_BARS, int(np.searchsorted(bars.close_time, minutes[-1])))
    earlier = ScalarPast(
        np.array(bars.close_time[before]), {name: np.array(column[before]) for name, column in found.items()}
    )
    missing = [spec for spec in BAR_SCALARS if not np.isfinite(columns[spec.name][-1])]
    return BarScalars(columns, earlier, {spec.name: _why(spec, bars, config) for spec in missing})


def _why(spec: ScalarSpec, bars: Bars, config: OrderFlowConfig) -> Reason:
    few = too_few(bars_needed(spec.bars, config, bars.interval), len(bars))
    return few or (NO_TRADES if bars.volume[-1] == 0 else CONSTANT)
