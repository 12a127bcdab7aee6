"""Deribit beside the exchange: its numbers are the exchange's, and it refuses what the real one refuses."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import ccxt.async_support as ccxt
import pytest

from tests.sandbox.exchange.conftest import NOW_MS, Client
from tests.support.clock import FakeClock
from utils.sandbox.deribit import DeribitSandbox
from utils.sandbox.deribit.rpc import BURST, REQUESTS_PER_S
from utils.sandbox.exchange import ExchangeSandbox

HOUR = 3_600_000
SUMMARIES, INDEX = "get_book_summary_by_currency", "get_volatility_index_data"


class Asking:
    """Asks both servers; answers are (status, JSON)."""

    def __init__(
        self, session: aiohttp.ClientSession, exchange: ExchangeSandbox, deribit: DeribitSandbox
    ) -> None:
        self.session, self.exchange, self.deribit = session, exchange, deribit

    async def ask(self, method: str, **query: object) -> tuple[int, Any]:
        return await self._get(f"{self.deribit.url}/api/v2/public/{method}", query)

    async def result(self, method: str, **query: object) -> Any:
        status, body = await self.ask(method, **query)
        assert status == 200, body
        return body["result"]

    async def options(self, path: str, **query: object) -> Any:
        return (await self._get(f"{self.exchange.options_url}/eapi/v1/{path}", query))[1]

    async def control(self, method: str, path: str, **body: object) -> tuple[int, Any]:
        url = f"{self.deribit.url}/_sandbox{path}"
        async with self.session.request(method, url, json=body) as response:
            return response.status, await response.json()

    async def _get(self, url: str, query: dict[str, object]) -> tuple[int, Any]:
        params = {name: str(value) for name, value in query.items()}
        async with self.session.get(url, params=params) as response:
            return response.status, await response.json(content_type=None)


@pytest.fixture
async def asking(client: Client) -> AsyncIterator[Asking]:
    deribit = DeribitSandbox(client.sandbox)
    await deribit.start()
    yield Asking(client.session, client.sandbox, deribit)
    await deribit.stop()


def binance_name(name: str) -> str:
    base, day, strike, side = name.split("-")
    date = datetime.strptime(day, "%d%b%y").replace(tzinfo=UTC)
    return f"{base}-{date:%y%m%d}-{strike}-{side}"


async def test_volatilities_and_strikes_are_those_of_the_exchange(asking: Asking) -> None:
    rows = {
        binance_name(row["instrument_name"]): row for row in await asking.result(SUMMARIES, currency="BTC")
    }
    marks = {row["symbol"]: row for row in await asking.options("mark") if row["symbol"].startswith("BTC")}
    assert rows.keys() == marks.keys()
    for name, mark in marks.items():
        assert rows[name]["mark_iv"] / 100 == pytest.approx(float(mark["markIV"]), abs=1e-4)
    index = await asking.options("index", underlying="BTCUSDT")
    assert rows[name]["estimated_delivery_price"] == pytest.approx(float(index["indexPrice"]), abs=0.01)


async def test_prices_are_in_coins_on_the_forward_and_quotes_may_be_missing(asking: Asking) -> None:
    rows = await asking.result(SUMMARIES, currency="ETH", kind="option")
    by_name = {row["instrument_name"]: row for row in rows}
    calls = [row for row in rows if row["instrument_name"].endswith("-C")]
    for call in calls:
        put = by_name[call["instrument_name"][:-1] + "P"]
        forward, strike = call["underlying_price"], float(call["instrument_name"].split("-")[2])
        assert call["mark_price"] - put["mark_price"] == pytest.approx(1 - strike / forward, abs=3e-6)
    assert max(row["underlying_price"] for row in rows) > 1.01 * rows[0]["estimated_delivery_price"]
    assert any(row["bid_price"] is None for row in rows)
    assert [row["instrument_name"] for row in rows] != sorted(by_name)


async def test_linear_options_stand_under_their_settlement(asking: Asking) -> None:
    rows = await asking.result(SUMMARIES, currency="USDC", kind="option")
    assert all("_USDC-" in row["instrument_name"] and row["quote_currency"] == "USDC" for row in rows)
    dear = max(rows, key=lambda row: row["mark_price"])
    assert dear["mark_price"] > 1_000
    assert await asking.result(SUMMARIES, currency="BTC", kind="future") == []


@pytest.mark.parametrize(
    ("method", "query", "param"),
    [
        (SUMMARIES, {}, "currency"),
        (SUMMARIES, {"currency": "DOGE"}, "currency"),
        (SUMMARIES, {"currency": "BTC", "kind": "options"}, "kind"),
        (SUMMARIES, {"currency": "BTC", "kin": "option"}, "kin"),
        (INDEX, {"currency": "BTC", "start_timestamp": 0, "end_timestamp": 1}, "resolution"),
        (
            INDEX,
            {"currency": "BTC", "start_timestamp": "x", "end_timestamp": 1, "resolution": 3600},
            "start_timestamp",
        ),
        (
            INDEX,
            {"currency": "BTC", "start_timestamp": 2, "end_timestamp": 1, "resolution": 3600},
            "end_timestamp",
        ),
        (
            INDEX,
            {"currency": "USDC", "start_timestamp": 0, "end_timestamp": 1, "resolution": 3600},
            "currency",
        ),
    ],
)
async def test_wrong_parameters_are_refused(
    asking: Asking, method: str, query: dict[str, object], param: str
) -> None:
    status, body = await asking.ask(method, **query)
    assert (status, body["error"]["code"], body["error"]["data"]["param"]) == (400, -32602, param)


async def test_an_unknown_method_and_too_many_requests(asking: Asking, clock: FakeClock) -> None:
    query = {"currency": "BTC", "kind": "spot"}
    assert (await asking.ask("get_everything"))[1]["error"]["code"] == -32601
    for _ in range(BURST - 1):
        assert (await asking.ask(SUMMARIES, **query))[0] == 200
    status, body = await asking.ask(SUMMARIES, **query)
    assert (status, body["error"]) == (429, {"code": 10028, "message": "too_many_requests"})
    await clock.advance(1_000 // REQUESTS_PER_S)
    assert (await asking.ask(SUMMARIES, **query))[0] == 200


async def test_candles_of_the_index_come_newest_first_in_pages(asking: Asking) -> None:
    range_ = {"start_timestamp": NOW_MS - 1_500 * HOUR, "end_timestamp": NOW_MS}
    page = await asking.result(INDEX, currency="BTC", resolution=3600, **range_)
    assert len(page["data"]) == 1_000
    assert page["data"][-1][0] == NOW_MS // HOUR * HOUR
    older = await asking.result(
        INDEX, currency="BTC", resolution=3600, **{**range_, "end_timestamp": page["continuation"]}
    )
    assert older["data"][-1][0] == page["data"][0][0] - HOUR
    assert older["continuation"] is None
    assert all(low <= start <= high and 10 < close < 250 for _, start, high, low, close in page["data"])
    range_["end_timestamp"] = NOW_MS
    day = await asking.result(INDEX, currency="BTC", resolution="1D", **range_)
    hours = [row for row in page["data"] if row[0] // (24 * HOUR) == day["data"][-2][0] // (24 * HOUR)]
    assert day["data"][-2][1:] == [
        hours[0][1],
        max(h[2] for h in hours),
        min(h[3] for h in hours),
        hours[-1][4],
    ]


async def test_the_controls_take_it_down_make_it_late_and_show_its_calls(asking: Asking) -> None:
    assert await asking.control("PUT", "/providers/deribit", lag_s=90) == (
        200,
        {"up": True, "lag_s": 90, "revise": False},
    )
    rows = await asking.result(SUMMARIES, currency="BTC")
    assert rows[0]["creation_timestamp"] == NOW_MS - 90_000
    assert (await asking.control("PUT", "/providers/deribit", up=False))[0] == 200
    status, body = await asking.ask(SUMMARIES, currency="BTC")
    assert (status, body["error"]["code"]) == (503, 11051)
    assert (await asking.control("PUT", "/providers/glassnode", up=False))[0] == 404
    assert (await asking.control("PUT", "/providers/deribit", up="no"))[0] == 400
    assert (await asking.control("PUT", "/providers/deribit", lag_s=-1))[0] == 400
    calls = (await asking.control("GET", "/calls"))[1]["calls"]
    assert [call["status"] for call in calls] == [200, 503]
    assert (await asking.control("POST", "/reset", seed=2))[0] == 400
    assert (await asking.control("POST", "/reset"))[0] == 200
    assert (await asking.control("GET", "/state"))[1]["up"] is True


async def test_faults_are_ordered_as_of_the_exchange(asking: Asking) -> None:
    for fault, status in ((({"status": {"code": 502}}), 502), ({"maintenance": {}}, 503)):
        assert (await asking.control("POST", "/faults", fault=fault, count=1))[0] == 200
        async with asking.session.get(
            f"{asking.deribit.url}/api/v2/public/{SUMMARIES}?currency=BTC"
        ) as response:
            assert response.status == status
    await asking.control("POST", "/faults", fault="empty_page", count=1)
    assert await asking.result(SUMMARIES, currency="BTC") == []
    assert (await asking.control("POST", "/faults", fault="gap"))[0] == 400


async def test_a_replay_has_no_options(clock: FakeClock, shared_data: Any) -> None:
    exchange = ExchangeSandbox(data=shared_data, clock=clock)
    deribit = DeribitSandbox(exchange)
    await exchange.start()
    await deribit.start()
    venue = ccxt.deribit({"enableRateLimit": False})
    try:
        venue.urls["api"]["rest"] = deribit.url
        answer = await venue.publicGetGetBookSummaryByCurrency({"currency": "BTC", "kind": "option"})
        assert answer["result"] == []
        query = {"currency": "BTC", "start_timestamp": 0, "end_timestamp": NOW_MS, "resolution": "3600"}
        answer = await venue.publicGetGetVolatilityIndexData(query)
        assert answer["result"] == {"data": [], "continuation": None}
    finally:
        await venue.close()
        await deribit.stop()
        await exchange.stop()


async def test_ccxt_understands_answers_and_refusals(asking: Asking) -> None:
    venue = ccxt.deribit({"enableRateLimit": False})
    venue.urls["api"]["rest"] = asking.deribit.url
    venue.set_markets([])
    try:
        answer = await venue.publicGetGetBookSummaryByCurrency({"currency": "BTC", "kind": "option"})
        row = answer["result"][0]
        parsed = venue.parse_option(row, {"symbol": row["instrument_name"]}, None)
        named = {
            "markPrice": "mark_price",
            "openInterest": "open_interest",
            "underlyingPrice": "underlying_price",
        }
        for theirs, field in named.items():
            assert parsed[theirs] == float(row[field])
        with pytest.raises(ccxt.BadRequest):
            await venue.publicGetGetBookSummaryByCurrency({"currency": "BTC", "kind": "options"})
        await asking.control("PUT", "/providers/deribit", up=False)
        with pytest.raises(ccxt.ExchangeNotAvailable):
            await venue.publicGetGetBookSummaryByCurrency({"currency": "BTC"})
    finally:
        await venue.close()
