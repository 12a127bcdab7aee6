"""Module C on the seeded walk."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.framework.result import Analysis, Heatmap
from analysis.sentiment.inputs import STATISTIC_WORDS, SUPPLY_WORDS
from analysis.sources.seen_liquidations import SEEN_WORDS
from tests.render.samples import candles, result, slow

PARTS: Mapping[tuple[str, ...], frozenset[str]] = {
    ("funding_8h",): frozenset({"Funding per 8 h", "baseline"}),
    ("funding_baseline",): frozenset({"baseline"}),
    ("open_interest",): frozenset({"Open contracts"}),
    ("ls_global_residual", "ls_global_shifted"): frozenset({"L/S beyond price", "log L/S of accounts"}),
    ("seen_longs",): frozenset({"longs seen"}),
    ("seen_shorts",): frozenset({"shorts seen"}),
}
NAMES: frozenset[str] = frozenset()
WORDS: frozenset[str] = frozenset({*STATISTIC_WORDS.values(), SUPPLY_WORDS, SEEN_WORDS})


def series(rows: int = 300) -> dict[str, Floats]:
    generator = np.random.default_rng(4)
    seen = np.where(generator.random((2, rows)) < 0.1, generator.lognormal(12, 1, (2, rows)), 0.0)
    seen[:, -1] = 1e6
    return candles(rows) | {
        "score": 2 * slow(rows, 3) - 1,
        "funding_8h": np.repeat(0.03 * slow(rows // 2 + 1, 5) - 0.01, 2)[:rows],
        "funding_baseline": np.full(rows, 0.01),
        "open_interest": 8e4 + 2e4 * slow(rows, 6),
        "ls_global_residual": 0.6 * slow(rows, 7) - 0.3,
        "ls_global_shifted": 0.3 + 0.6 * slow(rows, 8),
        "seen_longs": seen[0],
        "seen_shorts": seen[1],
    }


def heatmap(of: Mapping[str, Floats]) -> Heatmap:
    """Levels that fade with their distance from the closes."""
    level = np.linspace(0.9 * of["low"].min(), 1.1 * of["high"].max(), 60)
    away = np.abs(level[:, None] / of["close"] - 1)
    values = 1e6 * np.where(away > 0.02, np.exp(-(((away - 0.05) / 0.03) ** 2)), 0.0)
    return Heatmap(
        "liquidations_estimated", "Liquidations (model)", "USDT", of["time"].astype(np.int64), level, values
    )


def gamma(price: float) -> dict[str, Floats]:
    """Strikes around a price: calls above it, puts below, most near the money."""
    strike = price * np.linspace(0.6, 1.5, 91)
    bell = np.exp(-((np.log(strike / price) / 0.08) ** 2))
    calls, puts = 6e7 * bell * (strike > 0.97 * price), 5e7 * bell * (strike < 1.04 * price)
    return {"gamma_strike": strike, "gamma_calls": calls, "gamma_puts": puts}


def sample(of: Mapping[str, Floats] | None = None, **changes: object) -> Analysis:
    drawn = series() if of is None else of
    facts: dict[str, object] = {
        "module": "sentiment",
        "score_name": "sentiment_score",
        "score": 0.31,
        "low": -1.0,
        "neutral": 0.0,
        "curves": gamma(float(drawn["close"][-1])) if "close" in drawn else {},
        "heatmaps": (heatmap(drawn),) if "close" in drawn else (),
    }
    return result(drawn, **(facts | changes))
