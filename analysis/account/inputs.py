"""Reads the account and the bars of what it holds; whatever fails is a named reason, never an exception."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from analysis.account.holdings import HeldCoin, HeldPosition, coins_of, exposures, positions_of
from analysis.account.paths import CrashMemory
from analysis.account.stress import CrashPaths
from analysis.features.look_backs import SEED_BARS
from analysis.framework.bar_rules import continuous
from analysis.framework.question import Instrument, Sources
from analysis.framework.reasons import Reason
from analysis.sources.bars import DAILY, market_face
from analysis.sources.degrading import known, or_reason, reasons_of
from config.c_account import AccountConfig
from utils.binance_api.account.schemas import FuturesAccount, Position, SpotAccount, SymbolConfig
from utils.binance_api.answers import Answer
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import last_close
from utils.http.errors import Misconfigured, SourceError

REFIT_BARS: Final = 500
"""Bars between two estimates of a volatility model; the window before the last of them is read whole."""
DAILY_ROWS: Final = 1000
"""One page of days: enough for the 500 that a tail needs, and the first ones seed the filter."""
INACTIVE: Final = -4109
"""The exchange's code for a futures account that was never used: nothing is in it."""
NO_FUTURES: Final = FuturesAccount(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

T = TypeVar("T")
Coins = tuple[tuple[HeldCoin, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AccountInputs:
    """Everything an account's risk is computed from, known at ``as_of`` (UTC ms, exchange time).

    ``futures``, ``positions`` and ``coins`` are ``None`` with their reason in ``reasons`` (``futures``, ``positions``,
    ``spot``, ``leverage``). ``unpriced`` names what is held and counted nowhere. ``bars`` (of the interval) and
    ``daily`` hold what could be read for each instrument of ``exposures``.
    """

    as_of: int
    interval: str
    futures: FuturesAccount | None
    positions: tuple[HeldPosition, ...] | None
    coins: tuple[HeldCoin, ...] | None
    unpriced: tuple[str, ...]
    exposures: Mapping[Instrument, float]
    bars: Mapping[Instrument, Bars]
    daily: Mapping[Instrument, Bars]
    crashes: Mapping[str, CrashPaths]
    reasons: Mapping[str, Reason]


async def fetch_account(
    sources: Sources, interval: str, config: AccountConfig, memory: CrashMemory
) -> AccountInputs:
    """Read account, positions, balances, and bars of what is held, as they are now."""
    account = sources.exchange.account
    futures = _value(account.futures(), "the futures account", NO_FUTURES)
    risks = _value(account.positions(), "the positions", [])
    settings = _value(account.symbol_configs(), "the leverage settings", {})
    totals, rows, configs, coins = await asyncio.gather(futures, risks, settings, _coins(sources))
    positions, foreign = _positions(rows, {} if isinstance(configs, Reason) else configs)
    held, unpriced = (None, ()) if isinstance(coins, Reason) else coins
    exposed = exposures(positions or (), held or ())
    simulated = largest(exposed, config)
    bars, daily = await asyncio.gather(
        _bars(sources, simulated, interval, config.tail_window + SEED_BARS + REFIT_BARS + 1),
        _bars(sources, simulated, DAILY, DAILY_ROWS),
    )
    as_of = sources.exchange.market_time_ms()
    return AccountInputs(
        as_of=as_of,
        interval=interval,
        futures=known(totals),
        positions=positions,
        coins=held,
        unpriced=foreign + unpriced,
        exposures=exposed,
        bars=bars,
        daily=daily,
        crashes=await memory.paths(sources, _held(daily), config.beta_days, as_of),
        reasons=reasons_of(futures=totals, positions=rows, leverage=configs, spot=coins),
    )


def largest(exposed: Mapping[Instrument, float], config: AccountConfig) -> tuple[Instrument, ...]:
    """Return the instruments that are simulated: no dust, and no more than so many, the largest first."""
    floor = config.smallest_share * sum(map(abs, exposed.values()))
    ranked = sorted(exposed, key=lambda one: (-abs(exposed[one]), one.market, one.symbol))
    return tuple(one for one in ranked if abs(exposed[one]) >= floor)[: config.most_assets]


def _positions(
    rows: list[Position] | Reason, configs: Mapping[str, SymbolConfig]
) -> tuple[tuple[HeldPosition, ...] | None, tuple[str, ...]]:
    return (None, ()) if isinstance(rows, Reason) else positions_of(rows, configs)


async def _value(asking: Awaitable[Answer[T]], what: str, empty: T | None = None) -> T | Reason:
    """Return the value, ``empty`` for a futures account that was never used, or the reason why it is missing."""
    try:
        return (await asking).value
    except Misconfigured as error:
        if error.code == INACTIVE and empty is not None:
            return empty
        return Reason("key_refused", {"what": what})
    except SourceError as error:
        return Reason("source_down", {"source": error.source})


async def _coins(sources: Sources) -> Coins | Reason:
    answer = await _value(sources.exchange.account.spot(), "the spot balances")
    return answer if isinstance(answer, Reason) else await _priced(sources, answer)


async def _priced(sources: Sources, account: SpotAccount) -> Coins | Reason:
    spot = sources.exchange.spot
    read = await or_reason(asyncio.gather(spot.symbols(), spot.ticker_prices()))
    if isinstance(read, Reason):
        return read
    table, prices = read
    return coins_of(account, table, {symbol: row.price for symbol, row in prices.value.items()})


async def _bars(
    sources: Sources, instruments: tuple[Instrument, ...], interval: str, rows: int
) -> dict[Instrument, Bars]:
    """Return the bars that could be read; what is missing is absent."""
    read = await asyncio.gather(*(_closed(sources, one, interval, rows) for one in instruments))
    return {one: bars for one, bars in zip(instruments, read, strict=True) if bars is not None}


def _held(daily: Mapping[Instrument, Bars]) -> dict[Instrument, Bars]:
    return {one: bars for one, bars in daily.items() if len(bars)}


async def _closed(sources: Sources, instrument: Instrument, interval: str, rows: int) -> Bars | None:
    as_of = last_close(sources.exchange.market_time_ms(), interval)
    face = market_face(sources, instrument)
    bars = known(await or_reason(face.klines(instrument.symbol, interval, rows=rows, as_of=as_of)))
    return None if bars is None else continuous(bars).bars
