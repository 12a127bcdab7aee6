"""The mark price of the perpetual, at which positions are liquidated, per bar of the asked interval."""

from analysis.framework.question import Listing, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.bars import bars_until
from utils.binance_api.bars import Bars


async def fetch_mark(sources: Sources, request: Request, listing: Listing, rows: int) -> Bars | Reason:
    """Read ``rows`` closed bars of the mark price, or why there are none; raises ``SourceError``."""
    perpetual = listing.perpetual
    if isinstance(perpetual, Reason):
        return perpetual
    futures, until = sources.exchange.futures, bars_until(sources, request)
    bars = await futures.mark_klines(perpetual.symbol, request.interval, rows=rows, as_of=until)
    return bars if len(bars) else Reason("no_data", {"what": "mark price"})
