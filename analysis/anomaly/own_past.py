"""p-values of open interest and funding, of which the exchange keeps little: ranked in whatever past is known."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.anomaly.inputs import look_back
from analysis.anomaly.rows import RawRows
from analysis.anomaly.settings import AnomalySettings
from analysis.arrays import Floats
from analysis.features.tail_probability import hour_of_week, upper_tail_p, without_scale
from analysis.framework.look_back import MOST_BARS
from utils.binance_api.intervals import HOUR, SHORTEST_MS

SEASON_DAYS: Final = 28
"""Past days that open interest is compared with at the same hour of the day."""
SEASON_MIN_DAYS: Final = 7


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """A channel's p-value per row (n) and among how many past values it is ranked, NaN where unknown."""

    p: Floats
    past_count: Floats


def open_interest_p(raw: RawRows, first: int, interval: str, config: AnomalySettings) -> Ranked:
    """Rank the size of each change over its usual size at that hour; p is NaN before row ``first``."""
    size = np.abs(raw.open_interest_change)
    p, past_count = np.full(len(size), np.nan), np.full(len(size), np.nan)
    known = np.flatnonzero(np.isfinite(size))
    if not len(known):
        return Ranked(p, past_count)
    rows = slice(int(known[0]), None)
    per_hour = max(1, HOUR // SHORTEST_MS[interval])
    cells = hour_of_week(raw.open_time[rows]) % 24
    seasonless = without_scale(size[rows], cells, SEASON_DAYS * per_hour, SEASON_MIN_DAYS * per_hour)
    window = look_back(config, interval)
    p[rows] = upper_tail_p(seasonless, window, config.rank_min_bars, len(size) - first)
    past = np.cumsum(np.isfinite(seasonless)) - np.isfinite(seasonless)
    past_count[rows] = np.minimum(past, window)
    return Ranked(p, past_count)


def funding_p(raw: RawRows, first: int, config: AnomalySettings) -> Ranked:
    """Rank the size of each change among those of earlier settlements, at least in rows from ``first`` on.

    A bar without a settlement holds no news of funding: its p is 1.
    """
    size = np.abs(raw.funding_change)
    p = np.where(raw.funding_known & ~np.isfinite(size), 1.0, np.nan)
    settled = np.isfinite(size)
    tail = int(settled[first:].sum())
    p[settled] = upper_tail_p(size[settled], MOST_BARS, config.rank_min_bars, tail)
    past_count = np.cumsum(settled) - settled
    p[past_count < config.rank_min_bars] = np.nan
    return Ranked(p, past_count.astype(np.float64))
