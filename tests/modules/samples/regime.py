"""Module B on the seeded walk."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.framework.result import Analysis
from tests.render.samples import candles, result, slow

PARTS = {
    ("p_trend",): frozenset({"P(trend)"}),
    ("label",): frozenset({"trend", "range"}),
    ("state",): frozenset({"volatility stressed"}),
    ("stressed",): frozenset({"P(stressed)"}),
    ("vol_percentile",): frozenset({"volatility rank"}),
}
NAMES: frozenset[str] = frozenset()
WORDS = frozenset({"range HAR"})


def series(rows: int = 300) -> dict[str, Floats]:
    chance = slow(rows, 3, 0.2, 0.85)
    return candles(rows) | {
        "p_trend": chance,
        "label": (chance > 0.5).astype(float),
        "vol_percentile": slow(rows, 4),
        "stressed": slow(rows, 5) ** 2,
        "state": np.round(slow(rows, 5) ** 2),
    }


def cone() -> dict[str, Floats]:
    middle, wide = np.linspace(62, 55, 8), np.linspace(38, 16, 8)
    return {
        "cone_days": np.array([1.0, 2, 5, 10, 20, 30, 60, 90]),
        "cone_low": middle - wide * 0.7,
        "cone_mid": middle,
        "cone_high": middle + wide,
        "cone_now": np.linspace(88, 60, 8),
        "cone_garch": np.linspace(80, 61, 8),
        "cone_implied": np.array([np.nan, 71, 69, 66, 64, 63, 61, np.nan]),
    }


def sample(of: Mapping[str, Floats] | None = None, **changes: object) -> Analysis:
    facts: dict[str, object] = {
        "module": "regime",
        "score_name": "p_trend",
        "score": 0.63,
        "uncertainty": None,
        "direction": None,
        "curves": cone(),
        "labels": {"regime_label": "trend", "volatility_state": "stressed"},
    }
    return result(series() if of is None else of, **(facts | changes))
