"""What the last row of module F means: contributions, providers with their dates, missing keys, and what is drawn."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from analysis.arrays import Floats
from analysis.features.alignment import at_same_time
from analysis.features.valuation import past_quantile
from analysis.framework.answer import linear_contributions
from analysis.framework.bar_rules import moment_text
from analysis.framework.direction import direction_of
from analysis.framework.module import Trace, Words
from analysis.framework.question import SourceStamp
from analysis.framework.reasons import Message
from analysis.framework.scoring import configured_weights
from analysis.macro.daily import Daily, placed
from analysis.macro.inputs import MacroInputs, is_known, key_notes, newest_day, topic_stamp
from analysis.macro.metrics import BACKDROP, METRICS
from analysis.macro.trace import MacroDetail, moments_of, ranks_now
from config.c_onchain import OnChainConfig
from utils.binance_api.intervals import DAY
from utils.onchain_api.facts import ETF, VALUATION

VERDICTS: Final[Mapping[str, str]] = {
    "up": "supportive",
    "down": "adverse",
    "neutral": "neutral",
    "between_neutral_up": "between_supportive",
    "between_neutral_down": "between_adverse",
}


def words(
    trace: Trace[MacroDetail], inputs: MacroInputs, fits: Mapping[int, None], config: OnChainConfig
) -> Words:
    """Return the contributions of the last row, whose facts these are, and the drawn columns."""
    del fits
    weights = configured_weights(METRICS, config)
    daily = trace.detail.daily
    scored = [spec for spec in METRICS if spec.group is not None]
    return Words(
        weights=weights.by_metric(),
        group_weights=weights.group_weights,
        contributions=linear_contributions(trace, weights, scale=0.5),
        notes=(*_scope_notes(inputs), *_age_notes(trace), *key_notes(inputs), *_provider_notes(inputs)),
        verdict=_verdict(trace),
        series={"score": trace.score, **_etf_bars(inputs, daily[ETF]), **_bands(inputs, daily, config)},
        curves={
            "fact_rank": ranks_now(daily, trace.values),
            "fact_signal": np.array([trace.signals[spec.id][-1] for spec in scored], np.float64),
        },
        published=_published(trace, inputs),
        origins=_origins(inputs),
    )


def _published(trace: Trace[MacroDetail], inputs: MacroInputs) -> dict[str, int]:
    """Return when the newest of the facts that count was published (UTC ms): the next one is due a day later."""
    moment, daily = int(moments_of(inputs)[-1]), trace.detail.daily
    counted = {
        spec.topic for spec in METRICS if spec.group is not None and np.isfinite(trace.signals[spec.id][-1])
    }
    known = [int(times[times <= moment][-1]) for times in (daily[topic].known_at for topic in counted)]
    return {BACKDROP: max(known)} if known else {}


def _verdict(trace: Trace[MacroDetail]) -> Message | None:
    """Return which way the backdrop leans, in words that promise no price."""
    score, error = float(trace.score[-1]), float(trace.uncertainty[-1])
    if not np.isfinite(score):
        return None
    known = error if np.isfinite(error) else None
    return Message(VERDICTS[direction_of(score, known, low=0.0, high=1.0, neutral=0.5)])


def _age_notes(trace: Trace[MacroDetail]) -> tuple[Message, ...]:
    """Return how many values are shown and do not count because they are old."""
    old = [
        name
        for name, reason in trace.reasons.items()
        if reason.code == "stale_value" and name in trace.signals
    ]
    shown = sum(bool(np.isfinite(trace.values[name][-1])) for name in old)
    return (Message("too_old", {"count": shown}),) if shown else ()


def _scope_notes(inputs: MacroInputs) -> tuple[Message, ...]:
    if not inputs.market_wide:
        return ()
    return (Message("market_wide", {"asset": inputs.asset, "symbol": inputs.bars.symbol}),)


def _provider_notes(inputs: MacroInputs) -> tuple[Message, ...]:
    return tuple(
        Message(f"from_{name}", {"provider": topic.title, "day": moment_text(newest_day(topic))})
        for name, topic in inputs.topics.items()
        if is_known(topic)
    )


def _origins(inputs: MacroInputs) -> dict[str, SourceStamp]:
    stamps = {name: topic_stamp(topic) for name, topic in inputs.topics.items() if is_known(topic)}
    return {spec.id: stamps[spec.topic] for spec in METRICS if spec.topic in stamps}


def _etf_bars(inputs: MacroInputs, etf: Daily) -> dict[str, Floats]:
    """Return the flow beside the bar of the day it describes, as far as it was known at the moment asked."""
    known = etf.known_at <= int(moments_of(inputs)[-1])
    return {"etf_flow": at_same_time(inputs.bars.open_time, etf.day[known], etf.values["etf_flow"][known])}


def _bands(inputs: MacroInputs, daily: Mapping[str, Daily], config: OnChainConfig) -> dict[str, Floats]:
    """Return MVRV-Z as it was known at each bar, and the edges beyond which it speaks the other way."""
    valuation, moments = daily[VALUATION], moments_of(inputs)
    z, count = valuation.values["mvrv_z"], config.scale_days
    columns = {
        "mvrv_z": z,
        "mvrv_low": past_quantile(z, config.valuation_band, count),
        "mvrv_middle": past_quantile(z, 0.5, count),
        "mvrv_high": past_quantile(z, 1 - config.valuation_band, count),
    }
    return {
        name: placed(valuation, column, moments, config.shown_age_days * DAY)
        for name, column in columns.items()
    }
