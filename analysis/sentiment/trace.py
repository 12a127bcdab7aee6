"""Module C per bar: values, signals, tilt, crowding and how unusual positioning is."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.framework.missing import Situation, missing_reasons
from analysis.framework.module import Trace
from analysis.framework.question import Scope
from analysis.framework.scoring import configured_weights
from analysis.sentiment.columns import moments_of
from analysis.sentiment.crowding import crowding_rows
from analysis.sentiment.inputs import SentimentInputs
from analysis.sentiment.liquidation_rows import LiquidationMap
from analysis.sentiment.metrics import CROWDING, METRICS, SCALARS
from analysis.sentiment.missing import RULES, signal_reasons
from analysis.sentiment.values import sentiment_values
from config.c_deriv import DerivSentimentConfig


@dataclass(frozen=True, slots=True, eq=False)
class SentimentDetail:
    """The model's liquidation map of the drawn bars, ``None`` where a source is missing."""

    map: LiquidationMap | None


def trace(
    inputs: SentimentInputs, fits: Mapping[int, None], config: DerivSentimentConfig, scope: Scope
) -> Trace[SentimentDetail]:
    """Return every metric, signal and score per bar; row t from what was known at its close, the last as asked."""
    del scope  # every column is complete in every row
    found = sentiment_values(inputs, moments_of(inputs), config)
    weights = configured_weights(METRICS, config)
    blend, coverage = weights.blend(found.signals), weights.coverage(found.signals)
    tilt = np.where(coverage >= config.min_coverage, blend.direction, np.nan)
    crowding, values = crowding_rows(found.crowd, config), found.values
    scalars = {
        "sentiment.tilt": tilt,
        "sentiment.crowding": crowding.score,
        "sentiment.surprise": found.crowd.surprise,
    }
    situation = Situation(inputs, fits, config, values)
    reasons = missing_reasons(
        METRICS, situation, RULES, scalars=tuple((spec, scalars[spec.name]) for spec in SCALARS)
    )
    return Trace(
        time=inputs.bars.close_time,
        values=values,
        signals=found.signals,
        groups=blend.groups,
        direction=tilt,
        score=tilt,
        uncertainty=blend.standard_error,
        coverage=coverage,
        scalars=scalars,
        scalar_se={"sentiment.tilt": blend.standard_error},
        reasons=reasons | signal_reasons(found.signals, situation, reasons),
        detail=SentimentDetail(found.map),
        headlines={CROWDING: crowding},
    )
