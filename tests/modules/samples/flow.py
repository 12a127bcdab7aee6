"""Module D on the seeded walk, with resting orders under its last hour."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.framework.result import Analysis, Heatmap
from tests.render.samples import candles, result, slow

PARTS = {
    ("delta",): frozenset({"Taker buying less selling"}),
    ("cvd",): frozenset({"Volume delta"}),
    ("large",): frozenset({"large net trades"}),
}
NAMES: frozenset[str] = frozenset()
WORDS = frozenset({"trades", "quotes", "order book"})
MAPPED = 60


def series(rows: int = 300) -> dict[str, Floats]:
    delta = 40 * (slow(rows, 5) - 0.45) + np.random.default_rng(6).normal(0, 6, rows)
    large = np.where(np.abs(delta) >= np.quantile(np.abs(delta), 0.9), np.sign(delta), 0.0)
    return candles(rows) | {"delta": delta, "cvd": np.cumsum(delta), "large": large}


def heatmap(of: Mapping[str, Floats]) -> Heatmap:
    rows = min(MAPPED, len(of["time"]))
    time, close = of["time"][-rows:].astype(np.int64), of["close"][-rows:]
    low, high = float(np.nanmin(close)), float(np.nanmax(close))
    room = (high - low) * 0.25 or 0.02 * abs(high) or 1.0
    level = np.linspace(low - room, high + room, 48)
    away = np.abs(level[:, None] - close[None, :]) / (high - low + 2 * room)
    values = 2e5 * (0.2 + away) * np.random.default_rng(8).exponential(1.0, (48, rows))
    values[[9, 40]] *= 4
    return Heatmap("depth", "Resting orders", "USDT", time, level, np.where(away > 0.75, np.nan, values))


def sample(of: Mapping[str, Floats] | None = None, **changes: object) -> Analysis:
    drawn = series() if of is None else of
    maps = (heatmap(drawn),) if {"time", "close"} <= set(drawn) and len(drawn["time"]) else ()
    facts: dict[str, object] = {
        "module": "flow",
        "market": "futures",
        "interval": "1m",
        "score_name": "liquidity_pressure_score",
        "score": 0.64,
        "heatmaps": maps,
        "groups": (),
        "metrics": (),
    }
    return result(drawn, **(facts | changes))
