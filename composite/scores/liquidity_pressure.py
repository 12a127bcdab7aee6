"""Score 5: 0.5 + 0.5 * the average of the order flow's pressure and what the touch says beyond it.

Both modules see the same trades: micro.alpha enters as the residual of a trailing regression through the origin on
flow.pressure, on the minutes before. The slope is held to 0..1 and below the ratio of the two weights, so that more
pressure never lowers the score. Live, the rows before are the readings that earlier scores were published with, so
that the raw ``alpha`` stands beside each score. How fragile the book is says nothing of a side and is published beside.
"""

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.features.windows import divide, lag
from analysis.framework.reasons import Reason
from composite.game import NamedPart, ScoreGame
from composite.input_rows import missing_reason
from composite.scores.material import Material, scalar_part, tilted

PRESSURE: Final = "flow.pressure"
ALPHA: Final = "micro.alpha"
FRAGILITY: Final = "flow.fragility"
REGRESSED: Final = 1440
"""Rows before the present one that the regression is made on."""
MIN_REGRESSED: Final = 60


def liquidity_pressure(material: Material) -> ScoreGame:
    """Return the score's game."""
    missing = why_no_residual(material)
    material = without_flow(material)
    residual = material.inputs.row_of(ALPHA)
    parts = {
        "pressure": NamedPart(material.inputs.row_of(PRESSURE), -1.0, 1.0, 0.0),
        "residual": NamedPart(residual, -1.0, 1.0, 0.0, missing or missing_reason(ALPHA, material.panel)),
        "alpha": scalar_part(material.panel, ALPHA, -1.0, 1.0, 0.0),
        "fragility": scalar_part(material.panel, FRAGILITY, 0.0, 1.0, 0.5),
    }
    game = tilted(material, material.average(), parts)
    return game if missing is None else replace(game, missing={ALPHA: missing})


def why_no_residual(material: Material) -> Reason | None:
    """Return why the last row has no residual although micro.alpha is known; ``None`` where that is not known."""
    alpha, pressure = material.inputs.row_of(ALPHA), material.inputs.row_of(PRESSURE)
    if not np.isfinite(alpha[-1]):
        return None
    if not np.isfinite(pressure[-1]):
        return missing_reason(PRESSURE, material.panel)
    seen = int(np.isfinite(alpha * pressure)[:-1][-REGRESSED:].sum())
    if seen >= MIN_REGRESSED:
        return None
    return material.unread or Reason("few_readings", {"needs": MIN_REGRESSED, "has": seen})


def without_flow(material: Material) -> Material:
    """Return the material with the residual in the place of micro.alpha, missing where its flow is not known."""
    place, flow = material.place(ALPHA), material.place(PRESSURE)
    if place is None or flow is None:
        return material
    inputs, effective = material.inputs, material.weights.effective
    alpha, pressure = inputs.signed[place], inputs.signed[flow]
    slope = np.minimum(trailing_slope(alpha, pressure), divide(effective[flow], effective[place]))
    signed = inputs.signed.copy()
    signed[place] = np.clip(alpha - slope * pressure, -1.0, 1.0)
    return material.with_inputs(replace(inputs, signed=signed))


def trailing_slope(y: Floats, x: Floats) -> Floats:
    """Return sum(x y) / sum(x x) over the rows before each that know both, held to 0..1; NaN below 60 of them."""
    known = np.isfinite(x) & np.isfinite(y)
    both, alone = (_trailing_sum(np.where(known, product, np.nan)) for product in (x * y, x * x))
    return np.clip(np.where(alone > 0, divide(both, alone), np.where(alone == 0, 0.0, np.nan)), 0.0, 1.0)


def _trailing_sum(values: Floats) -> Floats:
    past = pd.Series(lag(values, 1)).rolling(REGRESSED, min_periods=MIN_REGRESSED)
    return np.asarray(past.sum(), dtype=np.float64)
