"""DefiLlama's stablecoins (keyless): the dollar stablecoins in circulation, in US dollars.

``date`` is a string of seconds; other pegs stand in the same objects, and an absent ``peggedUSD`` is not zero. An
error is an object instead of the list.
Source: api-docs.defillama.com, /stablecoincharts/all.
"""

from typing import Final

import msgspec

from utils.binance_api.wire import Amount, reads_rows
from utils.onchain_api.client import DailyClient, Limit, Network
from utils.onchain_api.errors import Names
from utils.onchain_api.facts import FACTS, MARKET, STABLECOINS, DailyRows, Offer, by_lag, rows_of
from utils.onchain_api.wire import bounded, day_of_seconds
from utils.units import HOUR_MS

NAME: Final = "defillama"
PATH: Final = "/stablecoincharts/all"
OFFER: Final = Offer(STABLECOINS, frozenset({MARKET}), HOUR_MS)


class Pegged(msgspec.Struct, frozen=True, gc=False):
    """Amounts by peg; only that of the dollar is read."""

    usd: Amount | None = msgspec.field(name="peggedUSD", default=None)


class SupplyRow(msgspec.Struct, frozen=True):
    """One day: what circulates, valued in US dollars."""

    date: Amount
    total: Pegged | None = msgspec.field(name="totalCirculatingUSD", default=None)


_ROWS: Final = reads_rows(SupplyRow)


class DefiLlama:
    """The stablecoin list; see :class:`utils.onchain_api.facts.OnchainProvider`."""

    name = NAME
    title = "DefiLlama"
    key_setting: str | None = None
    has_access = True
    offers = (OFFER,)

    def __init__(self, url: str, network: Network) -> None:
        names = Names(self.title, "DEFILLAMA_URL", None)
        self.client = DailyClient(NAME, url, names, [Limit(10, 60_000)], network)

    async def read(self, topic: str, asset: str, start: int) -> DailyRows:
        """Return the days from ``start`` on (UTC ms); raises ``SourceError``."""
        del asset
        rows = await self.client.get(PATH, {}, _ROWS)
        bounded(rows, NAME)
        table: dict[int, dict[str, float]] = {}
        for row in rows:
            day = day_of_seconds(row.date)
            supply = None if row.total is None else row.total.usd
            if day is not None and supply is not None and day >= start:
                table[day] = {"supply_usd": supply}
        return rows_of(table, FACTS[topic], by_lag(table, OFFER))
