"""Module G on the seeded walk."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.features.stress import EVENTS
from analysis.framework.result import Analysis
from tests.render.samples import candles, result, slow

PARTS = {
    ("trail_long",): frozenset({"trailing stop, long"}),
    ("trail_short",): frozenset({"trailing stop, short"}),
    ("drawdown",): frozenset({"Drawdown"}),
    ("var_99",): frozenset({"VaR 99"}),
    ("return", "var_95", "var_99"): frozenset({"Return", "VaR 95", "VaR 99", "beyond VaR"}),
}
NAMES: frozenset[str] = frozenset()
WORDS = frozenset(event.title for event in EVENTS)


def series(rows: int = 300) -> dict[str, Floats]:
    made = candles(rows)
    close = made["close"]
    return made | {
        "return": np.concatenate(([np.nan], 100 * np.diff(np.log(close)))),
        "var_95": slow(rows, 6, 1.2, 2.2),
        "var_99": slow(rows, 6, 1.2, 2.2) * 1.6,
        "drawdown": 100 * (close / np.maximum.accumulate(close) - 1),
        "trail_long": close * 0.955,
        "trail_short": close * 1.045,
        "score": slow(rows, 7),
    }


def curves(price: float) -> dict[str, Floats]:
    leverage = np.array([5.0, 10, 25, 50, 100])
    return {
        "liq_leverage": leverage,
        "liq_long": price * (1 - 1 / leverage + 0.004),
        "liq_short": price * (1 + 1 / leverage - 0.004),
        "stress_loss": np.array([50.3, 31.0, 28.4, 27.1, 19.9]),
        "stress_leverage": np.array([1.0, np.nan, 3.0, 3.0, 5.0]),
    }


def sample(of: Mapping[str, Floats] | None = None, **changes: object) -> Analysis:
    found = series() if of is None else of
    facts: dict[str, object] = {
        "module": "risk",
        "score_name": "risk_score",
        "score": 0.97,
        "uncertainty": None,
        "direction": None,
        "curves": curves(float(found["close"][-1]) if "close" in found else 20_000.0),
    }
    return result(found, **(facts | changes))
