"""BGeometrics (keyless at bitcoin-data.com): SOPR and net realised profit and loss of bitcoin, about a week late.

Without a subscription the last seven days are left out and 10 requests an hour, 15 a day, are allowed. Rows are
``{"d": "2026-01-02", "unixTs": …, "sopr": "1.01"}``; numbers may be strings.
Source: paths and fields of public clients of bitcoin-data.com/v1, limits as they met them in September 2026.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from utils.binance_api.wire import Signed, reads_rows
from utils.onchain_api.client import DailyClient, Limit, Network
from utils.onchain_api.errors import Names
from utils.onchain_api.facts import FACTS, PROFIT, SOPR, DailyRows, Offer, by_lag, rows_of
from utils.onchain_api.wire import bounded, day_of_text, iso_day
from utils.units import DAY_MS, HOUR_MS

NAME: Final = "bgeometrics"
PATHS: Final[Mapping[str, str]] = {SOPR: "/v1/sopr", PROFIT: "/v1/nrpl-usd"}
LAG_MS: Final = 7 * DAY_MS + 12 * HOUR_MS
OFFERS: Final = tuple(Offer(topic, frozenset({"BTC"}), LAG_MS, recheck_ms=6 * HOUR_MS) for topic in PATHS)


class GeometryRow(msgspec.Struct, frozen=True, gc=False):
    """A day with one of these values."""

    d: str
    sopr: Signed | None = None
    realised_pnl_usd: Signed | None = msgspec.field(name="nrplUsd", default=None)


_ROWS: Final = reads_rows(GeometryRow)


class BGeometrics:
    """The free tier; see :class:`utils.onchain_api.facts.OnchainProvider`."""

    name = NAME
    title = "BGeometrics"
    key_setting: str | None = None
    has_access = True
    offers = OFFERS

    def __init__(self, url: str, network: Network) -> None:
        names = Names(self.title, "BGEOMETRICS_URL", None)
        limits = [Limit(10, HOUR_MS), Limit(15, DAY_MS)]
        self.client = DailyClient(NAME, url, names, limits, network)

    async def read(self, topic: str, asset: str, start: int) -> DailyRows:
        """Return the days from ``start`` on (UTC ms); raises ``SourceError``."""
        del asset
        rows = await self.client.get(PATHS[topic], {"startday": iso_day(start)}, _ROWS)
        bounded(rows, NAME)
        (fact,) = FACTS[topic]
        table = {
            day: {fact: value}
            for row in rows
            if (day := day_of_text(row.d)) is not None
            and day >= start
            and (value := getattr(row, fact)) is not None
        }
        return rows_of(table, FACTS[topic], by_lag(table, OFFERS[0]))
