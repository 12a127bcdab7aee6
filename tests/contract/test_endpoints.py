"""Every endpoint the design names, and what is asked instead of it today: one table, each row called."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import aiohttp
import pytest
import pytest_asyncio

from tests.binance_api.signed_exchange import KEY, SECRET
from tests.support.limits import PATIENCE_S
from utils.binance_api import urls
from utils.binance_api.binance_a import BinanceAggregator, Tuning
from utils.binance_api.http.signing import credentials
from utils.binance_api.streams.names import StreamKey
from utils.binance_api.urls import BinanceUrls, Endpoint
from utils.clock import SystemClock
from utils.http.retry import RetryPolicy
from utils.sandbox.exchange import ExchangeSandbox

CLOCK_SLACK_MS = 50
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "endpoints.md"
BTC = "BTCUSDT"


@dataclass(frozen=True)
class Read:
    """A row answered over REST: the design's word, the paths asked now, and the question that asks them."""

    design: str
    used: tuple[str, ...]
    ask: Callable[[BinanceAggregator], Awaitable[Any]]


@dataclass(frozen=True)
class Stream:
    """A row answered by a stream: the design's word, the product, the stream and the path it is carried on."""

    design: str
    product: Literal["spot", "futures", "options"]
    name: str
    route: str


READS = (
    Read("/api/v3/klines", ("/api/v3/klines",), lambda a: a.spot.klines(BTC, "1h", rows=5)),
    Read("/api/v3/ticker/24hr", ("/api/v3/ticker/24hr",), lambda a: a.spot.ticker_24h(BTC)),
    Read("/api/v3/avgPrice", ("/api/v3/avgPrice",), lambda a: a.spot.avg_price(BTC)),
    Read("/api/v3/ticker/price", ("/api/v3/ticker/price",), lambda a: a.spot.ticker_price(BTC)),
    Read("/api/v3/ticker/bookTicker", ("/api/v3/ticker/bookTicker",), lambda a: a.spot.book_ticker(BTC)),
    Read("/api/v3/account", ("/api/v3/account",), lambda a: a.account.spot()),
    Read("/api/v1/time", ("/api/v3/time",), lambda a: a.measure_time()),
    Read("/api/v1/depth", ("/api/v3/depth",), lambda a: a.spot.depth(BTC, 100)),
    Read("/api/v1/trades", ("/api/v3/trades",), lambda a: a.spot.trades(BTC, 50)),
    Read(
        "/api/v1/aggTrades",
        ("/api/v3/aggTrades",),
        lambda a: a.spot.agg_trades(BTC, since=a.market_time_ms() - 5000, max_rows=500),
    ),
    Read(
        "/fapi/v1/continuousKlines",
        ("/fapi/v1/continuousKlines",),
        lambda a: a.futures.continuous_klines(BTC, "1h", rows=5),
    ),
    Read("/fapi/v1/klines", ("/fapi/v1/klines",), lambda a: a.futures.klines(BTC, "1h", rows=5)),
    Read(
        "/fapi/v1/indexPriceKlines",
        ("/fapi/v1/indexPriceKlines",),
        lambda a: a.futures.index_klines(BTC, "1h", rows=5),
    ),
    Read(
        "/fapi/v1/markPriceKlines",
        ("/fapi/v1/markPriceKlines",),
        lambda a: a.futures.mark_klines(BTC, "1h", rows=5),
    ),
    Read("/fapi/v1/premiumIndex", ("/fapi/v1/premiumIndex",), lambda a: a.futures.premium_index(BTC)),
    Read("/fapi/v1/fundingRate", ("/fapi/v1/fundingRate",), lambda a: a.futures.funding_rates(BTC, limit=5)),
    Read("/fapi/v1/openInterest", ("/fapi/v1/openInterest",), lambda a: a.futures.open_interest(BTC)),
    Read("/fapi/v1/depth", ("/fapi/v1/depth",), lambda a: a.futures.depth(BTC, 100)),
    Read("/fapi/v1/trades", ("/fapi/v1/trades",), lambda a: a.futures.trades(BTC, 50)),
    Read(
        "/fapi/v1/aggTrades",
        ("/fapi/v1/aggTrades",),
        lambda a: a.futures.agg_trades(BTC, since=a.market_time_ms() - 5000, max_rows=500),
    ),
    Read("/fapi/v1/ticker/bookTicker", ("/fapi/v1/ticker/bookTicker",), lambda a: a.futures.book_ticker(BTC)),
    Read("/fapi/v1/ticker/price", ("/fapi/v2/ticker/price",), lambda a: a.futures.ticker_price(BTC)),
    Read(
        "/fapi/v1/openInterestHist",
        ("/futures/data/openInterestHist",),
        lambda a: a.statistics.open_interest(BTC, "5m"),
    ),
    Read(
        "/fapi/v1/longShortRatio",
        ("/futures/data/globalLongShortAccountRatio",),
        lambda a: a.statistics.global_accounts(BTC, "5m"),
    ),
    Read(
        "topLongShortPositionRatio",
        ("/futures/data/topLongShortPositionRatio",),
        lambda a: a.statistics.top_positions(BTC, "5m"),
    ),
    Read(
        "topLongShortAccountRatio",
        ("/futures/data/topLongShortAccountRatio",),
        lambda a: a.statistics.top_accounts(BTC, "5m"),
    ),
    Read(
        "/fapi/v1/takerlongshortRatio",
        ("/futures/data/takerlongshortRatio",),
        lambda a: a.statistics.taker_volume(BTC, "5m"),
    ),
    Read(
        "/fapi/v1/liquidationOrders",
        ("/fapi/v1/forceOrders",),
        lambda a: a.account.own_liquidations(BTC),
    ),
    Read("/fapi/v1/account", ("/fapi/v3/account",), lambda a: a.account.futures()),
    Read("/fapi/v2/account", ("/fapi/v1/accountConfig",), lambda a: a.account.config()),
    Read("/fapi/v1/balance", ("/fapi/v3/balance",), lambda a: a.account.futures_balances()),
    Read("/fapi/v1/positionRisk", ("/fapi/v3/positionRisk",), lambda a: a.account.positions()),
    Read("/fapi/v2/positionRisk", ("/fapi/v1/symbolConfig",), lambda a: a.account.symbol_configs()),
    Read("/fapi/v1/leverageBracket", ("/fapi/v1/leverageBracket",), lambda a: a.account.brackets()),
    Read(
        "/eapi/v1/mark",
        (
            "/eapi/v1/exchangeInfo",
            "/eapi/v1/mark",
            "/eapi/v1/index",
            "/eapi/v1/openInterest",
            "/eapi/v1/ticker",
        ),
        lambda a: a.options.option_chain(BTC, quotes=True),
    ),
)

