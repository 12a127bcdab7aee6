"""Special settlements enter no series, no interval and no cost."""

from types import SimpleNamespace

import pytest

from analysis.framework.question import Instrument, Listing, Request, Sources
from analysis.framework.reasons import Reason
from analysis.sources.cost import Holding, cost_to_act
from analysis.sources.funding import SettledFunding, fetch_funding
from config.c_cost import CostConfig
from utils.binance_api.answers import Answer
from utils.binance_api.intervals import HOUR
from utils.binance_api.schemas import FundingRate
from utils.http.errors import Unavailable

PERPETUAL = Instrument("futures", "BTCUSDT")
LISTING = Listing(PERPETUAL, Reason("spot_missing", {"symbol": "BTCUSDT"}))
NOW = 1_700_000_000_000 // HOUR * HOUR


def settled(hours_ago: int, rate: float, kind: str = "Regular") -> FundingRate:
    return FundingRate("BTCUSDT", NOW - hours_ago * HOUR, rate, rate_type=kind)


class Funded:
    """A futures market with these settlements."""

    def __init__(self, *rows: FundingRate) -> None:
        self.rows = sorted(rows, key=lambda row: row.funding_time)

    async def settled_funding(self, _symbol: str, limit: int) -> Answer[list[FundingRate]]:
        return Answer(self.rows[-limit:], NOW, "binance.futures.fundingRate", NOW)

    async def funding_rates(
        self, _symbol: str, *, start: int | None = None, end: int, limit: int
    ) -> Answer[list[FundingRate]]:
        rows = [row for row in self.rows if (start or 0) <= row.funding_time <= end]
        return Answer(rows[-limit:], NOW, "binance.futures.fundingRate", NOW)

    async def book_ticker(self, _symbol: str) -> None:
        raise Unavailable("binance.futures", "no quotes here")

    async def depth(self, _symbol: str, _limit: int, *, notional: float) -> None:
        raise Unavailable("binance.futures", f"no book of {notional:g} here")

    async def funding_interval_hours(self, _symbol: str) -> Answer[int]:
        return Answer(8, NOW, "binance.futures.fundingInfo", NOW)


SPECIAL = [settled(k, 0.02, "Special") for k in (1, 2, 3, 5)]
MARKET = Funded(settled(17, 0.0003), settled(9, 0.0002), settled(4, 0.0001), *SPECIAL)


def sources_of(market: Funded) -> Sources:
    return Sources(SimpleNamespace(futures=market), SimpleNamespace())  # type: ignore[arg-type]


@pytest.mark.parametrize("as_of", [None, NOW])
async def test_the_series_has_regular_settlements_alone(as_of: int | None) -> None:
    request = Request("BTCUSDT", "1h", as_of=as_of, market="futures")
    found = await fetch_funding(sources_of(MARKET), request, LISTING, since=0)
    assert isinstance(found, SettledFunding)
    assert found.rate.tolist() == [0.0003, 0.0002, 0.0001]
    assert found.time.tolist() == [NOW - k * HOUR for k in (17, 9, 4)]
    assert found.special == tuple((NOW - k * HOUR, 0.02) for k in (5, 3, 2, 1))


async def test_special_settlements_alone_are_no_funding() -> None:
    request = Request("BTCUSDT", "1h", market="futures")
    found = await fetch_funding(sources_of(Funded(*SPECIAL)), request, LISTING)
    assert isinstance(found, Reason)
    assert found.text == "no settled funding at this time"


@pytest.mark.parametrize(("as_of", "interval_h"), [(None, 8), (NOW, 5)])
async def test_the_cost_rests_on_regular_settlements_and_their_distance(
    as_of: int | None, interval_h: int
) -> None:
    cost = await cost_to_act(sources_of(MARKET), Holding(PERPETUAL, 40 * 3600.0, as_of), CostConfig())
    assert cost.funding == pytest.approx(1e4 * 0.0001 * 40 / interval_h)
