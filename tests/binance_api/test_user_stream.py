"""The account's streams: logging on, keeping on, and what happens when the exchange ends them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.binance_api.live import hmac_key, live_client
from tests.support.clock import FakeClock
from tests.support.stream_exchange import StreamExchange, eventually
from utils.binance_api.account.user_stream import UserEvent, UserStream
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.http.signing import Credentials, Ed25519Signer
from utils.http.errors import Misconfigured

Pair = tuple[StreamExchange, BinanceAggregator]
OK: dict[str, Any] = {"status": 200, "result": {"subscriptionId": 0}}


class Owner:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.events: list[UserEvent] = []
        self.lives = 0

    def user_event(self, event: UserEvent) -> None:
        self.events.append(event)

    def user_live(self) -> None:
        self.lives += 1

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def pair(clock: FakeClock) -> AsyncIterator[Pair]:
    async with live_client(clock, hmac_key()) as made:
        made[0].rest["listenKey"] = lambda _: {"listenKey": "a-secret-listen-key"}
        yield made


@asynccontextmanager
async def running(stream: UserStream) -> AsyncIterator[UserStream]:
    task = asyncio.create_task(stream.run())
    yield stream
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def methods(exchange: StreamExchange) -> list[str]:
    return [message["method"] for socket in exchange.sockets for message in socket.messages]


async def test_spot_subscribes_with_a_signature_and_hears_events(pair: Pair) -> None:
    exchange, client = pair
    exchange.reply = lambda _: OK
    owner = Owner()
    async with running(client.streams.account(owner)[0]) as stream:
        await eventually(lambda: stream.connected)
        asked = exchange.sockets[0].messages[0]
        assert asked["method"] == "userDataStream.subscribe.signature"
        assert set(asked["params"]) == {"apiKey", "timestamp", "signature"}
        event = {"e": "executionReport", "E": 5, "s": "BTCUSDT"}
        await exchange.sockets[0].ws.send_json({"subscriptionId": 0, "event": event})
        await eventually(lambda: owner.kinds == ["executionReport"])
        assert owner.events[0].event_ms == 5
        assert "BTCUSDT" not in repr(owner.events[0])


async def test_an_ed25519_key_logs_the_session_on(clock: FakeClock) -> None:
    key = Credentials("key", Ed25519Signer(Ed25519PrivateKey.generate()))
    async with live_client(clock, key) as (exchange, client):
        exchange.reply = lambda _: OK
        async with running(client.streams.account(Owner())[0]) as stream:
            await eventually(lambda: stream.connected)
            assert methods(exchange) == ["session.logon", "userDataStream.subscribe"]


async def test_a_terminated_spot_stream_is_subscribed_again_with_a_new_timestamp(
    pair: Pair, clock: FakeClock
) -> None:
    exchange, client = pair
    exchange.reply = lambda _: OK
    owner = Owner()
    async with running(client.streams.account(owner)[0]) as stream:
        await eventually(lambda: stream.connected)
        first = exchange.sockets[0].messages[0]["params"]["timestamp"]
        await exchange.sockets[0].ws.send_json({"subscriptionId": 0, "event": {"e": "eventStreamTerminated"}})
        await eventually(lambda: owner.lives == 2, clock, 500)
        assert exchange.sockets[-1].messages[0]["params"]["timestamp"] > first
    assert owner.kinds == []


async def test_a_wrong_clock_is_measured_anew(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    exchange.skew_ms = -5000
    refused = {"status": 400, "error": {"code": -1021, "msg": "ahead of the server"}}

    def reply(asked: dict[str, Any]) -> dict[str, Any]:
        return OK if asked["params"]["timestamp"] <= clock.now_ms() - 4000 else refused

    exchange.reply = reply
    async with running(client.streams.account(Owner())[0]) as stream:
        await eventually(lambda: stream.counts["ended"] == 1)
        await eventually(lambda: client.clock_offset_ms == -5000)
        await eventually(lambda: stream.connected, clock, 500)


async def test_a_refused_key_is_told_once_and_tried_seldom(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    exchange.reply = lambda _: {"status": 401, "error": {"code": -2015, "msg": "Invalid API-key"}}
    with structlog.testing.capture_logs() as logs:
        async with running(client.streams.account(Owner())[0]) as stream:
            await eventually(lambda: exchange.opened >= 2 or clock.now_ms() > 1_700_000_590_000, clock, 1000)
            assert exchange.opened == 1
            await eventually(lambda: exchange.opened == 2, clock, 1000)
            assert not stream.connected
    assert [log["event"] for log in logs] == ["source stopped answering"]
    assert "key-of-a-test" not in str(logs)


async def test_futures_open_a_key_and_renew_it_every_half_hour_even_when_busy(
    pair: Pair, clock: FakeClock
) -> None:
    exchange, client = pair
    owner = Owner()
    async with running(client.streams.account(owner)[1]) as stream:
        await eventually(lambda: stream.connected)
        assert exchange.sockets[0].path == "/private/ws/a-secret-listen-key"
        for number in range(130):
            await exchange.sockets[0].ws.send_json({"e": "ACCOUNT_UPDATE", "E": number})
            await eventually(lambda wanted=number: len(owner.events) > wanted)  # type: ignore[misc]
            await clock.advance(30_000)
        await eventually(lambda: exchange.methods["PUT /fapi/v1/listenKey"] == 2, clock, 1000)
    assert exchange.methods["POST /fapi/v1/listenKey"] == 1
    assert exchange.opened == 1


@pytest.mark.parametrize("ending", ["expired", "unknown"])
async def test_an_ended_listen_key_is_replaced(pair: Pair, clock: FakeClock, ending: str) -> None:
    exchange, client = pair
    owner = Owner()
    async with running(client.streams.account(owner)[1]) as stream:
        await eventually(lambda: stream.connected)
        if ending == "expired":
            await exchange.sockets[0].ws.send_json({"e": "listenKeyExpired", "E": 1})
        else:
            body = {"code": -1125, "msg": "This listenKey does not exist."}

            def answer(_: dict[str, str]) -> Any:
                renewals = exchange.methods["PUT /fapi/v1/listenKey"]
                first = renewals == 1 and exchange.methods["POST /fapi/v1/listenKey"] == 1
                return web.json_response(body, status=400) if first else {"listenKey": "another-key"}

            exchange.rest["listenKey"] = answer
        await eventually(lambda: owner.lives == 2, clock, 10_000)
    assert exchange.methods["POST /fapi/v1/listenKey"] == 2


async def test_a_half_open_account_stream_is_found(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    owner = Owner()
    with structlog.testing.capture_logs() as logs:
        async with running(client.streams.account(owner)[1]) as stream:
            await eventually(lambda: stream.connected)
            exchange.deaf = True
            await eventually(lambda: not stream.connected, clock, 1000)
            exchange.deaf = False
            await eventually(lambda: owner.lives == 2, clock, 500)
    assert "a-secret-listen-key" not in str(logs)


async def test_a_quiet_account_stream_is_left_alone(pair: Pair, clock: FakeClock) -> None:
    exchange, client = pair
    owner = Owner()
    async with running(client.streams.account(owner)[1]) as stream:
        await eventually(lambda: stream.connected)
        for answered in range(1, 20):
            await eventually(
                lambda wanted=answered: methods(exchange).count("LIST_SUBSCRIPTIONS") >= wanted,  # type: ignore[misc]
                clock,
                1000,
            )
            await eventually(lambda: stream._probe_sent_s is None)
    assert owner.lives == 1


async def test_without_a_key_there_is_no_account_stream(clock: FakeClock) -> None:
    async with live_client(clock) as (_, client):
        with pytest.raises(Misconfigured) as refused:
            client.streams.account(Owner())
    assert "BINANCE_API_KEY" in refused.value.what_to_do
