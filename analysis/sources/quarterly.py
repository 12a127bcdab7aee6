"""The current quarterly future beside its index, and when it is delivered."""

import asyncio
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Times
from analysis.framework.question import Listing, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.bars import bars_until
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, HOUR
from utils.binance_api.symbols import CURRENT_QUARTER
from utils.http.errors import Rejected

DELIVERY_HOUR = 8 * HOUR
FRIDAY = 4
THURSDAY = 3  # the weekday of 1970-01-01, Monday being 0


@dataclass(frozen=True, slots=True, eq=False)
class Quarterly:
    """The current quarterly future beside its index; ``delivery`` (UTC ms) as listed now, ``None`` for the past."""

    bars: Bars
    index: Bars
    delivery: int | None

    def deliveries(self, moments: Times) -> NDArray[np.int64]:
        """Return when the contract that was current at each moment is delivered (all UTC ms).

        The listed date holds for the contract of the last moment, the rule of ``quarterly_delivery`` for the others.
        """
        by_rule = quarterly_delivery(moments)
        return by_rule if self.delivery is None else np.where(by_rule == by_rule[-1], self.delivery, by_rule)


async def fetch_quarterly(
    sources: Sources, request: Request, listing: Listing, rows: int
) -> Quarterly | Reason:
    """Read ``rows`` closed bars of future and index, or why there are none; raises ``SourceError``."""
    perpetual = listing.perpetual
    if isinstance(perpetual, Reason):
        return perpetual
    futures, pair = sources.exchange.futures, perpetual.symbol
    nothing = Reason("no_quarterly", {"symbol": pair})
    delivery = None
    if request.as_of is None:
        delivery = (await futures.quarterly_deliveries()).get(pair)
        if delivery is None:
            return nothing
    until = bars_until(sources, request)
    try:
        bars, index = await asyncio.gather(
            futures.continuous_klines(
                pair, request.interval, rows=rows, contract=CURRENT_QUARTER, as_of=until
            ),
            futures.index_klines(pair, request.interval, rows=rows, as_of=until),
        )
    except Rejected:  # how the exchange answers for a pair that never had one
        return nothing
    if len(bars) and len(index):
        return Quarterly(bars, index, delivery)
    return Reason("no_data", {"what": "quarterly future"})


def quarterly_delivery(moments: Times) -> NDArray[np.int64]:
    """Return when the quarterly future that is current at each moment is delivered (all UTC ms).

    Last Friday of March, June, September or December, 08:00 UTC; at that moment the next quarter becomes current.
    """
    quarter = moments.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64) // 3
    this, following = _last_friday(3 * quarter + 2), _last_friday(3 * quarter + 5)
    return np.where(moments < this, this, following)


def _last_friday(month: NDArray[np.int64]) -> NDArray[np.int64]:
    """Months since 1970-01 to 08:00 UTC of their last Friday, ms."""
    last_day = (month + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 1
    return (last_day - (last_day + THURSDAY - FRIDAY) % 7) * DAY + DELIVERY_HOUR
