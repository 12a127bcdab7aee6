"""Module I's inputs: five coins on seeded walks with a common part, one of them young, whole and with parts gone."""

from dataclasses import replace

import numpy as np

from analysis.allocate.inputs import AllocateInputs
from analysis.allocate.metrics import AllocateSection
from analysis.features.stress import EVENTS, CrashPath
from analysis.framework.question import stamp
from analysis.framework.reasons import Reason
from analysis.sources.best_quotes import BestQuote
from analysis.sources.degrading import reasons_of
from analysis.sources.lots import Lot
from analysis.sources.supply import SupplyRows
from config.c_portalloc import PortfolioAllocConfig
from tests.modules.inputs import spoiled
from tests.support.recorded import bars_of
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY

DAYS = 620
FIRST = 1_640_995_200_000  # 2022-01-01T00:00Z
COINS = {"ADAUSDT": 1.3, "BTCUSDT": 1.0, "ETHUSDT": 1.2, "SOLUSDT": 1.8, "YOUNGUSDT": 1.5}
YOUNG_DAYS = 330
SUPPLY = {"ADAUSDT": 3.5e10, "BTCUSDT": 2e7, "ETHUSDT": 1.2e8, "SOLUSDT": 4e8, "YOUNGUSDT": 1e9}
DOWN = Reason("source_down", {"source": "binance.spot.klines"})
HOURS = 48


def config() -> PortfolioAllocConfig:
    """Half a year compared, few draws; everything else as shipped."""
    return AllocateSection(
        fit_bars=180, min_bars=90, walk_bars=200, evidence_bars=365, spa_draws=100, null_draws=20
    )


def coin_bars(symbol: str, days: int = DAYS) -> Bars:
    """Daily bars of one coin: its share of the common walk and a walk of its own."""
    place = list(COINS).index(symbol)
    common, own = np.random.default_rng(5), np.random.default_rng(50 + place)
    steps = 0.03 * COINS[symbol] * common.standard_t(4, DAYS) / 1.4 + 0.02 * own.standard_normal(DAYS)
    close = 100 * (place + 1) * np.exp(np.cumsum(steps))
    opened = np.concatenate([close[:1], close[:-1]])
    wick = 1 + 0.01 * np.abs(own.standard_normal((2, DAYS)))
    columns = {
        "open": opened,
        "high": np.maximum(opened, close) * wick[0],
        "low": np.minimum(opened, close) / wick[1],
        "close": close,
        "volume": np.exp(own.standard_normal(DAYS)),
    }
    kept = slice(DAYS - days, None)
    columns = {name: column[kept] for name, column in columns.items()}
    times = FIRST + DAY * np.arange(DAYS, dtype=np.int64)[kept]
    return bars_of(times, columns, columns["volume"] * columns["close"] * 1e5, symbol, "1d")


def whole() -> AllocateInputs:
    """Every source, for a past moment."""
    members = tuple(coin_bars(symbol, YOUNG_DAYS if symbol.startswith("YOUNG") else DAYS) for symbol in COINS)
    bars = members[0]
    return AllocateInputs(
        bars=bars,
        as_of=bars.as_of,
        price=float(bars.close[-1]),
        price_time=bars.as_of,
        stamps=tuple(stamp(one) for one in members),
        members=members,
        market=members[1],
        leaders=members[1:3],
        supplies={symbol: supply_of(bars, supply) for symbol, supply in SUPPLY.items()},
        lots={symbol: Lot(0.001, 5.0) for symbol in COINS},
        quotes={one.symbol: BestQuote(0.999 * one.close[-1], 1.001 * one.close[-1]) for one in members},
        crash_paths={
            event.id: {symbol: crash(place) for place, symbol in enumerate(COINS)} for event in EVENTS
        },
        by_beta=("YOUNGUSDT",),
    )


def supply_of(bars: Bars, supply: float) -> SupplyRows:
    """Thirty daily rows of a supply that grows."""
    known = bars.close_time[-30:] + 1
    return SupplyRows(known, supply * (1 + 1e-4 * np.arange(len(known), dtype=np.float64)))


def crash(place: int) -> CrashPath:
    """A fall of a third and more, deeper with the place."""
    hours = FIRST + 3_600_000 * np.arange(HOURS, dtype=np.int64)
    low = -np.linspace(0.0, 0.3 + 0.05 * place, HOURS)
    return CrashPath(hours, low, low + 0.02)


def bare() -> AllocateInputs:
    """The coins' bars alone."""
    missing = reasons_of(
        market=DOWN, leaders=DOWN, supply=DOWN, lots=DOWN, quotes=DOWN, **{event.id: DOWN for event in EVENTS}
    )
    return replace(
        whole(),
        missing=missing,
        market=None,
        leaders=(),
        supplies={},
        lots={},
        quotes={},
        crash_paths={event.id: {} for event in EVENTS},
        by_beta=(),
    )


def short(n: int) -> AllocateInputs:
    """The first ``n`` bars."""
    return cut(whole(), n)


def cut(inputs: AllocateInputs, rows: int) -> AllocateInputs:
    """What was known at the close of row ``rows`` - 1."""
    moment = int(inputs.bars.close_time[rows - 1]) + 1
    members = tuple(bars.closed(moment) for bars in inputs.members)
    members = tuple(bars for bars in members if len(bars))
    market = inputs.market
    return replace(
        inputs,
        bars=members[0],
        as_of=members[0].as_of,
        price=float(members[0].close[-1]),
        price_time=members[0].as_of,
        stamps=tuple(stamp(bars) for bars in members),
        members=members,
        market=None if market is None else market.closed(moment),
        leaders=tuple(one for bars in inputs.leaders if len(one := bars.closed(moment))),
        supplies={symbol: known_supply(one, moment) for symbol, one in inputs.supplies.items()},
    )


def known_supply(rows: SupplyRows, moment: int) -> SupplyRows:
    """The rows known at a moment."""
    known = rows.known_at <= moment
    return SupplyRows(rows.known_at[known], rows.supply[known])


def garbage(inputs: AllocateInputs, rows: int) -> AllocateInputs:
    """The same with wild numbers from row ``rows`` on, in every coin and every supply."""
    moment = int(inputs.bars.close_time[rows - 1]) + 1

    def later(bars: Bars) -> Bars:
        return spoiled(bars, int((bars.close_time < moment).sum()))

    supplies = {
        symbol: replace(one, supply=np.where(one.known_at <= moment, one.supply, 7.0))
        for symbol, one in inputs.supplies.items()
    }
    members = tuple(later(bars) for bars in inputs.members)
    market = None if inputs.market is None else later(inputs.market)
    leaders = tuple(later(bars) for bars in inputs.leaders)
    return replace(
        inputs, bars=members[0], members=members, market=market, leaders=leaders, supplies=supplies
    )
