"""CryptoQuant (key as Bearer): exchange flows and reserves, whale ratio, SOPR, MVRV and market cap.

Rows stand in ``result.data``, in an order on which clients disagree: they are sorted by ``date``. The Professional plan
allows 20 requests a minute.
Source: field names and paths of public clients of api.cryptoquant.com/v1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from utils.binance_api.wire import Signed, reads_lists
from utils.onchain_api.client import DailyClient, Limit, Network
from utils.onchain_api.errors import Names
from utils.onchain_api.facts import (
    BALANCES,
    FACTS,
    FLOWS,
    SOPR,
    VALUATION,
    WHALES,
    DailyRows,
    Offer,
    by_lag,
    rows_of,
)
from utils.onchain_api.wire import bounded, day_of_text, iso_day
from utils.units import HOUR_MS

NAME: Final = "cryptoquant"
KEY_SETTING: Final = "CRYPTOQUANT_API_KEY"
MOST: Final = 10_000
LAG_MS: Final = 3 * HOUR_MS
BITCOIN: Final = frozenset({"BTC"})
BOTH: Final = frozenset({"BTC", "ETH"})


@dataclass(frozen=True, slots=True)
class FactEndpoint:
    """A path behind the coin, the field of its rows that is the fact, and whether it is asked by exchange."""

    path: str
    field: str
    by_exchange: bool = True


ENDPOINTS: Final[Mapping[str, Mapping[str, FactEndpoint]]] = {
    FLOWS: {
        "inflow_native": FactEndpoint("exchange-flows/inflow", "inflow_total"),
        "outflow_native": FactEndpoint("exchange-flows/outflow", "outflow_total"),
    },
    BALANCES: {"balance_native": FactEndpoint("exchange-flows/reserve", "reserve")},
    WHALES: {"whale_ratio": FactEndpoint("flow-indicator/exchange-whale-ratio", "exchange_whale_ratio")},
    VALUATION: {
        "market_cap_usd": FactEndpoint("market-data/capitalization", "market_cap", by_exchange=False),
        "mvrv": FactEndpoint("market-indicator/mvrv", "mvrv", by_exchange=False),
    },
    SOPR: {"sopr": FactEndpoint("market-indicator/sopr", "sopr", by_exchange=False)},
}


class FactRow(msgspec.Struct, frozen=True, gc=False):
    """A day (``2026-01-02``) with one of these fields."""

    date: str
    inflow_total: Signed | None = None
    outflow_total: Signed | None = None
    reserve: Signed | None = None
    exchange_whale_ratio: Signed | None = None
    market_cap: Signed | None = None
    mvrv: Signed | None = None
    sopr: Signed | None = None


class FactRows(msgspec.Struct, frozen=True):
    """The rows of a result."""

    data: tuple[FactRow, ...]


_RESULT: Final = reads_lists(FactRows, data=FactRow)
_RAW: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class FactDecoder:
    """Reads the rows of an answer; one with an odd field is left out, and only that one."""

    def decode(self, buf: bytes, /) -> tuple[FactRow, ...]:
        """Return the rows by date; raises what ``msgspec`` raises."""
        result = _RAW.decode(buf).get("result")
        if result is None:
            raise msgspec.ValidationError("`result` is missing")
        return tuple(sorted(_RESULT.decode(bytes(result)).data, key=lambda row: row.date))


class CryptoQuant:
    """CryptoQuant's API; see :class:`utils.onchain_api.facts.OnchainProvider`. ``per_minute`` is the plan's limit."""

    name = NAME
    title = "CryptoQuant"
    key_setting: str | None = KEY_SETTING
    offers = (
        *(Offer(topic, BOTH, LAG_MS) for topic in (FLOWS, BALANCES)),
        *(Offer(topic, BITCOIN, LAG_MS) for topic in (WHALES, VALUATION, SOPR)),
    )

    def __init__(self, url: str, key: str | None, network: Network, *, per_minute: int) -> None:
        names = Names(self.title, "CRYPTOQUANT_URL", KEY_SETTING)
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self.client = DailyClient(NAME, url, names, [Limit(per_minute, 60_000)], network, headers)
        self.has_access = key is not None

    async def read(self, topic: str, asset: str, start: int) -> DailyRows:
        """Return the days from ``start`` on (UTC ms); raises ``SourceError``."""
        table: dict[int, dict[str, float]] = {}
        for fact, endpoint in ENDPOINTS[topic].items():
            params: dict[str, str | int] = {
                "window": "day",
                "from": iso_day(start).replace("-", ""),
                "limit": MOST,
            }
            if endpoint.by_exchange:
                params["exchange"] = "all_exchange"
            rows = await self.client.get(f"/v1/{asset.lower()}/{endpoint.path}", params, FactDecoder())
            bounded(rows, NAME)
            for row in rows:
                day, value = day_of_text(row.date), getattr(row, endpoint.field)
                if day is not None and day >= start and value is not None:
                    table.setdefault(day, {})[fact] = value
        return rows_of(table, FACTS[topic], by_lag(table, Offer(topic, frozenset({asset}), LAG_MS)))
