"""Recorded forced orders of the perpetual: a sample, at most one per symbol and second, of when we listened."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats, Times
from analysis.framework.question import Listing, Request, Sources
from analysis.framework.reasons import Reason
from utils.binance_api.intervals import DAY

SEEN_WORDS: Final = "record of liquidations"


@dataclass(frozen=True, slots=True, eq=False)
class SeenLiquidations:
    """Forced orders (n) by trade time (UTC ms, ascending) and from ``since`` on.

    ``closes_long`` where a long was closed, ``price`` the average fill, ``notional`` in quote units. ``listened`` is
    the share of the last day in which the stream was received.
    """

    time: Times
    known_at: Times
    closes_long: NDArray[np.bool_]
    price: Floats
    notional: Floats
    since: int
    listened: float


async def fetch_seen_liquidations(
    sources: Sources, request: Request, listing: Listing, span_ms: int
) -> SeenLiquidations | Reason:
    """Read what was recorded of the ``span_ms`` before the asked moment; raises ``SourceError`` of the store.

    A reason where nothing was received in its last day: no order then does not mean that there was none.
    """
    perpetual, nothing = listing.perpetual, Reason("no_data", {"what": SEEN_WORDS})
    if isinstance(perpetual, Reason):
        return perpetual
    until = sources.moment(request)
    since = until - span_ms
    found = await sources.history.liquidations(perpetual.symbol, since, until, as_of=until)
    if found is None:
        return nothing
    listened, orders = found.share(until - DAY, until), found.orders
    if not listened > 0:
        return nothing
    return SeenLiquidations(
        orders.ts,
        orders.known_at,
        orders.closes_long,
        orders.average_price,
        orders.notional,
        since,
        listened,
    )
