"""Module F's inputs: a seeded walk of daily bars and facts that follow it, whole and with parts taken away."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Times
from analysis.framework.question import stamp
from analysis.framework.reasons import Reason
from analysis.macro.inputs import MacroInputs, is_known, topic_stamp
from analysis.macro.metrics import TOPICS
from tests.modules.inputs import spoiled
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars
from utils.onchain_api.facts import FACTS
from utils.providers import MissingKey, ProviderSeries, TopicSeries

DAY, HOUR = 86_400_000, 3_600_000
Rows = NDArray[np.bool_]
BARS = walk_bars(900, seed=21, drift=0.001, interval="1d")
LAG = -2 * HOUR
"""Facts are known two hours before the close that follows their day's: each bar has those of its own day."""
EARLIER = 700
"""Days of facts before the first bar."""
ABSENT = Reason("source_down", {"source": "onchain"})
SIZES = {
    "supply_usd": 2e11,
    "inflow_native": 3e4,
    "outflow_native": 3e4,
    "inflow_usd": 2e9,
    "outflow_usd": 2e9,
    "balance_native": 2.5e6,
    "whale_ratio": 0.45,
    "market_cap_usd": 1e12,
    "mvrv": 2.0,
    "sopr": 1.01,
}
SIGNED = {"flow_usd": 2e8, "realised_pnl_usd": 4e8}


def whole() -> MacroInputs:
    """Every topic of bitcoin, no key missing."""
    return _of(BARS, _facts(BARS))


def bare() -> MacroInputs:
    """Bars alone, no provider answers."""
    return _of(BARS, {})


def short(n: int) -> MacroInputs:
    """The first ``n`` bars with facts that begin with them."""
    early = cut(whole(), n)
    return replace(
        early, topics={name: _since(topic, BARS.open_time[0]) for name, topic in early.topics.items()}
    )


def cut(inputs: MacroInputs, rows: int) -> MacroInputs:
    """What was known at the close of row ``rows`` - 1."""
    moment = int(inputs.bars.close_time[rows - 1]) + 1
    topics = {name: _until(topic, moment) for name, topic in inputs.topics.items()}
    return _of(inputs.bars.closed(moment), topics, inputs.keys)


def garbage(inputs: MacroInputs, rows: int) -> MacroInputs:
    """The same with wild numbers in what became known later."""
    moment = int(inputs.bars.close_time[rows - 1]) + 1
    bars = spoiled(inputs.bars, rows)
    topics = {name: _spoilt(topic, moment) for name, topic in inputs.topics.items()}
    return replace(inputs, bars=bars, coin_bars=bars, topics=topics)


def _of(bars: Bars, topics: dict[str, TopicSeries], keys: tuple[MissingKey, ...] = ()) -> MacroInputs:
    known = [topic for topic in topics.values() if is_known(topic)]
    return MacroInputs(
        bars=bars,
        as_of=bars.as_of,
        price=None,
        stamps=(stamp(bars), *(topic_stamp(topic) for topic in known)),
        missing={name: ABSENT for name in TOPICS if name not in topics},
        asset="BTC",
        market_wide=False,
        coin_bars=bars,
        topics=topics,
        keys=keys,
    )


def _facts(bars: Bars) -> dict[str, TopicSeries]:
    generator = np.random.default_rng(5)
    first = int(bars.open_time[0]) - EARLIER * DAY
    day = np.arange(first, int(bars.open_time[-1]) + DAY, DAY)

    def fact(name: str) -> Floats:
        noise = generator.standard_normal(len(day))
        if name in SIGNED:
            return SIGNED[name] * noise
        steps = np.cumsum(0.01 * noise) if name not in {"whale_ratio", "sopr"} else 0.05 * noise
        return np.asarray(SIZES[name] * np.exp(np.clip(steps, -1, 1)))

    return {
        topic: TopicSeries("Made", {name: _series(day, fact(name)) for name in FACTS[topic]})
        for topic in TOPICS
    }


def _series(day: Times, value: Floats) -> ProviderSeries:
    return ProviderSeries(day, day + DAY + LAG, value, "made", int(day[-1]) + DAY)


def _until(topic: TopicSeries, moment: int) -> TopicSeries:
    return _chosen(topic, lambda one: one.known_at <= moment)


def _since(topic: TopicSeries, moment: int) -> TopicSeries:
    return _chosen(topic, lambda one: one.time >= moment)


def _chosen(topic: TopicSeries, of: Callable[[ProviderSeries], Rows]) -> TopicSeries:
    return replace(
        topic,
        series={
            name: ProviderSeries(
                one.time[of(one)], one.known_at[of(one)], one.value[of(one)], one.source, one.fetched_at
            )
            for name, one in topic.series.items()
        },
    )


def _spoilt(topic: TopicSeries, moment: int) -> TopicSeries:
    generator = np.random.default_rng(99)
    return replace(
        topic,
        series={
            name: replace(
                one, value=np.where(one.known_at > moment, 1e9 * generator.random(len(one.value)), one.value)
            )
            for name, one in topic.series.items()
        },
    )
