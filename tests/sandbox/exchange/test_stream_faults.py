"""Every fault of the streams does what it is called."""

import asyncio
import json

import aiohttp
import pytest

from tests.sandbox.exchange.conftest import NOW_MS, Client
from tests.sandbox.exchange.listening import Listener, listening

DEPTH = "/stream?streams=btcusdt@depth5@100ms"
STREAM = "btcusdt@depth5@100ms"


async def order(client: Client, fault: object, **request: object) -> None:
    match = {"kind": "ws", **dict(request.pop("match", {}))}  # type: ignore[call-overload]
    status, told = await client.control("POST", "/faults", match=match, fault=fault, **request)
    assert status == 200, told


async def ids(listener: Listener, count: int) -> list[int]:
    """The moments of the next messages, as hundreds of milliseconds after the start."""
    return [update["lastUpdateId"] for update in await listener.read_until(STREAM, count)]


async def steps(listener: Listener, count: int) -> None:
    for _ in range(count):
        await listener.advance(100)


async def test_close_with_a_code(client: Client) -> None:
    async with listening(client, DEPTH) as listener:
        await order(client, {"close": {"code": 1008}}, count=1)
        assert (await listener.frame()).type == aiohttp.WSMsgType.CLOSE
        assert listener.socket.close_code == 1008
    async with listening(client, DEPTH) as again:
        await steps(again, 1)
        assert await ids(again, 1)


async def test_close_without_a_code_breaks_off(client: Client) -> None:
    async with listening(client, DEPTH) as listener:
        await order(client, "close", count=1)
        assert (await listener.frame()).type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
        assert listener.socket.close_code == 1006


async def test_half_open_answers_nothing(client: Client) -> None:
    async with listening(client, DEPTH) as listener:
        await order(client, "half_open", count=1)
        await client.sandbox.catch_up()
        await steps(listener, 3)
        await listener.socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                pytest.fail(f"received {await listener.socket.receive()}")
        _, sockets = await client.control("GET", "/connections")
        assert len(sockets) == 1
        assert await client.control("POST", f"/connections/{sockets[0]['id']}/close", code=1001)
        assert (await listener.frame()).type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}


async def test_silence_swallows_messages_but_not_replies(client: Client) -> None:
    async with listening(client, DEPTH) as listener:
        await order(client, "silence", for_ms=1_000)
        await steps(listener, 5)
        assert await listener.subscriptions() == {"result": [STREAM], "id": "list"}
        await listener.advance(1_000)
        five_swallowed = NOW_MS // 100 * 100 + 600
        assert (await ids(listener, 1))[0] == five_swallowed - 1_500_000_000_000


async def test_gap_loses_messages_of_one_stream_once(client: Client) -> None:
    async with listening(client, DEPTH) as listener:
        await steps(listener, 1)
        first = (await ids(listener, 1))[0]
        await order(client, {"gap": {"n": 2}}, match={"stream": STREAM})
        await steps(listener, 4)
        assert [found - first for found in await ids(listener, 2)] == [300, 400]


async def test_duplicate_and_reorder(client: Client) -> None:
    async with listening(client, DEPTH) as listener:
        await order(client, "duplicate", count=1)
        await steps(listener, 2)
        first, second, third = await ids(listener, 3)
        assert (second - first, third - first) == (0, 100)
        await order(client, "reorder", count=1)
        await steps(listener, 2)
        later, earlier = await ids(listener, 2)
        assert (later - first, earlier - first) == (300, 200)


async def test_latency_delays_and_keeps_the_order(client: Client) -> None:
    async with listening(client, DEPTH) as listener:
        await order(client, {"latency": {"ms": 1_000}}, count=2)
        await steps(listener, 3)
        assert await listener.subscriptions() == {"result": [STREAM], "id": "list"}
        await listener.advance(1_000)
        found = await ids(listener, 3)
        assert found == sorted(found)
        assert found[1] - found[0] == 100


async def test_clock_skew_moves_event_times(client: Client) -> None:
    async with listening(client, "/market/ws/btcusdt@markPrice@1s", "futures") as listener:
        await listener.advance(1_000)
        straight = await listener.read()
        await order(client, {"clock_skew": {"ms": -5_000}}, match={"symbol": "BTCUSDT"})
        await listener.advance(1_000)
        skewed = await listener.read()
        assert skewed["E"] - straight["E"] == 1_000 - 5_000
        assert skewed["T"] == straight["T"]


async def test_unknown_field_truncate_and_not_json(client: Client) -> None:
    async with listening(client, DEPTH) as listener:
        await order(client, "unknown_field", count=1)
        await order(client, {"truncate": {"bytes": 40}}, count=1)
        await order(client, "not_json", count=1)
        await steps(listener, 2)
        with pytest.raises(json.JSONDecodeError):
            await listener.read()
        assert (await listener.read())["stream"] == STREAM
        await order(client, "unknown_field", count=1)
        await steps(listener, 1)
        assert (await listener.read())["data"]["zzUnknown"] == "1"
        await order(client, {"truncate": {"bytes": 40}}, count=1)
        await steps(listener, 1)
        cut = await listener.frame()
        assert len(cut.data) == 40


async def test_server_shutdown_is_announced(client: Client) -> None:
    async with listening(client, DEPTH) as listener:
        await order(client, {"server_shutdown": {"ms": 2_000}}, count=1)
        message = await listener.read()
        assert message["stream"] == "!serverShutdown"
        assert message["data"]["e"] == "serverShutdown"
        await listener.advance(2_000)
        while (frame := await listener.frame()).type == aiohttp.WSMsgType.TEXT:
            assert json.loads(frame.data)["stream"] == STREAM
        assert listener.socket.close_code == 1001


@pytest.mark.parametrize(
    ("fault", "status"), [({"status": {"code": 451}}, 451), ("maintenance", 503), ("ban", 418)]
)
async def test_handshakes_can_be_turned_away(client: Client, fault: object, status: int) -> None:
    await order(client, fault, count=1)
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with listening(client, DEPTH):
            pass
    assert refused.value.status == status
    async with listening(client, DEPTH) as listener:
        assert await listener.subscriptions() == {"result": [STREAM], "id": "list"}


@pytest.mark.parametrize(
    "fault", [{"latency": {"ms": "x"}}, {"gap": {"n": True}}, {"close": {"kode": 1}}, {"nonsense": {}}]
)
async def test_senseless_faults_are_refused(client: Client, fault: object) -> None:
    status, told = await client.control("POST", "/faults", fault=fault)
    assert (status, list(told)) == (400, ["error"])
