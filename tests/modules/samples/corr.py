"""Module E on a seeded walk: one coin with its leader's pull, and a basket with a lead that stands."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from analysis.arrays import Floats
from analysis.framework.question import Basket, Instrument
from analysis.framework.reasons import Message
from analysis.framework.result import Analysis, CoinMatrix
from tests.render.samples import candles, result

PARTS: Mapping[tuple[str, ...], frozenset[str]] = {
    ("score",): frozenset({"Leader pull"}),
    ("correlation",): frozenset({"rolling correlation"}),
    ("concentration",): frozenset({"common share"}),
    ("lead", "lead_correlation"): frozenset({"market leads (+ bars)", "as by chance"}),
}
NAMES: frozenset[str] = frozenset()
WORDS: frozenset[str] = frozenset(
    {
        "Correlation",
        "Partial correlation",
        "Lead–lag",
        "Causality",
        "Spillover",
    }
)


def series(rows: int = 300) -> dict[str, Floats]:
    rng = np.random.default_rng(4)
    lead = rng.integers(1, 11, rows) * rng.choice([-1.0, 1.0], rows)
    return candles(rows) | {
        "score": np.tanh(0.3 * rng.standard_normal(rows)),
        "correlation": np.tanh(1 + 0.1 * np.cumsum(rng.standard_normal(rows)) / 5),
        "concentration": 0.6 + 0.05 * np.sin(np.arange(rows) / 20),
        "lead": lead,
        "lead_correlation": 0.15 + 0.15 * rng.uniform(size=rows),
    }


def sample(of: Mapping[str, Floats] | None = None, **changes: object) -> Analysis:
    facts: dict[str, object] = {
        "module": "corr",
        "score_name": "leader_pull",
        "score": 0.12,
        "low": -1.0,
        "high": 1.0,
        "neutral": 0.0,
        "groups": (),
        "metrics": (),
        "curves": {"lead_sure": np.array([0.25])},
    }
    return result(series() if of is None else of, **(facts | changes))


def basket(coins: int = 20, leads: int = 6) -> Analysis:
    """A basket of made-up coins, ``leads`` pairs of which stand."""
    rng = np.random.default_rng(2)
    symbols = tuple(f"{name}USDT" for name in ("BTC", "ETH", "SOL", "DOGE", "PEPE", "AVAX"))
    symbols = (*symbols, *(f"C{number:03d}USDT" for number in range(len(symbols), coins)))[:coins]
    half = rng.uniform(-0.2, 0.95, (coins, coins))
    cells = np.triu(rng.uniform(-0.3, 0.3, (coins, coins)), 1)
    marked = np.zeros((coins, coins), np.bool_)
    upper = np.triu_indices(coins, 1)
    chosen = rng.permutation(len(upper[0]))[:leads]
    marked[upper[0][chosen], upper[1][chosen]] = True
    made = (
        CoinMatrix("correlation", "Correlation", "-1/+1", symbols, (half + half.T) / 2, np.ones_like(marked)),
        CoinMatrix("lead_lag_matrix", "Lead–lag", "-1/+1", symbols, cells - cells.T, marked | marked.T),
    )
    members = Basket(tuple(Instrument("spot", symbol) for symbol in symbols), f"top{coins}")
    return replace(
        sample(), score=None, uncertainty=None, basket=members, matrices=made, verdict=Message("no_lead")
    )