STREAMS = (
    Stream("kline_<i>", "spot", "btcusdt@kline_1m", ""),
    Stream("ticker", "spot", "btcusdt@ticker", ""),
    Stream("trade", "spot", "btcusdt@trade", ""),
    Stream("aggTrade", "spot", "btcusdt@aggTrade", ""),
    Stream("depth", "spot", "btcusdt@depth", ""),
    Stream("depth@100ms", "spot", "btcusdt@depth@100ms", ""),
    Stream("!ticker@arr", "spot", "!miniTicker@arr", ""),
    Stream("!bookTicker", "spot", "btcusdt@bookTicker", ""),
    Stream("<symbol>@markPriceUpdate", "futures", "btcusdt@markPrice@1s", "/market"),
    Stream("futures aggTrade", "futures", "btcusdt@aggTrade", "/market"),
    Stream("futures kline", "futures", "btcusdt@kline_1m", "/market"),
    Stream("futures markPrice", "futures", "!markPrice@arr@1s", "/market"),
    Stream("futures depth", "futures", "btcusdt@depth@100ms", "/public"),
    Stream("futures bookTicker", "futures", "btcusdt@bookTicker", "/public"),
)
SILENT = (  # only when something happens, or not played by the sandbox: the route is what is checked
    Stream("/fapi/v1/allForceOrders", "futures", "!forceOrder@arr", "/market"),
    Stream("futures forceOrder", "futures", "btcusdt@forceOrder", "/market"),
    Stream("options mark", "options", "btcusdt@optionMarkPrice", "/market"),
    Stream("options open interest", "options", "btcusdt@openInterest@251123", "/market"),
    Stream("options ticker", "options", "btcusdt@optionTicker@251123", "/public"),
    Stream("options depth", "options", "btc-251123-126000-c@depth20@100ms", "/public"),
)
RETIRED = (
    "/api/v3/userDataStream",
    "/api/v1/klines",
    "/fapi/v1/ticker/price",
    "/fapi/v1/openInterestHist",
    "/fapi/v1/longShortRatio",
    "/fapi/v1/takerlongshortRatio",
    "/fapi/v1/liquidationOrders",
    "/fapi/v1/allForceOrders",
    "/fapi/v1/account",
    "/fapi/v2/account",
    "/fapi/v1/balance",
    "/fapi/v2/balance",
    "/fapi/v1/positionRisk",
    "/fapi/v2/positionRisk",
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def sandbox() -> AsyncIterator[ExchangeSandbox]:
    made = ExchangeSandbox(bind="127.0.0.1:0", seed=5)
    await made.start()
    body = {"key": {"api_key": KEY, "secret": SECRET}}
    async with (
        aiohttp.ClientSession() as session,
        session.put(f"{made.spot_url}/_sandbox/account", json=body) as response,
    ):
        assert response.status == 200
    yield made
    await made.stop()


async def paths_asked(row: Read, hosts: BinanceUrls) -> set[str]:
    """Ask a row's question of those hosts and return the paths that answered."""
    tuning = Tuning(timeout_s=PATIENCE_S, retry=RetryPolicy(attempts=2, base_s=0.01, cap_s=0.02))
    async with aiohttp.ClientSession() as session:
        client = BinanceAggregator(
            hosts,
            session=session,
            clock=SystemClock(),
            rng=random.Random(1),
            credentials=credentials(KEY, SECRET),
            tuning=tuning,
        )
        answer = await row.ask(client)
        good = {source for source, outcome in client.requests if outcome == "ok"}
        await client.close()
    if answer is not None:
        assert answer.source in good
        # a stamp of the exchange, whose clock is known to some milliseconds
        assert answer.age_ms(answer.fetched_at) >= -CLOCK_SLACK_MS
    return {e.path for e in endpoints() if e.source in good}


def endpoints() -> list[Endpoint]:
    return [value for value in vars(urls).values() if isinstance(value, Endpoint)]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("row", READS, ids=lambda r: r.design)
async def test_the_question_asks_the_path_of_today(row: Read, sandbox: ExchangeSandbox) -> None:
    hosts = BinanceUrls(sandbox.spot_url, sandbox.futures_url, sandbox.options_url)
    assert set(row.used) <= await paths_asked(row, hosts)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("product", "route"), [("spot", ""), ("futures", "/market"), ("futures", "/public")])
