"""What modules F and C say of recorded daily facts and of settled funding alone: the inputs of score 4 with a past.

The facts are those of one table as it stands today, not as it stood then; each day is taken as known a day after its
end, which no revision can undo. They follow bitcoin, and so does the recorded funding.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from analysis.arrays import Floats
from analysis.framework.question import Scope, SourceStamp
from analysis.framework.scoring import configured_weights
from analysis.macro.inputs import BITCOIN, MacroInputs
from analysis.macro.metrics import BACKDROP, MacroSection
from analysis.macro.trace import trace as macro_trace
from analysis.sentiment.crowding import crowd_of, crowding_rows
from analysis.sentiment.funding_rows import funding_rows
from analysis.sentiment.inputs import Funding
from analysis.sentiment.metrics import METRICS, SentimentSection
from analysis.sources.funding import SettledFunding
from composite.declared_scalars import walked_column
from scripts.evaluation.markets import RecordedMarket, scalar_column
from utils.binance_api.bars import Bars
from utils.onchain_api.facts import BALANCES, ETF, SOPR, VALUATION
from utils.providers import ProviderSeries, TopicSeries
from utils.units import DAY_MS, HOUR_MS

CHAIN: Final = "onchain/btc_onchain_daily.csv.gz"
FUNDING: Final = "funding/BTCUSDT-funding_2019-09-10_2024-12-31.csv.gz"
LAG: Final = 2 * DAY_MS
"""From a day's start to the moment its facts are taken as known: its end and a day more."""
COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    VALUATION: {"mvrv": "mvrv"},
    SOPR: {"sopr": "sopr"},
    BALANCES: {"balance_native": "exchange_reserves"},
    ETF: {"flow_usd": "etf_flows_usd"},
}
"""Facts by topic, and the recorded columns they are read from; market capitalisation is made of two."""


def recorded_topics(file: Path) -> dict[str, TopicSeries]:
    """Return the recorded facts of bitcoin by topic."""
    table = pd.read_csv(file, parse_dates=["date"])
    day = table["date"].to_numpy("datetime64[ms]").astype(np.int64)
    capital = (table["mvrv"] * table["realized_marketcap"]).to_numpy(np.float64)
    found = {
        topic: {fact: series_of(day, table[column].to_numpy(np.float64)) for fact, column in facts.items()}
        for topic, facts in COLUMNS.items()
    }
    found[VALUATION]["market_cap_usd"] = series_of(day, capital)
    return {topic: TopicSeries("recorded", facts) for topic, facts in found.items()}


def series_of(day: np.typing.NDArray[np.int64], values: Floats) -> ProviderSeries:
    """Return the known values of days (their start, UTC ms)."""
    known = np.isfinite(values)
    return ProviderSeries(day[known], day[known] + LAG, values[known].copy(), "recorded", 0)


def backdrop_of(bars: Bars, topics: Mapping[str, TopicSeries]) -> tuple[Floats, Floats]:
    """Return module F's backdrop at every close of daily bars (n), and its standard error."""
    inputs = MacroInputs(
        bars=bars,
        as_of=bars.as_of,
        price=None,
        asset=BITCOIN,
        market_wide=False,
        coin_bars=bars,
        topics=topics,
    )
    found = macro_trace(inputs, {}, MacroSection(), Scope(len(bars)))
    return found.scalars[BACKDROP], found.scalar_se[BACKDROP]


def recorded_funding(file: Path) -> SettledFunding:
    """Return the recorded settlements, each at its full hour."""
    table = pd.read_csv(file)
    time = np.rint(table["funding_time"].to_numpy(np.float64) / HOUR_MS).astype(np.int64) * HOUR_MS
    rate = table["funding_rate"].to_numpy(np.float64).copy()
    return SettledFunding(time, rate, SourceStamp("recorded", int(time[-1]), 0, len(time)))


def funding_scalars(bars: Bars, settled: SettledFunding) -> dict[str, Floats]:
    """Return what module C says by funding alone at every close (n); floors are those of funding alone."""
    config = SentimentSection()
    found = funding_rows(Funding(settled, None, None), bars.close_time + 1, config)
    unknown = np.full(len(bars), np.nan)
    signals = {spec.id: found.signals.get(spec.id, unknown) for spec in METRICS if spec.group is not None}
    crowd = crowd_of(found.ranks, config)
    return {
        "sentiment.tilt": configured_weights(METRICS, config).blend(signals).direction,
        "sentiment.crowding": crowding_rows(crowd, config).score,
        "sentiment.surprise": crowd.surprise,
    }


def with_funding(market: RecordedMarket, settled: SettledFunding, asked: str) -> RecordedMarket:
    """Return a market with module C by funding alone; ``asked`` is the interval that the score asks it on."""
    columns = {
        name: walked_column(name, asked, values)
        for name, values in funding_scalars(market.bars, settled).items()
    }
    panel = replace(market.panel, columns={**market.panel.columns, **columns})
    return replace(market, panel=panel, labels={**market.labels, "sentiment": "C-funding"})


def with_backdrop(market: RecordedMarket, topics: Mapping[str, TopicSeries]) -> RecordedMarket:
    """Return a market of daily bars with module F."""
    values, se = backdrop_of(market.bars, topics)
    column = scalar_column(BACKDROP, values, market.bars, se)
    return replace(market, panel=replace(market.panel, columns={**market.panel.columns, BACKDROP: column}))
