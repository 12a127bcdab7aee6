"""Score 7: a test of several channels at once, min(1, -log10(p) / 4) of the Sidak-adjusted smallest p-value.

0.25 is met once in 10 bars, 0.5 in 100, 0.75 in 1,000 if channels are independent; if not, less often. No mean: one
channel at its rarest is not diluted by quiet ones. Each channel's p-value comes with its seasonality removed by its
module. A missing channel is one test fewer. Gaps in a feed are no channel.
"""

from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.tail_probability import anomaly_score, once_in, sidak
from analysis.framework.reasons import Message
from composite.blend.average import Rows
from composite.game import NamedPart, ScoreGame
from composite.scores.material import Material
from utils.binance_api.intervals import DAY, SHORTEST_MS

SMALLEST_P: Final = 1e-12
CALM: Final = -1.0
"""The neutral value of a channel on the signed scale: p = 1."""
ORDINARY_P: Final = 0.1
"""Adjusted p-value above which nothing is named."""


def anomaly_alert(material: Material) -> ScoreGame:
    """Return the score's game."""

    def worth(values: Floats, rows: Rows) -> Floats:
        del rows
        return anomaly_score(adjusted_p(values))

    values = material.inputs.signed
    p = adjusted_p(values)
    per_day = p * (DAY / SHORTEST_MS[material.times.interval])
    return ScoreGame(
        inputs=material.inputs,
        weights=material.weights,
        values=values,
        errors=material.inputs.se,
        worth=worth,
        additive=False,
        neutral=CALM,
        spreads=False,
        parts={
            "p_value": NamedPart(p, 0.0, 1.0, 1.0),
            "false_alarms_per_day": NamedPart(per_day, 0.0, DAY / SHORTEST_MS["1m"], 0.0),
        },
        verdict=_verdict(material, p),
    )


def adjusted_p(signed: Floats) -> Floats:
    """Return the smallest p-value of each row adjusted for the number of known channels; input (channels, m)."""
    return np.maximum(sidak((1 - signed) / 2), SMALLEST_P)


def _verdict(material: Material, p: Floats) -> Message | None:
    """Return how often such a row is met and by which channel; nothing where none is known."""
    if not np.isfinite(p[-1]):
        return None
    if p[-1] > ORDINARY_P:
        return Message("ordinary_bar")
    channel = material.inputs.specs[int(np.nanargmax(material.inputs.signed[:, -1]))]
    once = round(float(once_in(p)[-1]))
    return Message("once_in_bars", {"bars": once, "channel": channel.scalar})
