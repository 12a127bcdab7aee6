"""Every column of module C, part by part: a part that fails costs its own metrics alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats, Times
from analysis.framework.measured import Measured, attempted
from analysis.sentiment.columns import Columns, last_alone
from analysis.sentiment.crowding import Crowd, crowd_of
from analysis.sentiment.flow_rows import flow_rows
from analysis.sentiment.funding_rows import funding_rows
from analysis.sentiment.inputs import SentimentInputs
from analysis.sentiment.interest_rows import interest_rows
from analysis.sentiment.liquidation_metrics import MAP, SEEN
from analysis.sentiment.liquidation_rows import LiquidationMap, estimated_map, map_values, seen_values
from analysis.sentiment.metrics import METRICS, RANKED
from analysis.sentiment.option_rows import option_rows
from analysis.sentiment.ratio_rows import ratio_rows
from config.c_deriv import DerivSentimentConfig


@dataclass(frozen=True, slots=True, eq=False)
class SentimentValues:
    """Values and signals by metric id, and how crowded positions are, each per bar; the model's map of now."""

    values: Measured
    signals: Mapping[str, Floats]
    crowd: Crowd
    map: LiquidationMap | None


def sentiment_values(
    inputs: SentimentInputs, moments: Times, config: DerivSentimentConfig
) -> SentimentValues:
    """Return every column at the moments of the bars."""
    count = len(moments)
    parts: Mapping[str, Callable[[], Columns]] = {
        "funding": lambda: funding_rows(inputs.funding, moments, config),
        "ratios": lambda: ratio_rows(inputs, moments, config),
        "open interest": lambda: interest_rows(inputs, moments, config),
        "taker flow": lambda: flow_rows(inputs, moments, config),
        "options": lambda: option_rows(inputs, moments, config),
    }
    found = [attempted(name, part, Columns({})) for name, part in parts.items()]
    unknown = np.full(count, np.nan)
    ranks = {name: unknown for name in RANKED} | {n: r for part in found for n, r in part.ranks.items()}
    signals = {spec.id: unknown for spec in METRICS if spec.group is not None}
    signals |= {name: column for part in found for name, column in part.signals.items()}
    values, crowd = Measured(count), crowd_of(ranks, config)
    for part in found:
        values.update(part.values)
    values["positioning_rank"] = crowd.rank
    found_map = attempted("liquidation map", lambda: estimated_map(inputs, moments, config), None)
    values.part("liquidations", lambda: _liquidations(inputs, found_map, count, config))
    return SentimentValues(values.complete(METRICS), signals, crowd, found_map)


def _liquidations(
    inputs: SentimentInputs, found: LiquidationMap | None, count: int, config: DerivSentimentConfig
) -> dict[str, Floats]:
    price = float(inputs.bars.close[-1]) if inputs.price is None else inputs.price
    now = map_values(found, price, config) | seen_values(inputs.liquidations.seen, inputs.as_of)
    named = (spec.id for spec in METRICS if spec.family in (MAP, SEEN))
    return {name: last_alone(now.get(name), count) for name in named}
