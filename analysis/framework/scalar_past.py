"""The past of a module's scalars beside its answer: what composites rank and scale with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from analysis.arrays import Floats, Times


@dataclass(frozen=True, slots=True, eq=False)
class ScalarPast:
    """Scalars ``values`` by name over ``time`` (bar closes, UTC ms, ascending), NaN where missing.

    The last row is that of the answer itself; every row is what was said at its close of the bars read before it.
    """

    time: Times
    values: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """The bytes of its arrays."""
        return self.time.nbytes + sum(column.nbytes for column in self.values.values())


NO_PAST = ScalarPast(np.empty(0, dtype=np.int64))
