"""The account read over the sandbox's sockets, signed: what it holds comes back, and what fails is named."""

import random
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from analysis.account.reader import AccountReader
from analysis.features.stress import EVENTS
from analysis.framework.question import Sources
from config.c_account import AccountConfig
from tests.analysis.sandboxed import QUICK, break_path
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.http.signing import credentials
from utils.binance_api.urls import BinanceUrls
from utils.clock import SystemClock
from utils.recorder.history import History
from utils.sandbox.exchange import ExchangeSandbox

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY, SECRET = "readonly" * 8, "neverlog" * 8
HOLDINGS: dict[str, Any] = {
    "balances": [
        {"asset": "BTC", "free": "0.131", "locked": "0.006"},
        {"asset": "USDT", "free": "713.37"},
        {"asset": "NOPRICE", "free": "9"},
        {"asset": "USDT", "free": "23457.91", "market": "futures"},
    ],
    "positions": [
        {"symbol": "BTCUSDT", "amount": "0.317", "entry": "90000", "leverage": 20},
        {"symbol": "ETHUSDT", "amount": "-1.13", "entry": "4400", "leverage": 10, "isolated": True},
    ],
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[ExchangeSandbox]:
    made = ExchangeSandbox(bind="127.0.0.1:0", seed=5)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


async def control(sandbox: ExchangeSandbox, method: str, path: str, body: Any = None) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{sandbox.spot_url}/_sandbox{path}", json=body) as response,
    ):
        assert response.status == 200, await response.text()


async def give(sandbox: ExchangeSandbox, **changes: Any) -> None:
    markets = {name: changes.pop(name) for name in ("spot", "futures") if name in changes}
    body: dict[str, Any] = {"key": {"api_key": KEY, "secret": SECRET, **markets}, **HOLDINGS, **changes}
    await control(sandbox, "PUT", "/account", body)


@asynccontextmanager
async def reading(
    sandbox: ExchangeSandbox, threads: ThreadPoolExecutor, *, key: bool = True
) -> AsyncIterator[AccountReader]:
    async with aiohttp.ClientSession() as session:
        exchange = BinanceAggregator(
            BinanceUrls(sandbox.spot_url, sandbox.futures_url, sandbox.options_url),
            session=session,
            clock=SystemClock(),
            rng=random.Random(1),
            credentials=credentials(KEY, SECRET) if key else None,
            tuning=QUICK,
        )
        await exchange.open()
        sources = Sources(exchange, History(exchange, lambda: None))
        yield AccountReader(sources, lambda: {"account": AccountConfig(paths=1000)}, executor=threads)
        await exchange.close()


async def test_what_was_put_comes_back(sandbox: ExchangeSandbox, threads: ThreadPoolExecutor) -> None:
    await give(sandbox)
    async with reading(sandbox, threads) as reader:
        assert reader.available
        received = await reader.read("4h")
    assert received.unread == {}
    assert received.unpriced == ("NOPRICE",)
    sides = {
        row.held.symbol: (row.held.side, row.held.setting, row.held.isolated) for row in received.positions
    }
    assert sides == {"BTCUSDT": ("long", 20.0, False), "ETHUSDT": ("short", 10.0, True)}
    long = next(row.held for row in received.positions if row.held.symbol == "BTCUSDT")
    short = next(row.held for row in received.positions if row.held.symbol == "ETHUSDT")
    assert received.equity == pytest.approx(23_457.91 + long.profit + short.profit, rel=1e-6)
    coins = {row.held.asset: row.held.value for row in received.coins}
    assert coins["USDT"] == 713.37
    assert coins["BTC"] == pytest.approx(0.137 * long.mark, rel=0.02)
    assert received.wealth == pytest.approx((received.equity or 0) + sum(coins.values()))
    assert received.net == pytest.approx(0.317 * long.mark - 1.13 * short.mark, rel=1e-6)
    assert all(row.expected_shortfall is not None for row in received.losses)
    assert [row.id for row in received.crashes] == [event.id for event in EVENTS]
    assert received.risk is not None


