"""Seeded bars for measurements: a random walk with intrabar ranges, no recording needed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.units import HOUR_MS

FIRST_OPEN_MS = 1_577_836_800_000  # 2020-01-01


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Bars as arrays of equal length, hourly."""

    open_time: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]


def random_walk(rows: int, seed: int = 7) -> Series:
    """Return ``rows`` hourly bars with 0.8 % bar volatility."""
    rng = np.random.default_rng(seed)
    close = 30_000 * np.exp(np.cumsum(rng.normal(0, 0.008, rows)))
    opened = np.concatenate(([30_000.0], close[:-1]))
    reach = close * np.abs(rng.normal(0, 0.004, rows))
    return Series(
        open_time=FIRST_OPEN_MS + HOUR_MS * np.arange(rows, dtype=np.int64),
        open=opened,
        high=np.maximum(opened, close) + reach,
        low=np.minimum(opened, close) - reach,
        close=close,
        volume=rng.lognormal(5, 0.6, rows),
    )
