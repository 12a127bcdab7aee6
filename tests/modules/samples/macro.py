"""Module F on the seeded walk, with ETF flow, bands of MVRV-Z and ranks of facts."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.framework.result import Analysis
from analysis.macro.inputs import PROVIDER_WORDS
from analysis.macro.missing import VALUE_WORD
from tests.render.samples import candles, result

PARTS: Mapping[tuple[str, ...], frozenset[str]] = {
    ("etf_flow",): frozenset({"ETF flow, M$"}),
    ("mvrv_z", "mvrv_low", "mvrv_middle", "mvrv_high"): frozenset({"median", "10–90% band"}),
}
NAMES: frozenset[str] = frozenset({"MVRV-Z"})
WORDS: frozenset[str] = frozenset({VALUE_WORD, PROVIDER_WORDS})


def series(rows: int = 300) -> dict[str, Floats]:
    generator = np.random.default_rng(3)
    day = np.arange(rows)
    flow = 300 * generator.standard_normal(rows)
    z = 1.8 + np.cumsum(0.06 * generator.standard_normal(rows))
    return candles(rows) | {
        "etf_flow": np.where(day % 7 < 5, flow, np.nan),
        "mvrv_z": z,
        "mvrv_low": np.full(rows, -0.2),
        "mvrv_middle": np.full(rows, 1.1),
        "mvrv_high": np.full(rows, 3.6),
    }


def ranks() -> dict[str, Floats]:
    return {
        "fact_rank": np.array([0.31, 0.62, 0.7, 0.08, 0.93, 0.02, np.nan, 0.77, 0.55, 0.5]),
        "fact_signal": np.array([-0.1, 0.2, 0.4, 0.6, 0.7, 0.9, np.nan, 0.54, np.nan, -0.3]),
    }


def sample(of: Mapping[str, Floats] | None = None, **changes: object) -> Analysis:
    facts: dict[str, object] = {
        "module": "macro",
        "score_name": "macro_score",
        "groups": (),
        "metrics": (),
        "curves": ranks(),
    }
    return result(series() if of is None else of, **(facts | changes))
