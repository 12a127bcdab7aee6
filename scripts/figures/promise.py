"""How often module J's score reaches 0.25 and 0.5 on recorded coins, promised once in 10 and once in 100 bars."""

from pathlib import Path
from typing import Final

import numpy as np

from analysis.anomaly.metrics import RegimeAnomalyConfig
from analysis.anomaly.settings import AnomalySettings
from scripts.figures.redet import inputs_of, traced
from scripts.fit_regime import MARKETS, recording
from utils.binance_api.bars import Bars

INTERVALS: Final = ("1d", "4h", "1h")
LEVELS: Final = (0.25, 0.5)


def rows(data: Path) -> list[str]:
    """Return a line for each coin and interval and one for all coins of an interval; takes a quarter of an hour."""
    found = ["promise: share of bars at 0.25 or more (promised 10 %) and at 0.5 or more (1 %), spot alone"]
    for interval in INTERVALS:
        total = np.zeros(3)
        for symbol in MARKETS[interval]:
            counts = counted(recording(data, symbol, interval), RegimeAnomalyConfig())
            total += counts
            found.append(_line(f"{symbol} {interval}", counts))
        found.append(_line(f"all {interval}", total))
    return found


def counted(bars: Bars, config: AnomalySettings) -> np.typing.NDArray[np.float64]:
    """Return how many bars have a score, and how many one of at least 0.25 and of at least 0.5."""
    score = traced(inputs_of(bars, None, None), config).score
    known = score[np.isfinite(score)]
    return np.array([len(known), *(np.sum(known >= level) for level in LEVELS)], dtype=np.float64)


def _line(name: str, counts: np.typing.NDArray[np.float64]) -> str:
    count, quarter, half = counts
    return f"  {name}: {count:.0f} bars, {quarter / count:.2%} at 0.25, {half / count:.2%} at 0.5"
