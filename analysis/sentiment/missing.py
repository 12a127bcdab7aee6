"""Why a value of module C is missing where its declaration alone does not tell."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.framework.look_back import day_bars
from analysis.framework.metric import MetricSpec
from analysis.framework.missing import CONSTANT, FEW_PAST, Family, Rules, Situation, too_few
from analysis.framework.reasons import Reason
from analysis.sentiment.funding_metrics import LIVE, SETTLED
from analysis.sentiment.inputs import STATISTIC_WORDS as WORDS
from analysis.sentiment.inputs import SentimentInputs
from analysis.sentiment.liquidation_metrics import MAP, SEEN
from analysis.sentiment.metrics import BAR_FLOW, CROWD, HOURLY, METRICS, SPOT_FLOW, HourlyMetric
from analysis.sentiment.option_missing import FAMILIES

SentimentSituation = Situation[SentimentInputs, None]


def signal_reasons(
    signals: Mapping[str, Floats], situation: SentimentSituation, reasons: Mapping[str, Reason]
) -> dict[str, Reason]:
    """Return why a signal is missing whose value is known: its past is too short for a scale."""
    silent = [spec for spec in METRICS if spec.id in signals and np.isnan(signals[spec.id][-1])]
    return {spec.id: reasons.get(spec.id) or _no_scale(spec, situation) for spec in silent}


def _no_scale(spec: MetricSpec, situation: SentimentSituation) -> Reason:
    config = situation.config
    if spec.family == BAR_FLOW:
        has = int(np.isfinite(situation.values[spec.id]).sum())
        return too_few(config.scale_min_bars + 1, has, FEW_PAST) or CONSTANT
    if isinstance(spec, HourlyMetric):
        return too_few(_past(spec, situation, with_scale=True), _hours(spec, situation), FEW_PAST) or CONSTANT
    return CONSTANT


def _past(spec: HourlyMetric, situation: SentimentSituation, *, with_scale: bool = False) -> int:
    """Return how many hourly values a value needs, its own included, or its signal."""
    keys = [key for key in (spec.past, spec.scale if with_scale else "") if key]
    return 1 + sum(int(getattr(situation.config, key)) for key in keys)


def _hours(spec: MetricSpec, situation: SentimentSituation) -> int:
    """Return how many hourly values there are, of the statistic that has fewest."""
    positions = situation.inputs.positions
    read = (getattr(positions, name) for name in spec.needs if name in WORDS)
    return min((len(one) for one in read if one is not None), default=0)


def _hourly(spec: MetricSpec, situation: SentimentSituation) -> Reason:
    words = next(WORDS[name] for name in spec.needs if name in WORDS)
    past = _past(spec, situation) if isinstance(spec, HourlyMetric) else 1
    return too_few(past, _hours(spec, situation), FEW_PAST) or Reason("no_data", {"what": words})


def _settled(spec: MetricSpec, situation: SentimentSituation) -> Reason:
    del spec
    if np.isnan(situation.values["funding_rate"][-1]):
        return Reason("no_data", {"what": "settled funding"})
    settled = situation.inputs.funding.settled
    has = 0 if settled is None else int((settled.time <= situation.inputs.as_of).sum())
    return too_few(situation.config.funding_min + 1, has, FEW_PAST) or CONSTANT


def _bar_flow(spec: MetricSpec, situation: SentimentSituation) -> Reason:
    bars = situation.inputs.bars
    if not bars.taker_base.any():
        return Reason("no_data", {"what": "taker volume"})
    day = day_bars(bars.interval)
    has = int(np.isfinite(situation.values["volume_imbalance"]).sum())
    if spec.group is not None and has:
        return too_few(situation.config.scale_min_bars + 1, has, FEW_PAST) or CONSTANT
    return too_few(day, len(bars)) or Reason("no_volume")


def _spot_flow(spec: MetricSpec, situation: SentimentSituation) -> Reason:
    del spec
    bars = situation.inputs.bars
    return too_few(day_bars(bars.interval), len(bars)) or Reason(
        "no_data", {"what": "bar of the other market"}
    )


def _live(spec: MetricSpec, situation: SentimentSituation) -> Reason:
    del spec, situation
    return Reason("no_data", {"what": "live figure"})


def _crowd(spec: MetricSpec, situation: SentimentSituation) -> Reason:
    """No position has a rank: the ratios have most values where there are any."""
    del spec
    positions, settled = situation.inputs.positions, situation.inputs.funding.settled
    read = (positions.global_accounts, positions.top_accounts, positions.top_positions)
    absent = situation.inputs.missing.get("funding")
    if absent is not None and not any(one is not None for one in read):
        return absent
    has = max((len(one) for one in read if one is not None), default=0)
    has = max(has - situation.config.residual_min_hours, 0 if settled is None else len(settled.time), 0)
    return too_few(situation.config.rank_min + 1, has, FEW_PAST) or Reason("no_data", {"what": "positioning"})


def _map(spec: MetricSpec, situation: SentimentSituation) -> Reason:
    del spec
    history = situation.inputs.positions.open_interest
    few = too_few(2, 0 if history is None else len(history), FEW_PAST)
    return few or Reason("no_data", {"what": "estimated liquidation nearby"})


def _seen(spec: MetricSpec, situation: SentimentSituation) -> Reason:
    del spec, situation
    return Reason("no_data", {"what": "liquidation seen in a day"})


RULES: Final = Rules(
    {
        HOURLY: Family(why=_hourly),
        SETTLED: Family(why=_settled),
        BAR_FLOW: Family(why=_bar_flow),
        SPOT_FLOW: Family(why=_spot_flow),
        LIVE: Family(why=_live),
        MAP: Family(why=_map),
        SEEN: Family(why=_seen),
        CROWD: Family(why=_crowd),
        **FAMILIES,
    }
)
