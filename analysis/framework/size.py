"""How much memory an answer takes, for what keeps many of them."""

from typing import Final

from analysis.framework.result import Analysis

OBJECT_BYTES: Final = 20_000
"""About what an answer weighs beside its arrays."""


def answer_bytes(answer: Analysis) -> int:
    """Return about how many bytes an answer takes: its arrays, and what the rest of it weighs."""
    arrays = [*answer.series.values(), *answer.curves.values()]
    arrays += [heatmap.values for heatmap in answer.heatmaps]
    arrays += [table.values for table in answer.tables]
    arrays += [matrix.values for matrix in answer.matrices]
    return OBJECT_BYTES + answer.past.nbytes + sum(array.nbytes for array in arrays)