async def test_every_stream_speaks_on_its_route(product: str, route: str, sandbox: ExchangeSandbox) -> None:
    wanted = {row.name for row in STREAMS if (row.product, row.route) == (product, route)}
    base = sandbox.spot_url if product == "spot" else sandbox.futures_url
    address = f"{base}{route}/stream?streams={'/'.join(sorted(wanted))}"
    heard: set[str] = set()
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
        async with asyncio.timeout(PATIENCE_S):
            while heard < wanted:
                heard.add((await socket.receive_json())["stream"])
    assert heard == wanted


@pytest.mark.parametrize("row", [*STREAMS, *SILENT], ids=lambda r: f"{r.product} {r.name}")
def test_a_stream_is_asked_for_on_its_route(row: Stream) -> None:
    assert StreamKey(row.product, row.name).route.path == row.route


def test_nothing_asks_for_a_path_that_is_gone() -> None:
    used = {endpoint.path for endpoint in endpoints()}
    assert used & set(RETIRED) == set()
    assert not any("/v1/" in path and path.startswith("/api/") for path in used)


def test_the_document_tells_every_row() -> None:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    rows = [(r.design, *r.used) for r in READS] + [(s.design, s.name) for s in (*STREAMS, *SILENT)]
    untold = [row for row in rows if not any(all(f"`{word}`" in line for word in row) for line in lines)]
    assert untold == []
    assert [path for path in RETIRED if not any(f"`{path}`" in line for line in lines)] == []


def test_every_endpoint_in_use_is_documented() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [e.path for e in endpoints() if f"`{e.path}`" not in text] == []
