"""One way from a panel of scalars to a composite score: every row at once, the last of them the live answer.

Row t rests on rows up to t alone. Nothing here reads a clock or a network.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Times
from analysis.features.robust import mid_rank
from analysis.framework.look_back import YEAR_DAYS
from analysis.framework.uncertainty import too_uncertain_rows
from composite.asked import ScoreContext
from composite.blend.average import RowTimes
from composite.blend.methods import method_of
from composite.declared import BY_NAME
from composite.declared_scalars import declared_horizon_s, module_id
from composite.explain import contributions
from composite.game import ScoreGame
from composite.gates import GateRows, gate_rows
from composite.input_rows import InputRows, read_inputs
from composite.panel import Panel
from composite.scores.formulas import FORMULAS
from composite.scores.material import Material
from composite.uncertainty import MIN_PAST, own_deviation, uncertainty
from composite.weights import InputWeights, group_names, groups_present, weigh
from config.c_composite import CompositeSpec
from utils.binance_api.intervals import SHORTEST_MS

EVERY: Final = slice(None)
LAST: Final = slice(-1, None)


@dataclass(frozen=True, slots=True, eq=False)
class CompositeRows:
    """A score over n moments.

    ``score`` and ``raw`` are NaN where coverage or groups are below their floor, ``score`` also where a gate withholds
    (``withheld``) and where its uncertainty is over a third of the scale (``vague``). ``neutral`` is the raw score at
    the neutral input. ``uncertainty`` is in units of the score, ``percentile`` the mid-rank of the raw score in the
    year before, NaN below 250 past ones. ``game``, ``inputs`` and ``weights`` are what it was made of.
    """

    spec: CompositeSpec
    horizon_s: float
    time: Times
    score: Floats
    raw: Floats
    neutral: Floats
    uncertainty: Floats
    percentile: Floats
    coverage: Floats
    groups: NDArray[np.int64]
    min_groups: int
    withheld: NDArray[np.bool_]
    vague: NDArray[np.bool_]
    gates: tuple[GateRows, ...]
    inputs: InputRows
    weights: InputWeights
    game: ScoreGame

    @property
    def parts(self) -> Mapping[str, Floats]:
        """The numbers beside the score, by name (n)."""
        return {name: part.values for name, part in self.game.parts.items()}

    def contributions(self, rows: slice = slice(None)) -> dict[str, Floats]:
        """Return by scalar what each input adds to the raw score in some rows; they sum to raw - neutral."""
        found = contributions(self.game, rows)
        return {spec.scalar: row for spec, row in zip(self.inputs.specs, found, strict=True)}


def compute(
    spec: CompositeSpec, panel: Panel, context: ScoreContext, *, shown: int | None = None
) -> CompositeRows:
    """Return every row of a score; the panel's moments are closes of bars of the context's interval.

    With ``shown`` the last row alone has an uncertainty and a neutral score, and only it and, of a score that is a
    rank, the last ``shown`` rows a percentile; NaN before them.
    """
    rows = EVERY if shown is None else LAST
    declared, times = BY_NAME[spec.name], RowTimes(panel.time, context.interval)
    horizon_s = spec.horizon(SHORTEST_MS[context.interval] / 1000)
    inputs = read_inputs(spec.counted, panel, _horizons(spec, context.interval))
    weights = weigh(inputs, horizon_s, spec.tau)
    method = method_of(spec, context, horizon_s)
    game = FORMULAS[spec.name](
        Material(spec, panel, inputs, weights, method, times, horizon_s, context.event_hours, context.unread)
    )
    inputs, weights = game.inputs, game.weights
    coverage, groups = weights.coverage(), groups_present(inputs, weights.effective)
    min_groups = min(spec.min_groups, len(group_names(inputs.specs)))
    enough = (coverage >= spec.min_coverage) & (groups >= min_groups)
    raw = np.where(enough, game.raw(), np.nan)
    window = times.in_days(YEAR_DAYS)
    percentile = mid_rank(raw, window, MIN_PAST, shown if game.ranked or shown is None else 1)
    usual = own_deviation(raw, times, declared.high - declared.low, rows)
    error = uncertainty(game, raw, coverage, usual, rows)
    gates = gate_rows(spec.gates, panel, context.event_hours)
    withheld = np.any([gate.closed for gate in gates], axis=0) if gates else np.zeros(len(raw), np.bool_)
    shown_error = _rank_error(raw, error, window, rows) if game.ranked else error
    vague = too_uncertain_rows(declared, shown_error)
    score = percentile if game.ranked else raw
    return CompositeRows(
        spec=spec,
        horizon_s=horizon_s,
        time=panel.time,
        score=np.where(withheld | vague, np.nan, score),
        raw=raw,
        neutral=_neutral(game, rows),
        uncertainty=shown_error,
        percentile=percentile,
        coverage=coverage,
        groups=groups,
        min_groups=min_groups,
        withheld=withheld,
        vague=vague,
        gates=gates,
        inputs=inputs,
        weights=weights,
        game=game,
    )


def _horizons(spec: CompositeSpec, asked: str) -> dict[str, float]:
    return {
        one.scalar: declared_horizon_s(one.scalar, spec.interval_of(module_id(one.scalar), asked))
        for one in spec.counted
    }


def _neutral(game: ScoreGame, rows: slice) -> Floats:
    """Return the raw score of some rows at the neutral input (n), NaN in all others."""
    found = np.full(game.values.shape[1], np.nan)
    found[rows] = game.at_neutral(rows)
    return found


def _rank_error(raw: Floats, error: Floats, window: int, rows: slice) -> Floats:
    """Return half of what the rank moves between a raw score less and plus its error (n); NaN below 250 past ones."""
    found, asked = np.full(len(raw), np.nan), range(len(raw))[rows]
    values, errors = raw.tolist(), error.tolist()
    before = raw[max(0, asked.start - window) : asked.start]
    past = np.sort(before[np.isfinite(before)]).tolist()
    for row in asked:
        value, spread = values[row], errors[row]
        if len(past) >= MIN_PAST and isfinite(value) and isfinite(spread):
            found[row] = (_rank_among(past, value + spread) - _rank_among(past, value - spread)) / 2
        if isfinite(value):
            insort(past, value)
        if row >= window and isfinite(values[row - window]):
            del past[bisect_left(past, values[row - window])]
    return found


def _rank_among(past: list[float], value: float) -> float:
    """Return the mid-rank of a value among ascending ones, 0..1."""
    return (bisect_left(past, value) + bisect_right(past, value)) / 2 / len(past)
