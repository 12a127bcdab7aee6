"""The scalars of several modules over the same moments: what every composite is computed from, live and in evidence."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.arrays import Floats, Times
from analysis.framework.metric import ScalarKind
from analysis.framework.reasons import Reason


@dataclass(frozen=True, slots=True, eq=False)
class ScalarColumn:
    """One scalar over n moments: what was known of it at each.

    ``values`` and standard errors ``se`` (NaN where missing or unknown), ``age_s`` the seconds since the next value
    was due (0 while it is fresh), ``quality`` 0..1. ``parents`` are the raw facts it rests on. ``reason`` says why the
    last value is missing, ``as_of`` is the moment (UTC ms) that the last value describes, ``is_final`` whether it may
    still change.
    """

    name: str
    module: str
    kind: ScalarKind
    horizon_s: float
    half_life_s: float
    parents: tuple[str, ...]
    values: Floats
    se: Floats
    age_s: Floats
    quality: Floats
    as_of: int | None = None
    is_final: bool = True
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Columns by scalar name over ``time`` (n, UTC ms, ascending): row t holds only what was known at its moment.

    ``absent`` says of a module that gave no answer why; its scalars are then in no column.
    """

    time: Times
    columns: Mapping[str, ScalarColumn]
    absent: Mapping[str, Reason]
