"""Private streams: listen keys on futures, sessions of the WebSocket API on spot."""

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.sandbox.exchange.conftest import NOW_MS, Client
from tests.sandbox.exchange.listening import Listener, listening
from tests.sandbox.exchange.test_account import KEY, call, hmac_sign, pem, put_account

API = "/ws-api/v3"


async def listen_key(client: Client) -> str:
    await put_account(client)
    key: str = (await call(client, "/fapi/v1/listenKey", method="POST"))[1]["listenKey"]
    return key


@pytest.mark.parametrize("form", ["/private/ws/{key}", "/private/ws?listenKey={key}&events=ACCOUNT_UPDATE"])
async def test_account_updates_arrive(client: Client, form: str) -> None:
    key = await listen_key(client)
    async with listening(client, form.format(key=key), "futures") as listener:
        await listener.advance(100)
        await put_account(client, balances=[{"asset": "USDT", "free": "7", "market": "futures"}])
        await listener.advance(100)
        event = await listener.read()
        assert event["e"] == "ACCOUNT_UPDATE"
        assert event["a"]["B"][0]["wb"] == "7.00000000"
        _, sockets = await client.control("GET", "/connections")
        assert key not in sockets[0]["path"]


async def test_other_events_and_other_routes_hear_nothing(client: Client) -> None:
    key = await listen_key(client)
    for path in (f"/private/ws?listenKey={key}&events=ORDER_TRADE_UPDATE", f"/ws/{key}", f"/market/ws/{key}"):
        async with listening(client, path, "futures") as listener:
            await listener.advance(100)
            await put_account(client)
            assert await listener.follow(2, 1_000) == []


async def test_the_end_of_a_listen_key_is_told(own_client: Client) -> None:
    key = await listen_key(own_client)
    async with listening(own_client, f"/private/ws/{key}", "futures") as listener:
        await listener.advance(61 * 60_000)
        event = await listener.read()
        assert (event["e"], event["listenKey"]) == ("listenKeyExpired", key)


async def ask(listener: Listener, method: str, **params: object) -> Any:
    await listener.socket.send_json({"id": method, "method": method, "params": params})
    reply = await listener.read()
    assert reply["id"] == method
    return reply


def signed(**params: object) -> dict[str, object]:
    everything = {"apiKey": KEY, "timestamp": NOW_MS, **params}
    text = "&".join(f"{name}={everything[name]}" for name in sorted(everything))
    return everything | {"signature": hmac_sign(text.encode())}


async def test_subscribing_with_a_signature(client: Client) -> None:
    await put_account(client)
    async with listening(client, API) as listener:
        reply = await ask(listener, "userDataStream.subscribe.signature", **signed(recvWindow=10_000))
        assert (reply["status"], reply["result"]) == (200, {"subscriptionId": 0})
        assert reply["rateLimits"][0]["count"] == 4
        again = await ask(listener, "userDataStream.subscribe.signature", **signed())
        assert again["error"]["code"] == -2035
        await put_account(client, balances=[{"asset": "BTC", "free": "2"}])
        event = await listener.read()
        assert event["subscriptionId"] == 0
        assert event["event"]["e"] == "outboundAccountPosition"
        assert event["event"]["B"] == [{"a": "BTC", "f": "2.00000000", "l": "0.00000000"}]
        assert (await ask(listener, "userDataStream.unsubscribe", subscriptionId=0))["result"] == {}
        missing = await ask(listener, "userDataStream.unsubscribe", subscriptionId=0)
        assert missing["error"]["code"] == -2036


async def test_logging_on_with_ed25519_only(client: Client) -> None:
    await put_account(client)
    async with listening(client, API) as listener:
        assert (await ask(listener, "userDataStream.subscribe"))["status"] == 401
        assert (await ask(listener, "session.logon", **signed()))["error"]["code"] == -1099
        secret = ed25519.Ed25519PrivateKey.generate()
        await put_account(client, key={"api_key": KEY, "public_key": pem(secret.public_key())})
        text = f"apiKey={KEY}&timestamp={NOW_MS}"
        signature = base64.b64encode(secret.sign(text.encode())).decode()
        logged = await ask(listener, "session.logon", apiKey=KEY, timestamp=NOW_MS, signature=signature)
        assert logged["result"]["apiKey"] == KEY
        assert (await ask(listener, "userDataStream.subscribe"))["result"] == {"subscriptionId": 0}


async def test_refusals_of_the_api(client: Client) -> None:
    await put_account(client)
    async with listening(client, API) as listener:
        wrong = signed() | {"signature": "00"}
        assert (await ask(listener, "userDataStream.subscribe.signature", **wrong))["error"]["code"] == -1022
        late = await ask(listener, "userDataStream.subscribe.signature", **signed(timestamp=NOW_MS - 6_000))
        assert late["error"]["code"] == -1021
        assert (await ask(listener, "userDataStream.start"))["status"] == 410
        assert (await ask(listener, "order.place"))["error"]["code"] == -1020
        assert (await ask(listener, "time"))["result"] == {"serverTime": NOW_MS}
        await listener.socket.send_str("{")
        assert (await listener.read())["error"]["code"] == -1135


async def test_requests_of_the_api_cost_weight_and_no_rate(client: Client) -> None:
    async with listening(client, API) as listener:
        told = [await ask(listener, "ping") for _ in range(20)]
    counts = [row["rateLimits"][0]["count"] for row in told]
    assert counts == list(range(4, 44, 2))
