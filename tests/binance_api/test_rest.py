"""Requests over real sockets: retries, bans, broken bodies, weights."""

import asyncio
import random
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.binance_api.exchange import Canned, Exchange, SkippingClock
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.urls import BinanceUrls
from utils.http.errors import Misconfigured, Rejected, Retryable, SourceError, Unavailable
from utils.priority import LONGEST_WAIT_S, Attention, background

PRICE = {"symbol": "BTCUSDT", "price": "1.5"}
ADDRESS = "/ticker/price"


@pytest.fixture(autouse=True)
def _priced(exchange: Exchange) -> None:
    exchange.bodies[ADDRESS] = PRICE


@pytest.mark.parametrize(
    "fault",
    [
        Canned(500),
        Canned(503, '{"code":-1008,"msg":"Server is currently overloaded"}'),
        Canned(408, '{"code":-1007,"msg":"Timeout waiting for response"}'),
        Canned(200, ""),
        Canned(200, '{"symbol":"BTC'),
        Canned(200, "<html>maintenance</html>"),
        Canned(200, '{"symbol":"BTCUSDT","price":NaN}'),
        Canned(200, '{"code":-1001,"msg":"Internal error"}'),
        Canned(200, '{"symbol":"BTCUSDT","pri', cut=True),
        Canned(200, "\udcff\udcfe".encode("utf-8", "surrogateescape").decode("latin-1")),
    ],
    ids=lambda fault: f"{fault.status}-{fault.body[:12]}",
)
async def test_passing_faults_are_survived(
    aggregator: BinanceAggregator, exchange: Exchange, fault: Canned
) -> None:
    exchange.canned.append(fault)
    answer = await aggregator.spot.ticker_price("BTCUSDT")
    assert answer.value.price == 1.5
    assert len(exchange.calls) == 2


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Canned(400, '{"code":-1121,"msg":"Invalid symbol."}'), Rejected),
        (Canned(200, '{"code":-1121,"msg":"Invalid symbol."}'), Rejected),
        (Canned(451, '{"code":0,"msg":"Service unavailable from a restricted location"}'), Unavailable),
        (Canned(200, '{"symbol":"BTCUSDT"}'), Unavailable),
        (Canned(200, '{"symbol":"BTCUSDT","price":"NaN-ish"}'), Unavailable),
        (Canned(404, "not found"), Misconfigured),
    ],
)
async def test_lasting_faults_are_not_tried_again(
    aggregator: BinanceAggregator, exchange: Exchange, fault: Canned, kind: type[SourceError]
) -> None:
    exchange.canned.append(fault)
    with pytest.raises(kind) as raised:
        await aggregator.spot.ticker_price("BTCUSDT")
    assert raised.value.source == "binance.spot.tickerPrice"
    assert len(exchange.calls) == 1


