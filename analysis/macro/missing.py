"""Why a value or a signal of module F is missing where its declaration alone does not tell."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.framework.bar_rules import moment_text
from analysis.framework.metric import MetricSpec
from analysis.framework.missing import CONSTANT, FEW_PAST, Family, Rules, Situation, too_few
from analysis.framework.reasons import Reason
from analysis.macro.daily import Daily
from analysis.macro.inputs import MacroInputs, is_known, newest_day
from analysis.macro.metrics import FACT, METRICS
from utils.binance_api.intervals import DAY

VALUE_WORD: Final = "value"

MacroSituation = Situation[MacroInputs, None]


def _fact(spec: MetricSpec, situation: MacroSituation) -> Reason | None:
    """Return that no day is known, that the newest one is old, or that too few were before it."""
    topic = situation.inputs.topics.get(spec.needs[0])
    if topic is None or not is_known(topic):
        return Reason("no_data", {"what": VALUE_WORD})
    day = newest_day(topic)
    if situation.inputs.as_of - day > situation.config.shown_age_days * DAY:
        return Reason("stale_value", {"day": moment_text(day)})
    days, needs = max(len(series.time) for series in topic.series.values()), _needed(spec, situation)
    return too_few(needs, days, FEW_PAST) or Reason("no_value_of", {"day": moment_text(day)})


def _needed(spec: MetricSpec, situation: MacroSituation) -> int:
    config = situation.config
    lengths = {
        "mvrv_z": config.valuation_min_days,
        "mvrv_z_rank": config.valuation_min_days + config.scale_days,
        "etf_residual": config.etf_fit_min_days + config.etf_days,
        "balance_30d": config.balance_days + 1,
        "cex_net_7d": config.net_days,
        "sopr_7d": config.realised_days,
        "realised_profit": config.realised_days,
    }
    return int(lengths.get(spec.id, 1))


RULES = Rules({FACT: Family(why=_fact)})


def signal_reasons(
    signals: Mapping[str, Floats],
    situation: MacroSituation,
    daily: Mapping[str, Daily],
    reasons: Mapping[str, Reason],
) -> dict[str, Reason]:
    """Return why a shown value does not count: it is too old, or too few values were before it."""
    found: dict[str, Reason] = {}
    for spec in METRICS:
        if spec.id not in signals or np.isfinite(signals[spec.id][-1]) or spec.id in reasons:
            continue
        known = np.isfinite(daily[spec.topic].values[spec.id])
        if np.isfinite(daily[spec.topic].signals[spec.id][known]).any():
            day = newest_day(situation.inputs.topics[spec.topic])
            found[spec.id] = Reason("stale_value", {"day": moment_text(day)})
        else:
            needs = situation.config.scale_min_days
            found[spec.id] = too_few(needs + 1, int(known.sum()), FEW_PAST) or CONSTANT
    return found
