"""Values of a module part by part: a part that fails costs its own metrics, never the whole answer."""

from collections.abc import Callable, Iterable, Mapping, Set
from typing import TypeVar

import numpy as np
import structlog

from analysis.arrays import Floats
from analysis.framework.metric import MetricSpec

_log = structlog.get_logger(__name__)
ResultT = TypeVar("ResultT")


class Measured(dict[str, Floats]):
    """Columns of ``rows`` values by metric id; ``failed`` are the metrics whose part failed, all NaN."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows
        self.failed: set[str] = set()

    def part(self, name: str, measure: Callable[[], Mapping[str, Floats]]) -> None:
        """Add the columns of one part; where it fails they stay out, and the log has the exception."""
        nothing: Mapping[str, Floats] = {}
        self.update(attempted(name, measure, nothing))

    def column(self, metric_id: str) -> Floats:
        """Return a column that another part builds on; NaN where its own part failed."""
        return self.get(metric_id, np.full(self.rows, np.nan))

    def put(self, metric_id: str, column: Floats) -> None:
        """Set a column that is made from the others."""
        self[metric_id] = column
        self.failed.discard(metric_id)

    def complete(self, specs: Iterable[MetricSpec]) -> "Measured":
        """Fill the columns of failed parts with NaN, and return all."""
        for spec in specs:
            if spec.id not in self:
                self[spec.id] = np.full(self.rows, np.nan)
                self.failed.add(spec.id)
        return self


def attempted(name: str, measure: Callable[[], ResultT], otherwise: ResultT) -> ResultT:
    """Return what one part measures, ``otherwise`` where it fails; the log has the exception."""
    try:
        return measure()
    except Exception:  # any numerical surprise; the metric's reason says that its part failed
        _log.exception("a part of the analysis failed", part=name)
        return otherwise


def failed_in(values: Mapping[str, Floats]) -> Set[str]:
    """Return the metrics whose part failed."""
    return values.failed if isinstance(values, Measured) else frozenset()