async def test_tries_are_bounded_and_counted(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    exchange.canned.extend([Canned(502)] * 9)
    with pytest.raises(Retryable, match="502"):
        await aggregator.spot.ticker_price("BTCUSDT")
    assert len(exchange.calls) == 4
    assert aggregator.requests["binance.spot.tickerPrice", "retryable"] == 4
    assert aggregator.failing == ("binance.spot.tickerPrice",)


async def test_unknown_fields_are_ignored(aggregator: BinanceAggregator, exchange: Exchange) -> None:
    exchange.bodies[ADDRESS] = {**PRICE, "mood": {"new": [1]}, "st": 1}
    assert (await aggregator.spot.ticker_price("BTCUSDT")).value.price == 1.5


async def test_429_is_waited_out_by_everyone_and_then_answered(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    exchange.canned.append(Canned(429, '{"code":-1003,"msg":"Too many requests."}', {"Retry-After": "20"}))
    begun = clock.now_ms()
    assert (await aggregator.spot.ticker_price("BTCUSDT")).value.price == 1.5
    assert clock.now_ms() - begun >= 20_000
    assert len(exchange.calls) == 2


async def test_a_ban_stops_every_call_to_that_host_only(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    until = clock.now_ms() + 600_000
    exchange.canned.append(Canned(418, f'{{"code":-1003,"msg":"IP banned until {until}."}}'))
    with pytest.raises(Unavailable) as banned:
        await aggregator.spot.ticker_price("BTCUSDT")
    assert banned.value.until_ms == until
    with pytest.raises(Unavailable) as again:
        await aggregator.spot.klines("BTCUSDT", "1h", rows=2)
    assert again.value.until_ms == until
    assert len(exchange.calls) == 1
    assert (await aggregator.futures.ticker_price("BTCUSDT")).value.price == 1.5
    await clock.advance(600_001)
    assert (await aggregator.spot.ticker_price("BTCUSDT")).value.price == 1.5


async def test_the_firewall_closes_the_host_for_minutes(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    exchange.canned.append(Canned(403, "<html>blocked</html>"))
    for _ in range(2):
        with pytest.raises(Unavailable, match="firewall"):
            await aggregator.spot.ticker_price("BTCUSDT")
    assert len(exchange.calls) == 1


async def test_used_weight_comes_from_the_header_but_not_of_unreliable_endpoints(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    exchange.canned.append(Canned(200, '{"symbol":"B","price":"1"}', {"x-mbx-used-weight-1m": "321"}))
    await aggregator.spot.ticker_price("BTCUSDT")
    assert aggregator.weight_used()["spot"] == (321, 6000)
    exchange.canned.append(Canned(200, '{"symbol":"B","price":"1"}', {"X-MBX-USED-WEIGHT-1M": "999"}))
    await aggregator.futures.ticker_price("BTCUSDT")
    assert aggregator.weight_used()["futures"] == (1, 2400)


async def test_near_the_limit_calls_wait_for_the_next_minute(
    aggregator: BinanceAggregator, exchange: Exchange, clock: SkippingClock
) -> None:
    exchange.canned.append(Canned(200, '{"symbol":"B","price":"1"}', {"X-MBX-USED-WEIGHT-1M": "4800"}))
    await aggregator.spot.ticker_price("BTCUSDT")
    minute = clock.now_ms() // 60_000
    await aggregator.spot.ticker_price("ETHUSDT")
    assert clock.now_ms() // 60_000 == minute + 1
    assert aggregator.weight_used()["spot"][0] == 2


async def test_equal_questions_share_one_request_and_its_error(
    aggregator: BinanceAggregator, exchange: Exchange
) -> None:
    exchange.canned.append(Canned(400, '{"code":-1121,"msg":"Invalid symbol."}'))
    asked = [aggregator.spot.ticker_price("NOPE") for _ in range(100)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(answer, Rejected) for answer in answers)
    assert len(exchange.calls) == 1


@pytest.fixture
def attention(clock: SkippingClock) -> Attention:
    return Attention(clock)


@pytest.fixture
async def attentive(
    exchange: Exchange, clock: SkippingClock, attention: Attention
) -> AsyncIterator[BinanceAggregator]:
    async with aiohttp.ClientSession() as session:
        made = BinanceAggregator(
            BinanceUrls(spot=exchange.url),
            session=session,
            clock=clock,
            rng=random.Random(1),
            attention=attention,
        )
        yield made
        await made.close()


async def test_background_requests_wait_while_somebody_waits_for_an_answer(
    attentive: BinanceAggregator, attention: Attention, clock: SkippingClock
) -> None:
    begun = clock.monotonic()
    with attention.question():
        await attentive.spot.ticker_price("BTCUSDT")
        assert clock.monotonic() == begun
        with background():
            await attentive.spot.ticker_price("ETHUSDT")
    assert clock.monotonic() - begun >= LONGEST_WAIT_S


async def test_a_person_who_needs_a_history_that_is_read_in_the_background_does_not_wait_for_quiet(
    attentive: BinanceAggregator, attention: Attention, clock: SkippingClock
) -> None:
    begun = clock.monotonic()
    with attention.question():
        with background():
            warming = asyncio.create_task(attentive.spot.klines("BTCUSDT", "1h", rows=2))
        await clock.settle()
        asked = await attentive.spot.klines("BTCUSDT", "1h", rows=5)
        assert clock.monotonic() - begun < LONGEST_WAIT_S / 10
        assert len(asked.closed()) == 5
        await warming
