"""Coin Metrics' community API (keyless, CC BY-NC): exchange flows and supply, market cap and MVRV.

Numbers and ``AssetEODCompletionTime`` (Unix s, the moment a day was complete: its ``known_at``) are strings, times
have nanoseconds, an absent metric is an absent key. Pages come from the newest by default and are followed by their
token; the address of the next page is not: it is the provider's and could lead anywhere.
Source: docs.coinmetrics.io, /timeseries/asset-metrics; 10 requests in 6 s and 10,000 rows a page.
"""

from typing import Final

import msgspec

from utils.binance_api.wire import Amount, Signed, reads_lists
from utils.onchain_api.client import DailyClient, Limit, Network
from utils.onchain_api.errors import Names
from utils.onchain_api.facts import BALANCES, FACTS, FLOWS, VALUATION, DailyRows, Offer, rows_of
from utils.onchain_api.wire import bounded, day_of_text, iso_day
from utils.units import DAY_MS, HOUR_MS

NAME: Final = "coinmetrics"
PATH: Final = "/v4/timeseries/asset-metrics"
PAGE_ROWS: Final = 10_000
MOST_PAGES: Final = 4
COMPLETED: Final = "AssetEODCompletionTime"
COINS: Final = frozenset({"BTC", "ETH"})
METRICS: Final = {
    "inflow_native": "FlowInExNtv",
    "outflow_native": "FlowOutExNtv",
    "inflow_usd": "FlowInExUSD",
    "outflow_usd": "FlowOutExUSD",
    "balance_native": "SplyExNtv",
    "market_cap_usd": "CapMrktCurUSD",
    "mvrv": "CapMVRVCur",
}
LAG_MS: Final = 4 * HOUR_MS
"""Of days without a completion time."""


class MetricsRow(msgspec.Struct, frozen=True, gc=False):
    """One asset and day; ``None`` for an absent metric."""

    time: str
    inflow_native: Signed | None = msgspec.field(name="FlowInExNtv", default=None)
    outflow_native: Signed | None = msgspec.field(name="FlowOutExNtv", default=None)
    inflow_usd: Signed | None = msgspec.field(name="FlowInExUSD", default=None)
    outflow_usd: Signed | None = msgspec.field(name="FlowOutExUSD", default=None)
    balance_native: Signed | None = msgspec.field(name="SplyExNtv", default=None)
    market_cap_usd: Amount | None = msgspec.field(name="CapMrktCurUSD", default=None)
    mvrv: Amount | None = msgspec.field(name="CapMVRVCur", default=None)
    completed_s: Amount | None = msgspec.field(name=COMPLETED, default=None)


class MetricsPage(msgspec.Struct, frozen=True):
    """One page, and the token of the next one where there is one."""

    data: tuple[MetricsRow, ...]
    next_page_token: str | None = None


_PAGE: Final = reads_lists(MetricsPage, data=MetricsRow)


class CoinMetrics:
    """The community API; see :class:`utils.onchain_api.facts.OnchainProvider`."""

    name = NAME
    title = "Coin Metrics"
    key_setting: str | None = None
    has_access = True
    offers = tuple(Offer(topic, COINS, LAG_MS) for topic in (FLOWS, BALANCES, VALUATION))

    def __init__(self, url: str, network: Network) -> None:
        names = Names(self.title, "COINMETRICS_URL", None)
        self.client = DailyClient(NAME, url, names, [Limit(10, 6_000)], network)

    async def read(self, topic: str, asset: str, start: int) -> DailyRows:
        """Return the days from ``start`` on (UTC ms); raises ``SourceError``."""
        facts = FACTS[topic]
        params: dict[str, str | int] = {
            "assets": asset.lower(),
            "metrics": ",".join([*(METRICS[fact] for fact in facts), COMPLETED]),
            "frequency": "1d",
            "start_time": iso_day(start),
            "page_size": PAGE_ROWS,
            "paging_from": "start",
            "ignore_forbidden_errors": "true",
            "ignore_unsupported_errors": "true",
        }
        found: list[MetricsRow] = []
        for _ in range(MOST_PAGES):
            page = await self.client.get(PATH, params, _PAGE)
            found += page.data
            if not page.next_page_token:
                break
            params["next_page_token"] = page.next_page_token
        bounded(found, NAME)
        return _rows(found, facts)


def _rows(found: list[MetricsRow], facts: tuple[str, ...]) -> DailyRows:
    table: dict[int, dict[str, float]] = {}
    known_at: dict[int, int] = {}
    for row in found:
        day = day_of_text(row.time)
        if day is None:
            continue
        values = {fact: getattr(row, fact) for fact in facts}
        table[day] = {fact: value for fact, value in values.items() if value is not None}
        completed = LAG_MS if row.completed_s is None else round(row.completed_s * 1000) - day - DAY_MS
        known_at[day] = day + DAY_MS + max(completed, 0)
    return rows_of(table, facts, known_at)
