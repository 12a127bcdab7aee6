"""Module C's inputs on a seeded walk, whole and with parts taken away, for a configuration small enough for tests."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from analysis.arrays import Floats, Times
from analysis.framework.question import SourceStamp, stamp
from analysis.framework.reasons import Reason
from analysis.sentiment.inputs import APPROXIMATE, Funding, LiquidationInputs, Positions, SentimentInputs
from analysis.sentiment.metrics import SentimentSection
from analysis.sources.funding import SettledFunding
from analysis.sources.option_surface import OptionSurface
from analysis.sources.running_funding import RunningFunding
from analysis.sources.seen_liquidations import SeenLiquidations
from config.c_deriv import DerivSentimentConfig
from tests.modules.inputs import spoiled
from tests.support.made_options import made_chain
from tests.support.recorded import bars_of, walk_bars
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import HOUR
from utils.binance_api.positioning.rows import OpenInterestHistory, RatioHistory, Statistic, TakerHistory
from utils.providers import ProviderSeries

StatisticT = TypeVar("StatisticT", bound=Statistic)

ROWS = 900
SMILES = {
    1.5: (0.5, -0.3, 0.4),
    5.0: (0.51, -0.28, 0.4),
    8.0: (0.52, -0.25, 0.4),
    29.0: (0.55, -0.2, 0.4),
    60.0: (0.57, -0.15, 0.3),
    120.0: (0.6, -0.1, 0.3),
}
NO_PERPETUAL = Reason("no_perpetual", {"symbol": "BTCUSDT"})
STAMP = SourceStamp("made.statistics", 0, 0)
ABSENT = (
    *("counterpart", "half_hours", "funding", "funding_hours", "running", "open_interest"),
    *("open_interest_now", "supply", "global_accounts", "top_accounts", "top_positions", "taker"),
    *("mark", "brackets", "liquidations"),
    *("options", "dvol"),
)


def config() -> DerivSentimentConfig:
    """Short look-backs."""
    return SentimentSection(
        position_hours=250,
        position_min_hours=50,
        residual_hours=120,
        residual_min_hours=60,
        rank_min=60,
        skew_min_hours=48,
        scale_bars=100,
        scale_min_bars=30,
    )


def taken(bars: Bars, seed: int) -> Bars:
    """The bars with taker volumes."""
    share = 0.5 + 0.08 * np.random.default_rng(seed).standard_normal(len(bars))
    share = np.clip(share, 0.05, 0.95)
    return replace(bars, taker_base=share * bars.volume, taker_quote=share * bars.quote_volume)


PERPETUAL = taken(walk_bars(ROWS, seed=21, sigma=0.006, interval="1h", market="futures"), 31)
SPOT = taken(replace(walk_bars(ROWS, seed=21, sigma=0.006, interval="1h"), volume=PERPETUAL.volume / 4), 32)


def halves_of(bars: Bars) -> Bars:
    """Half-hourly bars that close where the hourly ones do, halfway between them otherwise."""
    opened = np.repeat(bars.open, 2)
    opened[1::2] = (bars.open * bars.close) ** 0.5
    closed = np.append(opened[1:], bars.close[-1])
    columns = {
        "open": opened,
        "close": closed,
        "high": np.maximum(opened, closed),
        "low": np.minimum(opened, closed),
        "volume": np.ones(len(opened)),
    }
    times = bars.open_time[0] + HOUR // 2 * np.arange(2 * len(bars), dtype=np.int64)
    return bars_of(times, columns, opened, interval="30m", market="futures")


def stamps_of(bars: Bars) -> Times:
    """Hours of statistics: those of the bars, without some in which nothing was traded."""
    every: Times = bars.close_time + 1
    traded: Times = every[np.arange(len(every)) % 97 != 13]
    return traded


def walk_of(stamps: Times, seed: int, step: float) -> Floats:
    """A slow walk that returns to 0."""
    noise = step * np.random.default_rng(seed).standard_normal(len(stamps))
    path = np.zeros(len(stamps))
    for row in range(1, len(stamps)):
        path[row] = 0.98 * path[row - 1] + noise[row]
    return path


def ratio_of(bars: Bars, seed: int) -> RatioHistory:
    stamps = stamps_of(bars)
    ratio = np.exp(0.4 + walk_of(stamps, seed, 0.05))
    return RatioHistory(bars.symbol, "1h", stamps, stamps, ratio, ratio / (1 + ratio), 1 / (1 + ratio))


def funding_of(bars: Bars) -> SettledFunding:
    """Settlements every eight hours from 120 days before the first bar, half of them at the baseline."""
    first = int(bars.open_time[0]) - 2880 * HOUR
    times = np.arange(first, int(bars.close_time[-1]), 8 * HOUR, dtype=np.int64) + 4
    generator = np.random.default_rng(41)
    moved = np.where(generator.random(len(times)) < 0.5, 0.0, 5e-5 * walk_of(times, 42, 0.5))
    return SettledFunding(times, np.round(1e-4 + moved, 8), STAMP)


def positions_of(bars: Bars) -> Positions:
    stamps = stamps_of(bars)
    held = 1e5 * np.exp(walk_of(stamps, 51, 0.01))
    starts = stamps - HOUR
    buy, sell = np.exp(walk_of(stamps, 52, 0.1)), np.exp(walk_of(stamps, 53, 0.1))
    return Positions(
        open_interest=OpenInterestHistory(
            bars.symbol, "1h", stamps, stamps, held, held * 100, np.full(len(stamps), 2e6)
        ),
        open_interest_now=1.01e5,
        supply=2e6,
        global_accounts=ratio_of(bars, 61),
        top_accounts=ratio_of(bars, 62),
        top_positions=ratio_of(bars, 63),
        taker=TakerHistory(bars.symbol, "1h", starts, stamps, buy / sell, buy, sell),
    )


def seen_of(bars: Bars) -> SeenLiquidations:
    """Forced orders of the last ten days, one in eight hours, received two seconds later."""
    rows = np.arange(len(bars) - 240, len(bars), 8)
    times = bars.open_time[rows] + 1_234_567
    price = (bars.low[rows] + bars.high[rows]) / 2
    return SeenLiquidations(
        times, times + 2000, rows % 16 == 0, price, 1e4 * price, int(bars.open_time[rows[0]]), 0.97
    )


def whole() -> SentimentInputs:
    """Every source, hourly bars."""
    as_of = PERPETUAL.as_of
    return SentimentInputs(
        bars=PERPETUAL,
        as_of=as_of,
        price=None,
        stamps=(stamp(PERPETUAL), stamp(SPOT)),
        counterpart=SPOT,
        counterpart_scale=1.0,
        half_hours=halves_of(PERPETUAL),
        funding=Funding(funding_of(PERPETUAL), 8, RunningFunding(1.3e-4, as_of)),
        positions=positions_of(PERPETUAL),
        liquidations=LiquidationInputs(
            mark=halves_of(PERPETUAL),
            brackets=APPROXIMATE,
            approximate=True,
            seen=seen_of(PERPETUAL),
        ),
        options=options_of(PERPETUAL),
        dvol=index_of(PERPETUAL),
    )


def options_of(bars: Bars) -> OptionSurface:
    """A chain of now, and its skew recorded every quarter of an hour."""
    now = bars.as_of
    known = int(bars.open_time[0]) + HOUR // 4 * np.arange(4 * len(bars), dtype=np.int64) + 20_000
    chain = made_chain(now, float(bars.close[-1]), SMILES)
    return OptionSurface("Deribit", known, -3 + walk_of(known, 71, 0.2), chain, now, None)


def index_of(bars: Bars) -> ProviderSeries:
    """The volatility index by the hour."""
    level = 50 * np.exp(walk_of(bars.open_time, 72, 0.02))
    return ProviderSeries(bars.open_time, bars.open_time + HOUR, level, "made.index", 0)


def bare() -> SentimentInputs:
    """Bars of spot alone, as for a coin without a perpetual."""
    return replace(
        whole(),
        bars=SPOT,
        stamps=(stamp(SPOT),),
        missing=dict.fromkeys(ABSENT, NO_PERPETUAL),
        counterpart=None,
        half_hours=None,
        funding=Funding(None, None, None),
        positions=Positions(None, None, None, None, None, None, None),
        liquidations=LiquidationInputs(),
        options=None,
        dvol=None,
    )


def short(n: int) -> SentimentInputs:
    """The first ``n`` bars with every source as known then."""
    return cut(whole(), n)


def cut(inputs: SentimentInputs, rows: int) -> SentimentInputs:
    """What was known at the close of row ``rows`` - 1."""
    moment = int(inputs.bars.close_time[rows - 1]) + 1
    settled, parts = inputs.funding.settled, inputs.liquidations
    bars = inputs.bars.closed(moment)
    return replace(
        inputs,
        bars=bars,
        as_of=moment,
        stamps=(stamp(bars),),
        counterpart=None if inputs.counterpart is None else inputs.counterpart.closed(moment),
        half_hours=None if inputs.half_hours is None else inputs.half_hours.closed(moment),
        funding=replace(inputs.funding, settled=None if settled is None else _settled_by(settled, moment)),
        positions=_each(inputs.positions, lambda one: one.known(moment)),
        liquidations=replace(
            parts,
            mark=None if parts.mark is None else parts.mark.closed(moment),
            seen=None if parts.seen is None else _seen_by(parts.seen, moment),
        ),
        options=None if inputs.options is None else _surface_by(inputs.options, moment),
        dvol=None if inputs.dvol is None else _index_by(inputs.dvol, moment),
    )


def garbage(inputs: SentimentInputs, rows: int) -> SentimentInputs:
    """The same with wild numbers in everything that became known after row ``rows`` - 1."""
    moment = int(inputs.bars.close_time[rows - 1]) + 1
    settled, halves, spot = inputs.funding.settled, inputs.half_hours, inputs.counterpart
    parts = inputs.liquidations
    if settled is not None:
        settled = replace(settled, rate=np.where(settled.time > moment, 0.5, settled.rate))
    bars = replace(inputs, bars=spoiled(inputs.bars, rows)).bars
    return replace(
        inputs,
        bars=replace(bars, taker_base=_wild(bars.taker_base, bars.close_time >= moment)),
        counterpart=None if spot is None else spoiled(spot, rows),
        half_hours=None if halves is None else spoiled(halves, 2 * rows),
        funding=replace(inputs.funding, settled=settled),
        positions=_each(inputs.positions, lambda one: _spoilt(one, moment)),
        liquidations=replace(
            parts,
            mark=None if parts.mark is None else spoiled(parts.mark, 2 * rows),
            seen=None if parts.seen is None else _seen_wrong(parts.seen, moment),
        ),
        options=None if inputs.options is None else _wild_surface(inputs.options, moment),
        dvol=None if inputs.dvol is None else _wild_index(inputs.dvol, moment),
    )


def _surface_by(surface: OptionSurface, moment: int) -> OptionSurface:
    """What was recorded by a moment; the chain of now is unknown then."""
    known = surface.known_at <= moment
    return replace(
        surface,
        known_at=surface.known_at[known],
        reversal=surface.reversal[known],
        chain=surface.chain if surface.as_of <= moment else None,
        as_of=moment,
    )


def _index_by(index: ProviderSeries, moment: int) -> ProviderSeries:
    known = index.known_at <= moment
    return ProviderSeries(
        index.time[known], index.known_at[known], index.value[known], index.source, index.fetched_at
    )


def _wild_surface(surface: OptionSurface, moment: int) -> OptionSurface:
    return replace(surface, reversal=_wild(surface.reversal, surface.known_at > moment))


def _wild_index(index: ProviderSeries, moment: int) -> ProviderSeries:
    return replace(index, value=_wild(index.value, index.known_at > moment))


def _settled_by(settled: SettledFunding, moment: int) -> SettledFunding:
    known = settled.time <= moment
    return SettledFunding(settled.time[known], settled.rate[known], settled.stamp)


def _seen_by(seen: SeenLiquidations, moment: int) -> SeenLiquidations:
    known = seen.known_at <= moment
    names = ("time", "known_at", "closes_long", "price", "notional")
    columns: dict[str, Any] = {name: getattr(seen, name)[known] for name in names}
    return replace(seen, **columns)


def _seen_wrong(seen: SeenLiquidations, moment: int) -> SeenLiquidations:
    return replace(seen, notional=_wild(seen.notional, seen.known_at > moment))


def _each(positions: Positions, change: Callable[[Any], Any]) -> Positions:
    """The statistics changed, each by itself."""
    found = {field.name: getattr(positions, field.name) for field in fields(Positions)}
    statistics = {name: one for name, one in found.items() if isinstance(one, Statistic)}
    return replace(positions, **{name: change(one) for name, one in statistics.items()})


def _spoilt(statistic: StatisticT, moment: int) -> StatisticT:
    """Wild numbers in every column of what became known after a moment."""
    later = statistic.known_at > moment
    columns = {field.name: getattr(statistic, field.name) for field in fields(statistic)}
    numbers: dict[str, Any] = {
        name: _wild(column, later)
        for name, column in columns.items()
        if isinstance(column, np.ndarray) and column.dtype == np.float64
    }
    return replace(statistic, **numbers)


def _wild(column: Floats, rows: np.typing.NDArray[np.bool_]) -> Floats:
    noise = 1e5 * np.exp(np.random.default_rng(98).standard_normal(len(column)))
    return np.where(rows, noise, column)
