"""What module I reads: daily bars of every coin and of bitcoin, their supply, lot sizes, and the named crashes."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from analysis.corr.metrics import CorrSection
from analysis.features.stress import EVENTS, CrashPath
from analysis.framework.bar_rules import refit_times
from analysis.framework.module import FitKey
from analysis.framework.question import Instrument, Listing, MarketInputs, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.bars import fetch_bars
from analysis.sources.basket import coins_beside, fetch_basket
from analysis.sources.best_quotes import BestQuote, fetch_best_quotes
from analysis.sources.crashes import REFERENCE, Crashes, fetch_crash_paths, with_beta
from analysis.sources.degrading import known, or_reason, reasons_of
from analysis.sources.lots import Lot, fetch_lots
from analysis.sources.quotes import SpokenPrice, fetch_price
from analysis.sources.supply import SupplyRows, fetch_supplies
from config.c_portalloc import PortfolioAllocConfig
from utils.binance_api.bars import Bars

CASH = "USDT"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AllocateInputs(MarketInputs):
    """``members`` are the daily bars of the coins, ``bars`` the longest of them; ``market`` those of bitcoin.

    ``supplies`` by symbol hold what was known of the coins in circulation and since when; ``lots`` and best ``quotes``
    are by symbol, the latter of now only. ``crash_paths`` by event id
    and symbol, ``by_beta`` the symbols that some event moves by their beta. ``missing`` has ``market``, ``leaders``,
    ``supply``, ``lots``, ``quotes`` and each event that a coin has no path of.
    """

    members: tuple[Bars, ...]
    market: Bars | None
    leaders: tuple[Bars, ...]
    supplies: Mapping[str, SupplyRows]
    lots: Mapping[str, Lot]
    quotes: Mapping[str, BestQuote]
    crash_paths: Mapping[str, Mapping[str, CrashPath]]
    by_beta: tuple[str, ...]


def history(config: PortfolioAllocConfig, interval: str) -> int:
    """Return how many daily bars one reading needs: the compared past and the window before its first allocation."""
    del interval
    return config.walk_bars + config.fit_bars + 1


async def fetch(
    sources: Sources, listing: Listing, request: Request, config: PortfolioAllocConfig
) -> AllocateInputs:
    """Read every coin at once; one that cannot be read is left out, only all of them together fail."""
    rows = request.scope.rows or history(config, request.interval)
    as_of = sources.moment(request)
    members = (listing.instrument,) if request.basket is None else request.basket.members
    basket, market, leaders, price = await asyncio.gather(
        fetch_basket(sources, request, members, rows),
        or_reason(fetch_bars(sources, request, REFERENCE, rows)),
        or_reason(_leaders(sources, listing, request, rows)),
        _price(sources, listing, request),
    )
    read = basket.bars or basket.unusable  # where none can be used, the answer says so of what was read
    kept = kept_members(read, members)
    supplies, lots, quotes, crashes = await asyncio.gather(
        or_reason(fetch_supplies(sources, request, kept)),
        or_reason(fetch_lots(sources, kept)),
        or_reason(fetch_best_quotes(sources, request, kept)),
        _crashes(sources, kept, read, config, as_of),
    )
    bars = longest(read)
    paths, absent = paths_by_event(crashes)
    return AllocateInputs(
        bars=bars,
        as_of=as_of,
        price=price.price,
        price_time=price.time,
        changes=price.changes,
        scope=request.scope,
        notes=basket.notes,
        stamps=(*basket.stamps, *(() if isinstance(quotes, Reason) else quotes.stamps)),
        missing={
            **reasons_of(market=market, leaders=leaders, supply=supplies, lots=lots, quotes=quotes),
            **absent,
        },
        members=read,
        market=None if isinstance(market, Reason) else market.bars,
        leaders=known(leaders) or (),
        supplies=known(supplies) or {},
        lots=known(lots) or {},
        quotes={} if isinstance(quotes, Reason) else quotes.quotes,
        crash_paths=paths,
        by_beta=tuple(sorted(symbol for symbol, one in crashes.items() if one.by_beta)),
    )


async def _price(sources: Sources, listing: Listing, request: Request) -> SpokenPrice:
    """Return the price of the asked coin; a basket has none, so that nothing is said of its age."""
    if request.basket is None:
        return await fetch_price(sources, request, listing)
    return SpokenPrice(None, sources.moment(request))


async def _leaders(
    sources: Sources, listing: Listing, request: Request, rows: int
) -> tuple[Bars, ...] | Reason:
    """Read the coins that module E takes for leaders, in its order; those that cannot be used are left out."""
    found = await coins_beside(sources, listing, CorrSection().leaders)
    read = (await fetch_basket(sources, request, found, rows)).bars if found else ()
    return read or Reason("nothing_beside")


def kept_members(read: tuple[Bars, ...], members: tuple[Instrument, ...]) -> tuple[Instrument, ...]:
    """Return the instruments that have bars."""
    symbols = {(bars.market, bars.symbol) for bars in read}
    return tuple(member for member in members if (member.market, member.symbol) in symbols)


def longest(members: tuple[Bars, ...]) -> Bars:
    """Return the bars of the coin with the most of them, the first of equals."""
    return max(members, key=len)


async def _crashes(
    sources: Sources,
    members: tuple[Instrument, ...],
    bars: tuple[Bars, ...],
    config: PortfolioAllocConfig,
    as_of: int,
) -> dict[str, Crashes]:
    read = await asyncio.gather(
        *(_crash(sources, member, own, config, as_of) for member, own in zip(members, bars, strict=True))
    )
    return {own.symbol: one for own, one in zip(bars, read, strict=True)}


async def _crash(
    sources: Sources, member: Instrument, bars: Bars, config: PortfolioAllocConfig, as_of: int
) -> Crashes:
    paths = await fetch_crash_paths(sources, member, as_of)
    return await with_beta(sources, paths, bars, config.beta_bars, as_of)


def paths_by_event(
    crashes: Mapping[str, Crashes],
) -> tuple[dict[str, dict[str, CrashPath]], dict[str, Reason]]:
    """Return every event's paths by symbol, and by event why the first coin without one has none."""
    paths: dict[str, dict[str, CrashPath]] = {event.id: {} for event in EVENTS}
    absent: dict[str, Reason] = {}
    for symbol, one in crashes.items():
        for event, path in one.paths.items():
            if isinstance(path, Reason):
                absent.setdefault(event, path)
            else:
                paths[event][symbol] = path
    return paths, absent


def fit_keys(inputs: AllocateInputs, config: PortfolioAllocConfig) -> tuple[FitKey, ...]:
    """Return the moments of the compared past at which money is shared anew; supplies known then are part of it."""
    times = refit_times(inputs.bars, config.min_bars + 1, config.refit_bars, last=config.walk_bars)
    return tuple(FitKey(time, _variant(inputs, time)) for time in times)


def _variant(inputs: AllocateInputs, refit_time: int) -> str:
    members, leaders = (
        ",".join(f"{bars.market}:{bars.symbol}" for bars in some) for some in (inputs.members, inputs.leaders)
    )
    symbols = f"{members};{leaders}"
    return symbols if market_values_known(inputs, refit_time) else f"{symbols};volume"


def market_values_known(inputs: AllocateInputs, moment: int) -> bool:
    """Return whether the supply of every coin was known at a moment (UTC ms)."""
    supplies = [inputs.supplies.get(bars.symbol) for bars in inputs.members]
    return all(one is not None and one.at(moment) is not None for one in supplies)
