"""Which module hands over a scalar, and how far ahead that scalar looks."""

from collections.abc import Mapping
from functools import cache

from analysis.framework.metric import ScalarSpec
from analysis.framework.module import AnyModule
from analysis.registry import MODULES
from utils.binance_api.intervals import SHORTEST_MS


@cache
def declared_scalars() -> Mapping[str, tuple[AnyModule, ScalarSpec]]:
    """Return module and declaration of every scalar that any module hands over, by the scalar's name."""
    return {spec.name: (module, spec) for module in MODULES for spec in module.scalars}


def module_id(scalar: str) -> str:
    """Return the id of the module that hands a scalar over, empty where none does."""
    found = declared_scalars().get(scalar)
    return found[0].id if found else ""


def declared_horizon_s(scalar: str, interval: str) -> float:
    """Return how far ahead a scalar looks when its module is asked on an interval; NaN for an unknown scalar."""
    found = declared_scalars().get(scalar)
    if found is None:
        return float("nan")
    module, spec = found
    return spec.horizon(SHORTEST_MS[interval if spec.of_asked else module.interval_of(interval)] / 1000)
