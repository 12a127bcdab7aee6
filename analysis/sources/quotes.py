"""The last price of now, with the exchange's five-minute mean and 24-hour change; a past moment has none."""

import asyncio
from dataclasses import dataclass

from analysis.framework.question import Listing, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.degrading import or_reason


@dataclass(frozen=True, slots=True)
class LiveQuote:
    """``price`` in quote units; ``mean_5m`` exists on spot only; ``as_of`` UTC ms."""

    price: float
    mean_5m: float | None
    change_24h_pct: float
    as_of: int


async def fetch_quote(sources: Sources, request: Request, listing: Listing) -> LiveQuote | Reason:
    """Read the live figures of the instrument; a failure is a reason, since every figure is context."""
    if request.as_of is not None:
        return Reason("no_history", {"what": "the live price"})
    read = _spot if listing.instrument.market == "spot" else _futures
    return await or_reason(read(sources, listing.instrument.symbol))


async def _spot(sources: Sources, symbol: str) -> LiveQuote:
    market = sources.exchange.spot
    last, mean, day = await asyncio.gather(
        market.ticker_price(symbol), market.avg_price(symbol), market.ticker_24h(symbol)
    )
    return LiveQuote(last.value.price, mean.value.price, day.value.price_change_percent, last.as_of)


async def _futures(sources: Sources, symbol: str) -> LiveQuote:
    market = sources.exchange.futures
    last, day = await asyncio.gather(market.ticker_price(symbol), market.ticker_24h(symbol))
    return LiveQuote(last.value.price, None, day.value.price_change_percent, last.as_of)


async def fetch_price(sources: Sources, request: Request, listing: Listing) -> float | None:
    """Return the live price an answer speaks of, ``None`` for a past moment or where none answers."""
    quote = await fetch_quote(sources, request, listing)
    return None if isinstance(quote, Reason) else quote.price