async def test_a_day_hardly_depends_on_the_bars_it_is_made_of(
    sandbox: ExchangeSandbox, threads: ThreadPoolExecutor
) -> None:
    """The historical day is the same days whatever was asked; figures of the account do not move."""
    await give(sandbox)
    async with reading(sandbox, threads) as reader:
        hours, quarters = await reader.read("1h"), await reader.read("4h")
    days = [
        next(
            row.value_at_risk for row in received.losses if (row.method, row.horizon) == ("historical", "day")
        )
        for received in (hours, quarters)
    ]
    assert days[0] == pytest.approx(days[1], rel=0.02)  # the mark price moved in between
    assert hours.nearest == pytest.approx(quarters.nearest, rel=0.2)


async def test_without_a_key_nothing_is_asked(sandbox: ExchangeSandbox, threads: ThreadPoolExecutor) -> None:
    async with reading(sandbox, threads, key=False) as reader:
        assert not reader.available


async def test_a_key_without_futures_says_so_and_spot_stands(
    sandbox: ExchangeSandbox, threads: ThreadPoolExecutor
) -> None:
    await give(sandbox, futures=False)
    async with reading(sandbox, threads) as reader:
        received = await reader.read("4h")
    assert {name: reason.code for name, reason in received.unread.items()} == dict.fromkeys(
        ("futures", "positions", "leverage"), "key_refused"
    )
    assert (received.risk, received.wealth, received.positions) == (None, None, ())
    assert received.coins
    assert received.losses[0].value_at_risk is not None


@pytest.mark.parametrize(
    ("market", "path", "name"),
    [
        ("futures", "/fapi/v3/account", "futures"),
        ("futures", "/fapi/v3/positionRisk", "positions"),
        ("futures", "/fapi/v1/symbolConfig", "leverage"),
        ("spot", "/api/v3/account", "spot"),
        ("spot", "/api/v3/ticker/price", "spot"),
    ],
)
async def test_one_part_down_is_named_and_the_rest_stands(
    sandbox: ExchangeSandbox, threads: ThreadPoolExecutor, market: str, path: str, name: str
) -> None:
    await give(sandbox)
    url = sandbox.spot_url if market == "spot" else sandbox.futures_url
    await break_path(url, path)
    async with reading(sandbox, threads) as reader:
        received = await reader.read("4h")
    await control(sandbox, "DELETE", "/faults")
    assert set(received.unread) == {name}
    assert received.unread[name].code == "source_down"
    assert received.losses[0].value_at_risk is not None
    assert (received.risk is None) == (name != "leverage")


async def test_bars_down_leave_the_figures(sandbox: ExchangeSandbox, threads: ThreadPoolExecutor) -> None:
    await give(sandbox)
    await break_path(sandbox.futures_url, "/fapi/v1/klines")
    async with reading(sandbox, threads) as reader:
        received = await reader.read("4h")
    await control(sandbox, "DELETE", "/faults")
    assert received.leverage is not None
    assert received.losses[0].value_at_risk is None
    assert received.reasons["risk"].code == "uncovered"
    assert {row.loss for row in received.crashes} == {None}


async def test_a_futures_account_that_was_never_used_is_empty(
    sandbox: ExchangeSandbox, threads: ThreadPoolExecutor
) -> None:
    await give(sandbox)
    unused = {"code": -4109, "msg": "This account is inactive, please activate the account first."}
    for path in ("/fapi/v3/account", "/fapi/v3/positionRisk", "/fapi/v1/symbolConfig"):
        fault = {"status": {"code": 400, "body": unused}}
        await control(sandbox, "POST", "/faults", {"match": {"path": path}, "fault": fault, "count": 5})
    async with reading(sandbox, threads) as reader:
        received = await reader.read("4h")
    await control(sandbox, "DELETE", "/faults")
    assert (received.unread, received.equity, received.positions) == ({}, 0.0, ())
    assert received.risk is not None


async def test_an_empty_account(sandbox: ExchangeSandbox, threads: ThreadPoolExecutor) -> None:
    await give(sandbox, balances=[], positions=[])
    async with reading(sandbox, threads) as reader:
        received = await reader.read("4h")
    assert (received.risk, received.gross, received.unread) == (0.0, 0, {})
