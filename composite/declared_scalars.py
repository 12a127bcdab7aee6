"""Which module hands over a scalar, and how far ahead that scalar looks."""

from collections.abc import Mapping
from functools import cache

import numpy as np

from analysis.arrays import Floats
from analysis.framework.metric import ScalarSpec
from analysis.framework.module import AnyModule
from analysis.registry import MODULES
from composite.panel import ScalarColumn
from utils.binance_api.intervals import SHORTEST_MS


@cache
def declared_scalars() -> Mapping[str, tuple[AnyModule, ScalarSpec]]:
    """Return module and declaration of every scalar that any module hands over, by the scalar's name."""
    return {spec.name: (module, spec) for module in MODULES for spec in module.scalars}


def module_id(scalar: str) -> str:
    """Return the id of the module that hands a scalar over, empty where none does."""
    found = declared_scalars().get(scalar)
    return found[0].id if found else ""


def walked_column(
    name: str, interval: str, values: Floats, *, se: Floats | None = None, as_of: int | None = None
) -> ScalarColumn:
    """Return a declared scalar as it was known at n closes of ``interval``: fresh there and of full quality.

    ``se`` is its standard error, unknown without it.
    """
    module, spec = declared_scalars()[name]
    bar_s = SHORTEST_MS[interval] / 1000
    return ScalarColumn(
        name=name,
        module=module.id,
        kind=spec.kind,
        horizon_s=spec.horizon(bar_s),
        half_life_s=spec.half_life(bar_s),
        parents=spec.parents_on(interval),
        values=values,
        se=np.full(len(values), np.nan) if se is None else se,
        age_s=np.zeros(len(values)),
        quality=np.ones(len(values)),
        as_of=as_of,
    )


def declared_horizon_s(scalar: str, interval: str) -> float:
    """Return how far ahead a scalar looks when its module is asked on an interval; NaN for an unknown scalar."""
    found = declared_scalars().get(scalar)
    if found is None:
        return float("nan")
    module, spec = found
    return spec.horizon(SHORTEST_MS[interval if spec.of_asked else module.interval_of(interval)] / 1000)
