"""Which quarterly future is read: the listed one and its date for now, the rule for a past moment."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import pytest

from analysis.framework.question import Instrument, Listing, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.quarterly import Quarterly, fetch_quarterly, quarterly_delivery
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars
from utils.http.errors import Rejected

BARS, ROWS = walk_bars(60), 48
SPOT = Instrument("spot", "BTCUSDT")
DELIVERY = 1_632_470_400_000  # BTCUSDT_210924 as exchangeInfo listed it on 2021-07-22
LIVE, PAST = Request("BTCUSDT", "4h"), Request("BTCUSDT", "4h", as_of=BARS.as_of)


@dataclass
class FuturesMarket:
    """A futures market that lists one quarterly of BTCUSDT and remembers what it was asked."""

    asked: list[tuple[str, str, int | None]]

    async def quarterly_deliveries(self) -> dict[str, int]:
        return {"BTCUSDT": DELIVERY}

    async def continuous_klines(
        self, pair: str, interval: str, *, rows: int, contract: str, as_of: int | None
    ) -> Bars:
        if pair != "BTCUSDT":
            raise Rejected("binance.futures.continuousKlines", "no such contract")
        self.asked.append((contract, interval, as_of))
        return replace(BARS, series="continuous").tail(rows)

    async def index_klines(self, pair: str, interval: str, *, rows: int, as_of: int | None) -> Bars:
        self.asked.append((f"index {pair}", interval, as_of))
        return replace(BARS, series="index").tail(rows)


@dataclass
class Exchange:
    futures: FuturesMarket

    def market_time_ms(self) -> int:
        return BARS.as_of + 5


def sources_of(market: FuturesMarket) -> Sources:
    return Sources(cast("Any", Exchange(market)), cast("Any", None))


def listed(perpetual: str) -> Listing:
    return Listing(SPOT, Instrument("futures", perpetual))


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("moment", "delivery"),
    [  # delivery dates of the listed contracts BTCUSDT_210326, _221230, _230331, _240628, _241227
        ("2021-01-01T00:00", "2021-03-26T08:00"),
        ("2022-12-30T07:59", "2022-12-30T08:00"),
        ("2022-12-30T08:00", "2023-03-31T08:00"),
        ("2024-04-01T00:00", "2024-06-28T08:00"),
        ("2024-11-30T00:00", "2024-12-27T08:00"),
    ],
)
def test_the_current_quarter_is_delivered_on_its_last_friday(moment: str, delivery: str) -> None:
    assert quarterly_delivery(np.array([utc(moment)])).tolist() == [utc(delivery)]


async def test_now_the_listed_date_counts() -> None:
    market = FuturesMarket([])
    found = await fetch_quarterly(sources_of(market), LIVE, listed("BTCUSDT"), ROWS)
    assert isinstance(found, Quarterly)
    assert found.delivery == DELIVERY
    assert (found.bars.series, found.index.series) == ("continuous", "index")
    assert sorted(market.asked) == [
        ("CURRENT_QUARTER", "4h", BARS.as_of),
        ("index BTCUSDT", "4h", BARS.as_of),
    ]


async def test_a_past_moment_asks_as_of_then_and_leaves_the_date_to_the_rule() -> None:
    market = FuturesMarket([])
    found = await fetch_quarterly(sources_of(market), PAST, listed("BTCUSDT"), ROWS)
    assert isinstance(found, Quarterly)
    assert found.delivery is None
    assert {as_of for _, _, as_of in market.asked} == {PAST.as_of}


@pytest.mark.parametrize("request_", [LIVE, PAST])
async def test_a_pair_without_one_says_so(request_: Request) -> None:
    market = FuturesMarket([])
    found = await fetch_quarterly(sources_of(market), request_, listed("SOLUSDT"), ROWS)
    assert isinstance(found, Reason)
    assert found.text == "SOLUSDT has no quarterly future"
    assert not [asked for asked in market.asked if asked[0] == "CURRENT_QUARTER"]


async def test_without_a_perpetual_nothing_is_asked() -> None:
    market, why = FuturesMarket([]), Reason("no_perpetual", {"symbol": "X"})
    assert await fetch_quarterly(sources_of(market), LIVE, Listing(SPOT, why), ROWS) is why
    assert market.asked == []
