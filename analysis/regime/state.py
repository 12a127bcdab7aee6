"""Module B's two labels, each with hysteresis: trend or range; volatility calm, normal or stressed."""

import numpy as np

from analysis.arrays import Floats
from analysis.features.windows import rolling_mean
from analysis.framework.reasons import Message
from analysis.regime.labels import (
    BETWEEN,
    CALM,
    NORMAL,
    RANGE,
    REGIME_LABEL,
    STRESSED,
    TREND,
    VOLATILITY_STATE,
)
from config.c_volat import VolatilityConfig


def stress_level(rank: Floats, stressed: Floats, n: int) -> Floats:
    """Return the mean of the volatility's rank and the mean P(stressed) of the last n rows, (rows), 0..1.

    The rank alone where one of those is missing; NaN without a rank.
    """
    recent = rolling_mean(stressed, n)
    return np.where(np.isfinite(recent), (rank + recent) / 2, rank)


def trend_rows(p: Floats, config: VolatilityConfig) -> Floats:
    """Return 1 (trend) or 0 (range) per row of P(trend), NaN where it is unknown."""
    return with_hysteresis(p, config.trend_enter, config.trend_leave, config.replay_bars)


def state_rows(level: Floats, config: VolatilityConfig) -> tuple[Floats, Floats]:
    """Return per row of the stress level whether volatility is stressed and whether it is calm, 1 or 0, NaN unknown.

    The two bands do not overlap, so at most one of them holds.
    """
    bars = config.replay_bars
    stressed = with_hysteresis(level, config.stress_enter, config.stress_leave, bars)
    return stressed, with_hysteresis(-level, -config.calm_enter, -config.calm_leave, bars)


def last_state(level: Floats, config: VolatilityConfig) -> str | None:
    """Return the volatility state of the last row, ``None`` where it is unknown."""
    stressed, calm = (rows[-1] for rows in state_rows(level, config))
    if np.isnan(stressed):
        return None
    return STRESSED if stressed else CALM if calm else NORMAL


def regime_word(trend: float, p: float, error: float, config: VolatilityConfig) -> str | None:
    """Return the label of a row from its 1 (trend) or 0 (range), P(trend) and that one's standard error.

    ``BETWEEN`` where one error reaches the threshold at which the label would switch; ``None`` without a label.
    """
    if np.isnan(trend):
        return None
    if trend:
        return TREND if p - error > config.trend_leave else BETWEEN
    return RANGE if p + error < config.trend_enter else BETWEEN


def labels(regime: str | None, state: str | None) -> dict[str, str]:
    """Return the labels that are known."""
    found = {REGIME_LABEL: regime, VOLATILITY_STATE: state}
    return {name: word for name, word in found.items() if word is not None}


def verdict(regime: str | None, state: str | None) -> Message | None:
    """Return the sentence beside the score: one message code for each pair of labels."""
    if regime is None:
        return None if state is None else Message(f"volatility_{state}")
    return Message(f"{regime}_{state}" if state else f"{regime}_regime")


def with_hysteresis(values: Floats, enter: float, leave: float, bars: int) -> Floats:
    """Return 1 or 0 per row: 1 from a value >= ``enter`` on, 0 from a value <= ``leave`` on.

    Row t replays its last ``bars`` rows and nothing before them; where none of them decides, the oldest known one is
    compared with the middle of the two thresholds. NaN before ``bars`` rows and where the value is. ``ValueError``
    unless leave <= enter and bars >= 1.
    """
    if not leave <= enter or bars < 1:
        raise ValueError(f"a label needs leave <= enter and a bar to replay, was {leave}, {enter}, {bars}")
    rows = np.arange(len(values))
    known = np.isfinite(values)
    decided = np.maximum.accumulate(np.where((values >= enter) | (values <= leave), rows, -1))
    following = np.minimum.accumulate(np.where(known, rows, len(values))[::-1])[::-1]
    oldest = np.maximum(rows - bars + 1, 0)
    replayed = decided >= oldest
    judge = np.where(replayed, decided, np.minimum(following[oldest], rows))
    limit = np.where(replayed, enter, (enter + leave) / 2)
    return np.where(known & (rows >= bars - 1), (values[judge] >= limit).astype(np.float64), np.nan)
