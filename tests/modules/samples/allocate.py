"""Module I on seeded growth lines and three coins."""

from collections.abc import Mapping

import numpy as np

from analysis.allocate.specs import BITCOIN, LONG_NAMES, RECOMMENDED, SHORT_NAMES
from analysis.allocate.table_specs import BY_METHOD
from analysis.arrays import Floats
from analysis.features.allocation_methods import ALLOCATION_METHODS, ERC
from analysis.framework.result import Analysis, Table
from tests.render.samples import candles, result

PARTS = {
    tuple(f"growth_{name}" for name in (*ALLOCATION_METHODS, BITCOIN)): frozenset(
        {"Growth of 1, net of fees"}
    ),
}
NAMES = frozenset({*SHORT_NAMES.values(), "BTC", "ETH", "SOL"})
WORDS = frozenset({*LONG_NAMES.values(), *SHORT_NAMES.values()})
COINS = ("BTC", "ETH", "SOL", "USDT")
WEIGHTS = np.array(
    [
        [0.40, 0.38, 0.40, 0.40, 0.40, 0.33],
        [0.35, 0.33, 0.40, 0.35, 0.33, 0.33],
        [0.25, 0.29, 0.20, 0.25, 0.27, 0.34],
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    ]
)


def series(rows: int = 300) -> dict[str, Floats]:
    generator = np.random.default_rng(3)
    steps = 0.002 + 0.03 * generator.standard_normal((rows, len(ALLOCATION_METHODS) + 1))
    lines = np.exp(np.cumsum(steps, axis=0))
    names = (*ALLOCATION_METHODS, BITCOIN)
    return candles(rows) | {f"growth_{name}": lines[:, place] for place, name in enumerate(names)}


def sample(of: Mapping[str, Floats] | None = None, **changes: object) -> Analysis:
    facts: dict[str, object] = {
        "module": "allocate",
        "score_name": "diversification_score",
        "score": 0.31,
        "low": 0.0,
        "neutral": 0.0,
        "uncertainty": None,
        "direction": None,
        "interval": "1d",
        "labels": {RECOMMENDED: ERC},
        "groups": (),
        "metrics": (),
        "tables": (Table(BY_METHOD, COINS, ALLOCATION_METHODS, WEIGHTS),),
        "curves": {f"risk_{name}": np.array([0.33, 0.34, 0.33]) for name in ALLOCATION_METHODS},
    }
    return result(series() if of is None else of, **(facts | changes))
