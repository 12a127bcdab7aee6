"""Rows to train on: what modules said over the past, beside the recorded bars that came after."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.replay import ModulePast
from composite.asked import ScoreContext
from composite.blend.average import mean_of_known
from composite.core import CompositeRows, compute
from composite.declared_scalars import walked_column
from composite.ensemble.labels import Outcome, net_return, turbulence
from composite.ensemble.model import LABELS
from composite.ensemble.sample import LabelledRows, joined
from composite.panel import Panel, ScalarColumn
from config.c_composite import CompositeSpec
from config.c_cost import CostConfig
from scripts.bench.recorded_bars import recorded_bars
from scripts.past_files import read_past
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS


@dataclass(frozen=True, slots=True, eq=False)
class TrainingRows:
    """The rows of all ``symbols``; the averaged inputs of the ``variant`` of the score are their columns."""

    rows: LabelledRows
    variant: CompositeSpec
    symbols: tuple[str, ...]


def training_rows(spec: CompositeSpec, interval: str, pasts: Path, recordings: Path) -> TrainingRows:
    """Return the rows of every symbol of which ``pasts`` holds files of the interval (`scripts.past_files`).

    The score is the variant of the scalars that they hold. ``FileNotFoundError`` where there is no such file, or no
    recorded bars of one of the symbols, ``ValueError`` where none of the score's averaged inputs is in them.
    """
    files = sorted(pasts.glob(f"*-{interval}-*.npz"))
    if not files:
        raise FileNotFoundError(f"no {interval} files in {pasts}: make them with scripts/walk_forward --save")
    symbols = tuple(sorted({file.name.split("-")[0] for file in files}))
    panels = [
        panel_of([read_past(file) for file in files if file.name.startswith(f"{symbol}-")])
        for symbol in symbols
    ]
    known = frozenset.intersection(*(frozenset(panel.columns) for panel in panels))
    if not any(one.scalar in known and one.role == "averaged" for one in spec.counted):
        raise ValueError(f"no averaged input of {spec.name} is in {pasts}")
    variant = spec.only(known)
    parts = [
        rows_of(variant, panel, _recorded(recordings, interval, symbol), number)
        for number, (symbol, panel) in enumerate(zip(symbols, panels, strict=True))
    ]
    return TrainingRows(joined(parts), variant, symbols)


def panel_of(pasts: Sequence[ModulePast]) -> Panel:
    """Return what several modules said at the same closes as one panel; ``ValueError`` where they are not the same."""
    time = pasts[0].time
    if any(not np.array_equal(past.time, time) for past in pasts):
        raise ValueError(f"the modules of {pasts[0].symbol} were not walked along the same bars")
    columns = {name: column for past in pasts for name, column in _columns(past)}
    return Panel(time, columns, {})


def _columns(past: ModulePast) -> Iterable[tuple[str, ScalarColumn]]:
    for name, values in past.scalars.items():
        yield name, walked_column(name, past.interval, values, se=past.scalar_se.get(name))


def _recorded(recordings: Path, interval: str, symbol: str) -> Bars:
    bars = recorded_bars(recordings, "spot", interval, symbol)
    if bars is None:
        raise FileNotFoundError(f"no recorded {interval} bars of {symbol} in {recordings}")
    return bars


def rows_of(spec: CompositeSpec, panel: Panel, bars: Bars, number: int) -> LabelledRows:
    """Return the rows of one symbol that know an input and their outcome."""
    place = np.searchsorted(bars.close_time, panel.time)
    if not np.array_equal(bars.close_time[np.minimum(place, len(bars) - 1)], panel.time):
        raise ValueError(f"the modules were walked along other bars of {bars.symbol} than are recorded")
    context = ScoreContext(bars.symbol, bars.market, bars.interval)
    scored = compute(spec.changed(method="weighted_mean", gates=()), panel, context)
    averaged = np.array([one.role == "averaged" for one in scored.inputs.specs])
    x = scored.inputs.only(averaged).signed.T
    outcome = _outcome(spec, bars)
    y, forward, until = outcome.y[place], outcome.forward[place], outcome.until[place]
    known = np.isfinite(y) & np.isfinite(x).any(axis=1)
    symbol = np.full(len(y), number, dtype=np.int64)
    return LabelledRows(panel.time, until, x, y, forward, _mean(scored, averaged), symbol).of(known)


def _mean(scored: CompositeRows, averaged: NDArray[np.bool_]) -> Floats:
    """Return the average that a model would take the place of, moved to 0..1; of set-ups the score that they make."""
    if any(one.setup for one in scored.inputs.specs):
        return scored.raw
    inputs, weights = scored.inputs.only(averaged), scored.weights.only(averaged)
    return (1 + mean_of_known(inputs.signed, weights.effective)) / 2


def _outcome(spec: CompositeSpec, bars: Bars) -> Outcome:
    step_ms = SHORTEST_MS[bars.interval]
    ahead = max(1, round(spec.horizon(step_ms / 1000) * 1000 / step_ms))
    if LABELS[spec.name] == "turbulence":
        return turbulence(bars.open_time, bars.close, step_ms, ahead)
    return net_return(bars.open_time, bars.open, step_ms, ahead, CostConfig().spot_fee_bps)
