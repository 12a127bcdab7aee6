"""Which quarterly future module B reads: the listed one and its date for now, the rule for a past moment."""

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from analysis.framework.question import Request, Sources
from analysis.framework.reasons import Reason
from analysis.regime.inputs import Quarterly, read_quarterly
from analysis.sources.listing import Place
from tests.support.recorded import walk_bars
from utils.binance_api.answers import Answer
from utils.binance_api.bars import Bars
from utils.binance_api.schemas import ExchangeInfo, SymbolInfo
from utils.http.errors import Rejected

PERPETUAL = Place("futures", "BTCUSDT")
BARS = walk_bars(60)
DELIVERY = 1_632_470_400_000  # BTCUSDT_210924 as exchangeInfo listed it on 2021-07-22
LIVE, PAST = Request("BTCUSDT", "4h"), Request("BTCUSDT", "4h", as_of=BARS.as_of)


@dataclass
class Listing:
    """A futures market that lists one quarterly of BTCUSDT and remembers what it was asked."""

    asked: list[tuple[str, str, int | None]]

    async def exchange_info(self) -> Answer[ExchangeInfo]:
        kinds = (("BTCUSDT", "PERPETUAL", 0), ("BTCUSDT_210924", "CURRENT_QUARTER", DELIVERY))
        rows = tuple(
            SymbolInfo(name, "TRADING", "BTC", "USDT", contract_type=kind, delivery_date=at)
            for name, kind, at in kinds
        )
        return Answer(ExchangeInfo(rows), 0, "binance.futures.exchangeInfo", 0)

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
    futures: Listing

    def market_time_ms(self) -> int:
        return BARS.as_of + 5


def sources_of(listing: Listing) -> Sources:
    return Sources(cast("Any", Exchange(listing)), cast("Any", None))


async def test_now_the_listed_date_counts() -> None:
    listing = Listing([])
    found = await read_quarterly(sources_of(listing), LIVE, PERPETUAL)
    assert isinstance(found, Quarterly)
    assert found.delivery == DELIVERY
    assert (found.bars.series, found.index.series) == ("continuous", "index")
    assert sorted(listing.asked) == [
        ("CURRENT_QUARTER", "4h", BARS.as_of),
        ("index BTCUSDT", "4h", BARS.as_of),
    ]


async def test_a_past_moment_asks_as_of_then_and_leaves_the_date_to_the_rule() -> None:
    listing = Listing([])
    found = await read_quarterly(sources_of(listing), PAST, PERPETUAL)
    assert isinstance(found, Quarterly)
    assert found.delivery is None
    assert {as_of for _, _, as_of in listing.asked} == {PAST.as_of}


@pytest.mark.parametrize("request_", [LIVE, PAST])
async def test_a_pair_without_one_says_so(request_: Request) -> None:
    listing = Listing([])
    found = await read_quarterly(sources_of(listing), request_, Place("futures", "SOLUSDT"))
    assert isinstance(found, Reason)
    assert found.text == "SOLUSDT has no quarterly future"
    assert not [asked for asked in listing.asked if asked[0] == "CURRENT_QUARTER"]


async def test_without_a_perpetual_nothing_is_asked() -> None:
    listing, why = Listing([]), Reason("no_perpetual", {"symbol": "X"})
    assert await read_quarterly(sources_of(listing), LIVE, why) is why
    assert listing.asked == []
