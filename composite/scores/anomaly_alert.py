"""Score 7: a test of several channels at once, min(1, -log10(p) / 4) of the Sidak-adjusted smallest p-value.

0.25 is met once in 10 bars, 0.5 in 100, 0.75 in 1,000 if channels are independent; if not, less often. No mean: one
channel at its rarest is not diluted by quiet ones. Each channel's p-value comes with its seasonality removed by its
module. A missing channel is one test fewer. Gaps in a feed are no channel.

Around a dated event, such as a rate decision, markets are known to be unusual: there a channel's p-value is held
against its own around earlier events, p^(1 / c) with c how many times -ln p was larger there than the 1 of ordinary
bars, over the year before (c is drawn to 1 while few are known, and never below it).
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.tail_probability import anomaly_score, once_in, sidak
from analysis.features.windows import lag
from analysis.framework.look_back import YEAR_DAYS
from analysis.framework.reasons import Message
from composite.blend.average import Rows
from composite.game import NamedPart, ScoreGame
from composite.scores.material import Material
from utils.binance_api.intervals import DAY, HOUR, SHORTEST_MS

SMALLEST_P: Final = 1e-12
CALM: Final = -1.0
"""The neutral value of a channel on the signed scale: p = 1."""
NEAR_HOURS: Final = 2.0
PRIOR_ROWS: Final = 20
"""Rows at which what was seen around events counts as much as that nothing is different there."""
LEAST_LEARNT_P: Final = 1e-4
"""No single row near an event teaches more than this p-value does."""
ORDINARY_P: Final = 0.1
"""Adjusted p-value above which nothing is named."""


def anomaly_alert(material: Material) -> ScoreGame:
    """Return the score's game."""

    def worth(values: Floats, rows: Rows) -> Floats:
        del rows
        return anomaly_score(adjusted_p(values))

    near = near_events(material)
    slope = event_slopes(material, near)
    p_values = np.maximum((1 - material.inputs.signed) / 2, SMALLEST_P)
    eased = p_values ** (1 / slope)
    values = 1 - 2 * eased
    p = adjusted_p(values)
    per_day = p * (DAY / SHORTEST_MS[material.times.interval])
    return ScoreGame(
        inputs=material.inputs,
        weights=material.weights,
        values=values,
        errors=material.inputs.se * eased / (slope * p_values),
        worth=worth,
        additive=False,
        neutral=CALM,
        spreads=False,
        parts={
            "p_value": NamedPart(p, 0.0, 1.0, 1.0),
            "false_alarms_per_day": NamedPart(per_day, 0.0, DAY / SHORTEST_MS["1m"], 0.0),
        },
        notes=(Message("events_expected"),) if (slope[:, -1] > 1).any() else (),
        verdict=_verdict(material, values, p),
    )


def adjusted_p(signed: Floats) -> Floats:
    """Return the smallest p-value of each row adjusted for the number of known channels; input (channels, m)."""
    return np.maximum(sidak((1 - signed) / 2), SMALLEST_P)


def near_events(material: Material) -> NDArray[np.bool_]:
    """Say which rows (n) lie within two hours of a dated event, or within a bar of it."""
    if material.event_hours is None:
        return np.zeros(len(material.times.time), np.bool_)
    reach = max(NEAR_HOURS, SHORTEST_MS[material.times.interval] / HOUR)
    return np.asarray(material.event_hours <= reach)


def event_slopes(material: Material, near: NDArray[np.bool_]) -> Floats:
    """Return c of each channel and row (k, n), 1 away from events; row t rests on rows before it."""
    p_values = np.maximum((1 - material.inputs.signed) / 2, LEAST_LEARNT_P)
    sizes = np.where(near & np.isfinite(p_values), -np.log(p_values), np.nan)
    window = material.times.in_days(YEAR_DAYS)
    past = [pd.Series(lag(row, 1)).rolling(window, min_periods=0) for row in sizes]
    total = np.array([one.sum() for one in past])
    count = np.array([one.count() for one in past])
    return np.where(near, np.maximum((PRIOR_ROWS + total) / (PRIOR_ROWS + count), 1.0), 1.0)


def _verdict(material: Material, values: Floats, p: Floats) -> Message | None:
    """Return how often such a row is met and by which channel; nothing where none is known."""
    if not np.isfinite(p[-1]):
        return None
    if p[-1] > ORDINARY_P:
        return Message("ordinary_bar")
    channel = material.inputs.specs[int(np.nanargmax(values[:, -1]))]
    once = round(float(once_in(p)[-1]))
    return Message("once_in_bars", {"bars": once, "channel": channel.scalar})
