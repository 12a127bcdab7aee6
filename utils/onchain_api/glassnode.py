"""Glassnode (key in ``X-Api-Key``): exchange flows and balances, market cap, MVRV, SOPR, net realised profit and loss.

Every metric is a list of ``{"t": seconds, "v": number or null}``; null is absent. Calls cost 1 credit for BTC and 2
for other assets; the default plan allows 600 a minute, the one named "Advanced" only 50 a day, so that the number of
calls and with it how often a late value is asked for again are the plan's.
Source: docs.glassnode.com, api.glassnode.com/v1/metrics.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from utils.binance_api.wire import Signed, reads_rows
from utils.onchain_api.client import DailyClient, Limit, Network
from utils.onchain_api.errors import Names
from utils.onchain_api.facts import (
    BALANCES,
    FACTS,
    FLOWS,
    PROFIT,
    SOPR,
    VALUATION,
    DailyRows,
    Offer,
    by_lag,
    offer_of,
    rows_of,
)
from utils.onchain_api.wire import bounded, day_of_seconds
from utils.units import DAY_MS, HOUR_MS

NAME: Final = "glassnode"
KEY_SETTING: Final = "GLASSNODE_API_KEY"
PER_MINUTE: Final = 600
SMALL_PLAN: Final = 500
"""Calls a day below which a late value is asked for four times a day only."""
LAG_MS: Final = 2 * HOUR_MS
COSTS: Final = {"BTC": 1}
OTHER_COST: Final = 2
METRICS: Final[Mapping[str, Mapping[str, str]]] = {
    FLOWS: {
        "inflow_native": "transactions/transfers_volume_to_exchanges_sum",
        "outflow_native": "transactions/transfers_volume_from_exchanges_sum",
    },
    BALANCES: {"balance_native": "distribution/balance_exchanges"},
    VALUATION: {"market_cap_usd": "market/marketcap_usd", "mvrv": "market/mvrv"},
    PROFIT: {"realised_pnl_usd": "indicators/net_realized_profit_loss"},
    SOPR: {"sopr": "indicators/sopr"},
}


class DailyPoint(msgspec.Struct, frozen=True, gc=False):
    """A day (Unix s) and its value, ``None`` where there is none."""

    t: int
    v: Signed | None = None


_POINTS: Final = reads_rows(DailyPoint)


class Glassnode:
    """Glassnode's metrics; see :class:`utils.onchain_api.facts.OnchainProvider`. ``per_day`` is the plan's limit."""

    name = NAME
    title = "Glassnode"
    key_setting: str | None = KEY_SETTING

    def __init__(self, url: str, key: str | None, network: Network, *, per_day: int) -> None:
        names = Names(self.title, "GLASSNODE_URL", KEY_SETTING)
        headers = {} if key is None else {"X-Api-Key": key}
        limits = [Limit(PER_MINUTE, 60_000), Limit(per_day, DAY_MS)]
        self.client = DailyClient(NAME, url, names, limits, network, headers)
        self.has_access = key is not None
        recheck = 6 * HOUR_MS if per_day < SMALL_PLAN else HOUR_MS
        coins = frozenset({"BTC", "ETH"})
        self.offers = tuple(Offer(topic, coins, LAG_MS, recheck_ms=recheck) for topic in METRICS)

    async def read(self, topic: str, asset: str, start: int) -> DailyRows:
        """Return the days from ``start`` on (UTC ms); raises ``SourceError``."""
        table: dict[int, dict[str, float]] = {}
        for fact, path in METRICS[topic].items():
            params: dict[str, str | int] = {"a": asset, "i": "24h", "s": start // 1000}
            points = await self.client.get(
                f"/v1/metrics/{path}", params, _POINTS, cost=COSTS.get(asset, OTHER_COST)
            )
            bounded(points, NAME)
            for point in points:
                day = day_of_seconds(point.t)
                if day is not None and point.v is not None:
                    table.setdefault(day, {})[fact] = point.v
        offer = offer_of(self, topic, asset)
        lag = Offer(topic, frozenset({asset}), LAG_MS) if offer is None else offer
        return rows_of(table, FACTS[topic], by_lag(table, lag))
