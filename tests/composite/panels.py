"""Panels of made-up scalars for the tests of composites."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from analysis.arrays import Floats
from analysis.framework.metric import ScalarKind
from composite.asked import ScoreContext
from composite.core import CompositeRows, compute
from composite.declared_scalars import declared_scalars
from composite.panel import Panel, ScalarColumn
from config.c_composite import CompositeSpec, InputSpec

HOUR_MS = 3_600_000
HOUR_S = 3600.0
CONTEXT = ScoreContext("BTCUSDT", "spot", "1h")


def kind_of(scalar: str) -> ScalarKind:
    return declared_scalars()[scalar][1].kind


def column(
    name: str,
    values: Floats | Sequence[float],
    *,
    kind: ScalarKind | None = None,
    se: float = np.nan,
    age_s: float = 0.0,
    quality: float = 1.0,
    horizon_s: float = HOUR_S,
    parents: tuple[str, ...] = ("klines.1h",),
) -> ScalarColumn:
    """A column whose error, age and quality are the same in every row."""
    known = np.asarray(values, dtype=np.float64)
    return ScalarColumn(
        name=name,
        module=name.partition(".")[0],
        kind=kind or kind_of(name),
        horizon_s=horizon_s,
        half_life_s=HOUR_S,
        parents=parents,
        values=known,
        se=np.full(len(known), se),
        age_s=np.full(len(known), age_s),
        quality=np.full(len(known), quality),
    )


def panel(*columns: ScalarColumn) -> Panel:
    rows = len(columns[0].values)
    return Panel(np.arange(1, rows + 1) * HOUR_MS, {one.name: one for one in columns}, {})


def random_values(kind: ScalarKind, rows: int, rng: np.random.Generator) -> Floats:
    return rng.uniform(-1 if kind == "directional" else 0, 1, rows)


def random_panel(scalars: Sequence[str], rows: int, seed: int, *, holes: float = 0.0) -> Panel:
    """Every scalar uniform over its range, with errors, ages and qualities; a share of the values missing."""
    rng = np.random.default_rng(seed)
    made = []
    for name in scalars:
        values = random_values(kind_of(name), rows, rng)
        values[rng.random(rows) < holes] = np.nan
        made.append(
            replace(
                column(name, values, horizon_s=float(rng.choice([HOUR_S, 6 * HOUR_S, 24 * HOUR_S]))),
                se=rng.uniform(0, 0.2, rows),
                age_s=rng.uniform(0, 3 * HOUR_S, rows),
                quality=rng.uniform(0.7, 1, rows),
            )
        )
    return panel(*made)


def with_column(whole: Panel, one: ScalarColumn) -> Panel:
    return replace(whole, columns={**whole.columns, one.name: one})


def without(whole: Panel, *names: str) -> Panel:
    return replace(whole, columns={name: one for name, one in whole.columns.items() if name not in names})


def spec_of(name: str, *inputs: InputSpec, **fields: object) -> CompositeSpec:
    """A specification of a score with inputs of one's own and without gates."""
    base: Mapping[str, object] = {"modules": ("trend",), "horizon_bars": 1.0, "inputs": inputs}
    return CompositeSpec.model_validate({"name": name, **base, **fields})


def averaged(scalar: str, weight: float, group: str, polarity: int = 1) -> InputSpec:
    return InputSpec.model_validate(
        {
            "scalar": scalar,
            "weight": weight,
            "group": group,
            "polarity": polarity,
            "why": "made up for a test",
        }
    )


def scored(spec: CompositeSpec, whole: Panel, context: ScoreContext = CONTEXT) -> CompositeRows:
    return compute(spec, whole, context)
