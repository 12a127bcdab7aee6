"""CoinGlass v4 (key in ``CG-API-KEY``): US spot ETF flows in US dollars, and exchange balances in coins.

``code`` is the string "0" for an answer; errors come with status 200 too. ``timestamp`` is in milliseconds, and
balances are parallel lists, one per exchange under ``data_map``.
Source: docs.coinglass.com, /api/etf/…/flow-history and /api/exchange/balance/chart.
"""

from typing import Final, TypeVar

import msgspec

from utils.binance_api.wire import Signed, reads
from utils.http.errors import Unavailable
from utils.onchain_api.client import DailyClient, Limit, Network
from utils.onchain_api.errors import Names, by_status
from utils.onchain_api.facts import BALANCES, ETF, FACTS, DailyRows, Offer, by_lag, rows_of
from utils.onchain_api.wire import bounded, day_of_seconds
from utils.units import HOUR_MS

NAME: Final = "coinglass"
KEY_SETTING: Final = "COINGLASS_API_KEY"
FLOWS_PATHS: Final = {
    "BTC": "/api/etf/bitcoin/flow-history",
    "ETH": "/api/etf/ethereum/flow-history",
}
BALANCE_PATH: Final = "/api/exchange/balance/chart"
PER_MINUTE: Final = 30
"""Of the smallest plan."""
ETF_OFFER: Final = Offer(ETF, frozenset(FLOWS_PATHS), 6 * HOUR_MS, weekdays_only=True)
BALANCE_OFFER: Final = Offer(BALANCES, frozenset({"BTC", "ETH"}), 2 * HOUR_MS)
MOST_DAYS: Final = 400
"""Balances are read so far back, of exchanges that have one on all of these days."""

T = TypeVar("T")


class EtfDay(msgspec.Struct, frozen=True, gc=False):
    """One trading day: net flow of all funds in US dollars."""

    timestamp: int
    flow_usd: Signed | None = None


class BalanceChart(msgspec.Struct, frozen=True):
    """Balances in coins by exchange, over ``time_list`` (ms)."""

    time_list: tuple[int, ...] = ()
    data_map: dict[str, tuple[Signed | None, ...]] = msgspec.field(default_factory=dict)


class EtfAnswer(msgspec.Struct, frozen=True):
    """``code`` "0" with ``data``, or another code without."""

    code: str
    data: tuple[EtfDay, ...] | None = None


class BalanceAnswer(msgspec.Struct, frozen=True):
    """``code`` "0" with ``data``, or another code without."""

    code: str
    data: tuple[BalanceChart, ...] | None = None


_ETF: Final = reads(EtfAnswer)
_BALANCES: Final = reads(BalanceAnswer)
NO_KEY: Final = frozenset({"401", "30001", "30002"})


class CoinGlass:
    """CoinGlass v4; see :class:`utils.onchain_api.facts.OnchainProvider`."""

    name = NAME
    title = "CoinGlass"
    key_setting: str | None = KEY_SETTING
    offers = (ETF_OFFER, BALANCE_OFFER)

    def __init__(self, url: str, key: str | None, network: Network, *, per_minute: int = PER_MINUTE) -> None:
        self._names = Names(self.title, "COINGLASS_URL", KEY_SETTING)
        headers = {} if key is None else {"CG-API-KEY": key}
        self.client = DailyClient(NAME, url, self._names, [Limit(per_minute, 60_000)], network, headers)
        self.has_access = key is not None

    async def read(self, topic: str, asset: str, start: int) -> DailyRows:
        """Return the days from ``start`` on (UTC ms); raises ``SourceError``."""
        offer = ETF_OFFER if topic == ETF else BALANCE_OFFER
        table = await (self._flows(asset) if topic == ETF else self._balances(asset))
        kept = {day: values for day, values in table.items() if day >= start}
        return rows_of(kept, FACTS[topic], by_lag(kept, offer))

    async def _flows(self, asset: str) -> dict[int, dict[str, float]]:
        answer = await self.client.get(FLOWS_PATHS[asset], {}, _ETF)
        rows = self._data(answer.code, answer.data)
        bounded(rows, NAME)
        days = {day_of_seconds(row.timestamp / 1000): row.flow_usd for row in rows}
        return {day: {"flow_usd": flow} for day, flow in days.items() if day is not None and flow is not None}

    async def _balances(self, asset: str) -> dict[int, dict[str, float]]:
        answer = await self.client.get(BALANCE_PATH, {"symbol": asset}, _BALANCES)
        charts = self._data(answer.code, answer.data)
        return _totals(charts[0]) if charts else {}

    def _data(self, code: str, data: tuple[T, ...] | None) -> tuple[T, ...]:
        if code == "0":
            return data or ()
        status = 401 if code in NO_KEY else int(code) if code.isdecimal() else 400
        raise self.client.refused(by_status(status, NAME, self._names))


def _totals(chart: BalanceChart) -> dict[int, dict[str, float]]:
    """Add up the exchanges that have a balance on each of the last days: one that joins is no inflow."""
    times = chart.time_list[-MOST_DAYS:]
    columns = [column[-MOST_DAYS:] for column in chart.data_map.values()]
    if any(len(column) != len(chart.time_list) for column in chart.data_map.values()):
        raise Unavailable(NAME, "balances and their times do not have the same length")
    whole = [column for column in columns if None not in column]
    days = [day_of_seconds(stamp / 1000) for stamp in times]
    sums = [float(sum(value or 0.0 for value in row)) for row in zip(*whole, strict=True)]
    return {
        day: {"balance_native": total}
        for day, total in zip(days, sums, strict=bool(whole))
        if day is not None
    }
