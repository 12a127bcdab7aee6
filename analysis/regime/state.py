"""Module B's two answers in words, each with hysteresis: trend or range; volatility calm, normal or stressed."""

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Floats
from analysis.features.windows import rolling_mean
from analysis.framework.reasons import Reason
from analysis.regime.odds import label_path
from config.c_volat import VolatilityConfig

TREND, RANGE = "trend", "range"
CALM, NORMAL, STRESSED = "calm", "normal", "stressed"
LABELS: Mapping[str, tuple[str, ...]] = {
    "regime_label": (TREND, RANGE),
    "volatility_state": (CALM, NORMAL, STRESSED),
}


def stress_level(rank: Floats, stressed: Floats, n: int) -> Floats:
    """Return the mean of the volatility's rank and the mean P(stressed) of the last n rows, (rows), 0..1.

    The rank alone where one of those is missing; NaN without a rank.
    """
    late = rolling_mean(stressed, n)
    return np.where(np.isfinite(late), (rank + late) / 2, rank)


def label_rows(p: Floats, config: VolatilityConfig) -> Floats:
    """Return 1 (trend) or 0 (range) per row of P(trend), NaN where it cannot be told."""
    return label_path(p, config.trend_enter, config.trend_leave, config.replay_bars)


def state_rows(level: Floats, config: VolatilityConfig) -> tuple[Floats, Floats]:
    """Return per row of the stress level whether volatility is stressed and whether it is calm, 1 or 0, NaN unknown.

    The two bands do not overlap, so at most one of them holds.
    """
    bars = config.replay_bars
    stressed = label_path(level, config.stress_enter, config.stress_leave, bars)
    return stressed, label_path(-level, -config.calm_enter, -config.calm_leave, bars)


def last_state(level: Floats, config: VolatilityConfig) -> str | None:
    """Return the volatility state of the last row, ``None`` where it cannot be told."""
    stressed, calm = (rows[-1] for rows in state_rows(level, config))
    if np.isnan(stressed):
        return None
    return STRESSED if stressed else CALM if calm else NORMAL


def words(label: float, state: str | None) -> dict[str, str]:
    """Return the answers in words, those that are known."""
    found = {} if np.isnan(label) else {"regime_label": TREND if label else RANGE}
    return found if state is None else found | {"volatility_state": state}


def verdict(label: float, state: str | None) -> Reason | None:
    """Return the sentence beside the score: one reason code for each pair of words."""
    if np.isnan(label):
        return None if state is None else Reason(f"volatility_{state}")
    regime = TREND if label else RANGE
    return Reason(f"{regime}_{state}" if state else f"{regime}_regime")
