"""What module F reads: daily bars of the symbol and of the coin whose facts are read, and the facts by topic."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from analysis.framework.module import FitKey
from analysis.framework.question import (
    Instrument,
    Listing,
    MarketInputs,
    Request,
    Sources,
    SourceStamp,
    stamp,
)
from analysis.framework.reasons import Message, Reason
from analysis.macro.metrics import TOPICS
from analysis.sources.bars import fetch_bars
from analysis.sources.degrading import fault_reason, known, or_reason, reasons_of
from analysis.sources.quotes import fetch_price
from config.c_onchain import OnChainConfig
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY
from utils.http.errors import Rejected, SourceError
from utils.onchain_api.facts import MARKET, STABLECOINS
from utils.providers import DailyProvider, MissingKey, TopicSeries

ONCHAIN: Final = "onchain"
MEASURED: Final = ("BTC", "ETH")
"""Coins with facts of their own."""
BITCOIN: Final = "BTC"
QUOTE: Final = "USDT"
PROVIDER_WORDS: Final = "on-chain provider"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MacroInputs(MarketInputs):
    """Facts by topic, those that could be read, of ``asset``, and the daily bars of that coin in USDT.

    ``market_wide``: they stand for a coin without facts of its own. ``coin_bars`` is ``None`` where they could not be
    read. ``keys`` are not set; ``has_keys`` is whether any is.
    """

    asset: str
    market_wide: bool
    coin_bars: Bars | None
    topics: Mapping[str, TopicSeries]
    keys: tuple[MissingKey, ...] = ()
    has_keys: bool = True


def history(config: OnChainConfig, interval: str) -> int:
    """Return how many closed daily bars are read."""
    del interval
    return config.history_days


async def fetch(sources: Sources, listing: Listing, request: Request, config: OnChainConfig) -> MacroInputs:
    """Read everything at once; only the instrument's own bars may fail."""
    rows = request.scope.rows or history(config, request.interval)
    asset = listing.asset if listing.asset in MEASURED else BITCOIN
    own = listing.instrument == Instrument("spot", f"{asset}{QUOTE}")
    provider = sources.providers.get(ONCHAIN)
    daily = provider if isinstance(provider, DailyProvider) else None
    found, price, other, read = await asyncio.gather(
        fetch_bars(sources, request, listing.instrument, rows),
        fetch_price(sources, request, listing),
        or_reason(_coin_bars(sources, request, asset, None if own else rows)),
        asyncio.gather(*(_topic(daily, topic, asset, request.as_of) for topic in TOPICS)),
    )
    topics = {name: part for name, part in zip(TOPICS, read, strict=True) if isinstance(part, TopicSeries)}
    coin_bars = found.bars if own else known(other)
    return MacroInputs(
        bars=found.bars,
        as_of=sources.moment(request),
        price=price.price,
        price_time=price.time,
        changes=price.changes,
        scope=request.scope,
        notes=listing.notes + found.notes,
        stamps=(stamp(found.bars), *(_read(name, part) for name, part in topics.items() if is_known(part))),
        missing=reasons_of(coin_bars=other, **dict(zip(TOPICS, read, strict=True))),
        asset=asset,
        market_wide=listing.asset not in MEASURED,
        coin_bars=coin_bars,
        topics=topics,
        keys=() if daily is None else daily.missing_keys(asset),
        has_keys=daily is not None and daily.has_keys,
    )


async def _coin_bars(sources: Sources, request: Request, asset: str, rows: int | None) -> Bars | None:
    """Read the coin's spot bars in USDT, ``None`` where no ``rows`` are wanted; raises ``SourceError``."""
    if rows is None:
        return None
    coin = Instrument("spot", f"{asset}{QUOTE}")
    return (await fetch_bars(sources, replace(request, symbol=coin.symbol, market="spot"), coin, rows)).bars


async def _topic(
    provider: DailyProvider | None, topic: str, asset: str, as_of: int | None
) -> TopicSeries | Reason:
    """Return a topic of facts, or why there is none: no provider, no key, or no answer."""
    if provider is None:
        return Reason("no_data", {"what": PROVIDER_WORDS})
    about = MARKET if topic == STABLECOINS else asset
    try:
        return await provider.topic(topic, about, as_of=as_of)
    except Rejected:  # by no provider that may be asked
        settings = [key.setting for key in provider.missing_keys(asset) if topic in key.topics]
        return (
            Reason("needs_key", {"setting": settings[0]})
            if settings
            else Reason("not_delivered", {"asset": asset})
        )
    except SourceError as error:  # counted and logged by the providers' clients
        return fault_reason(error)


def is_known(topic: TopicSeries) -> bool:
    """Say whether a topic has a value at all."""
    return any(len(series.time) for series in topic.series.values())


def newest_day(topic: TopicSeries) -> int:
    """Return the start of the newest day that has a value (UTC ms)."""
    return max(int(series.time[-1]) for series in topic.series.values() if len(series.time))


def _read(name: str, topic: TopicSeries) -> SourceStamp:
    """Return where a topic came from, by the provider's short name."""
    source = next(iter(topic.series.values())).source
    return replace(topic_stamp(topic), name=f"{source}.{name}")


def topic_stamp(topic: TopicSeries) -> SourceStamp:
    """Return the provider of a topic with the last moment of its newest day (UTC ms)."""
    series = next(iter(topic.series.values()))
    rows = max(len(one.time) for one in topic.series.values())
    return SourceStamp(topic.title, newest_day(topic) + DAY - 1, series.fetched_at, rows)


def fit_keys(inputs: MacroInputs, config: OnChainConfig) -> tuple[FitKey, ...]:
    """Return no refit times: every statistic grows with its days."""
    del inputs, config
    return ()


def key_notes(inputs: MacroInputs) -> tuple[Message, ...]:
    """Return that no key is set, and what each missing one would add."""
    names = tuple(Message(f"{key.title.lower()}_key") for key in inputs.keys)
    return names if inputs.has_keys or not names else (Message("free_sources"), *names)
