"""Module H on the seeded walk, with a table of factors."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.framework.result import Analysis
from tests.render.samples import candles, result

PARTS: Mapping[tuple[str, ...], frozenset[str]] = {}
NAMES: frozenset[str] = frozenset()
WORDS: frozenset[str] = frozenset()


def series(rows: int = 300) -> dict[str, Floats]:
    return candles(rows)


def table() -> dict[str, Floats]:
    return {
        "factor_horizon_s": np.array([10.0]),
        "factor_signal": np.array([0.72, 0.4, -0.31, np.nan, 0.17, -1.0, 0.02]),
        "factor_hit_rate": np.array([0.61, 0.6, 0.54, 0.5, 0.49, 0.41, np.nan]),
        "factor_hit_error": np.array([0.02, 0.02, 0.03, 0.03, 0.03, 0.03, np.nan]),
        "factor_correlation": np.array([0.33, 0.31, 0.12, 0.01, -0.02, -0.24, np.nan]),
        "factor_correlation_error": np.array([0.04, 0.05, 0.06, 0.05, 0.06, 0.07, np.nan]),
        "factor_seconds": np.array([884.0, 875, 876, 875, 824, 826, np.nan]),
    }


def sample(of: Mapping[str, Floats] | None = None, **changes: object) -> Analysis:
    facts: dict[str, object] = {
        "module": "micro",
        "score_name": "micro_alpha_score",
        "groups": (),
        "metrics": (),
        "curves": table(),
    }
    return result(series() if of is None else of, **(facts | changes))
