"""What the streams say agrees with the REST side, and they follow the protocol."""

from typing import Any

import aiohttp
import pytest

from tests.sandbox.exchange.conftest import NOW_MS, Client
from tests.sandbox.exchange.listening import Listener, listening

MINUTE_MS = 60_000


async def test_control_messages(client: Client) -> None:
    async with listening(client, "/ws") as listener:
        assert await listener.send(method="SUBSCRIBE", params=["btcusdt@trade"], id=1) == {
            "result": None,
            "id": 1,
        }
        assert (await listener.send(method="LIST_SUBSCRIPTIONS", id="x"))["result"] == ["btcusdt@trade"]
        assert (await listener.send(method="GET_PROPERTY", params=["combined"], id=2))["result"] is False
        await listener.advance(1_000)
        assert (await listener.send(method="SET_PROPERTY", params=["combined", True], id=3))["result"] is None
        assert (await listener.send(method="UNSUBSCRIBE", params=["btcusdt@trade"], id=None))["id"] is None
        assert (await listener.send(method="LIST_SUBSCRIPTIONS", id=5))["result"] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", 3),
        ("[]", 2),
        ('{"id": 1}', 2),
        ('{"method": "DANCE", "id": 1}', 2),
        ('{"method": "SUBSCRIBE", "params": [1], "id": 1}', 2),
        ('{"method": "SUBSCRIBE", "params": [], "id": 1.5}', 2),
        ('{"method": "SET_PROPERTY", "params": ["combined", "yes"], "id": 1}', 1),
        ('{"method": "GET_PROPERTY", "params": ["colour"], "id": 1}', 0),
    ],
)
async def test_senseless_messages_are_answered_with_an_error(client: Client, text: str, code: int) -> None:
    async with listening(client, "/ws/0") as listener:
        await listener.socket.send_str(text)
        assert (await listener.read())["error"]["code"] == code


async def follow(listener: Listener, stream: str, steps: int, ms: int) -> list[Any]:
    """Messages of a stream while the clock takes steps."""
    return [m["data"] for m in await listener.follow(steps, ms) if m["stream"] == stream]


@pytest.mark.parametrize("kind", ["spot", "futures"])
async def test_a_book_kept_from_differences_equals_the_snapshot(client: Client, kind: str) -> None:
    route, rest, limit = (
        ("", "/api/v3/depth", 5000) if kind == "spot" else ("/public", "/fapi/v1/depth", 1000)
    )
    stream = "solusdt@depth@100ms"
    async with listening(client, f"{route}/stream?streams={stream}", kind) as listener:
        await listener.advance(150)
        first = await client.get(rest, symbol="SOLUSDT", limit=limit)
        updates = await follow(listener, stream, 40, 250)
        last = await client.get(rest, symbol="SOLUSDT", limit=limit)
    book = {side: dict(map(tuple, first[name])) for side, name in (("b", "bids"), ("a", "asks"))}
    assert updates[0]["U"] <= first["lastUpdateId"] + 1
    previous = None
    for update in updates:
        if update["u"] <= first["lastUpdateId"]:
            continue
        if previous is not None and kind == "spot":
            assert update["U"] == previous + 1
        if previous is not None and kind == "futures":
            assert update["pu"] == previous
            assert update["U"] > previous + 1
        previous = update["u"]
        for side in ("b", "a"):
            for price, quantity in update[side]:
                if float(quantity):
                    book[side][price] = quantity
                else:
                    book[side].pop(price, None)
    lagging = await client.sandbox.on_worker(
        lambda: client.sandbox.market.book(kind, "SOLUSDT", limit, (NOW_MS + 10_150) // 100 * 100)
    )
    assert lagging.update_id == previous
    style_digits = len(last["bids"][0][0].partition(".")[2])
    best = sorted(book["b"], key=float, reverse=True)[:100]
    digits = 2 if kind == "spot" else 3
    assert best == [f"{price / 10**digits:.{style_digits}f}" for price in lagging.bid_prices[:100].tolist()]
    quantities = [float(book["a"][price]) for price in sorted(book["a"], key=float)[:100]]
    scale = 10.0**3 if kind == "spot" else 1.0
    assert quantities == pytest.approx([lots / scale for lots in lagging.ask_lots[:100].tolist()])


@pytest.mark.parametrize("kind", ["spot", "futures"])
async def test_trades_are_told_once_and_bars_are_their_sum(client: Client, kind: str) -> None:
    names = ["btcusdt@aggTrade", "btcusdt@kline_1m"]
    route = "" if kind == "spot" else "/market"
    path = f"{route}/stream?streams={'/'.join(names)}"
    async with listening(client, path, kind) as listener:
        messages = await listener.follow(60, 2_000)
    trades = [message["data"] for message in messages if message["stream"] == names[0]]
    bars = [message["data"] for message in messages if message["stream"] == names[1]]
    ids = [trade["a"] for trade in trades]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    closed = [bar["k"] for bar in bars if bar["k"]["x"]]
    minute = NOW_MS // MINUTE_MS * MINUTE_MS
    assert [bar["t"] for bar in closed] == [minute, minute + MINUTE_MS]
    mine = [trade for trade in trades if closed[1]["t"] <= trade["T"] <= closed[1]["T"]]
    assert closed[1]["n"] == len(mine)
    assert (closed[1]["f"], closed[1]["L"]) == (mine[0]["a"], mine[-1]["a"])
    assert float(closed[1]["v"]) == pytest.approx(sum(float(trade["q"]) for trade in mine))
    assert (closed[1]["o"], closed[1]["c"]) == (mine[0]["p"], mine[-1]["p"])
    base = "/api/v3" if kind == "spot" else "/fapi/v1"
    rows = await client.get(f"{base}/klines", symbol="BTCUSDT", interval="1m", startTime=closed[1]["t"])
    assert [rows[0][i] for i in (1, 2, 3, 4, 5)] == [closed[1][name] for name in "ohlcv"]


async def test_best_prices_are_those_of_the_book(client: Client) -> None:
    async with listening(client, "/stream?streams=ethusdt@bookTicker") as listener:
        tops = await follow(listener, "ethusdt@bookTicker", 20, 500)
    now = await client.get("/api/v3/ticker/bookTicker", symbol="ETHUSDT")
    assert (tops[-1]["b"], tops[-1]["a"]) == (now["bidPrice"], now["askPrice"])
    assert all(float(top["b"]) < float(top["a"]) for top in tops)
    assert "e" not in tops[0]
    assert "E" not in tops[0]


async def test_wrong_and_missing_routes_stay_silent(client: Client) -> None:
    names = ["btcusdt@markPrice@1s", "btcusdt@depth@100ms"]
    heard: dict[str, set[str]] = {}
    for route in ("", "/public", "/market", "/private"):
        async with listening(client, f"{route}/stream", "futures") as listener:
            assert (await listener.send(method="SUBSCRIBE", params=names, id=1))["result"] is None
            await listener.advance(1_000)
            await listener.socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 2})
            heard[route] = set()
            while "id" not in (message := await listener.read()):
                heard[route].add(message["stream"])
    assert heard == {"": {names[1]}, "/public": {names[1]}, "/market": {names[0]}, "/private": set()}


async def test_unknown_names_and_upper_case_are_silent(client: Client) -> None:
    names = ["BTCUSDT@trade", "nopeusdt@depth@100ms", "!ticker@arr", "!bookTicker", "btcusdt@kline_7m"]
    async with listening(client, "/any/prefix/stream?streams=" + "/".join(names)) as listener:
        assert await follow(listener, "", 3, 1_000) == []


SHAPES = {
    "spot": {
        "btcusdt@trade": "e E s t p q T m M",
        "btcusdt@aggTrade": "e E s a p q f l T m M",
        "btcusdt@bookTicker": "u s b B a A",
        "btcusdt@kline_1m": "e E s k",
        "btcusdt@depth5": "lastUpdateId bids asks",
        "btcusdt@depth": "e E s U u b a",
        "btcusdt@ticker": "e E s p P w x c Q b B a A o h l v q O C F L n",
        "btcusdt@ticker_1h": "e E s p P w c o h l v q O C F L n",
        "btcusdt@miniTicker": "e E s c o h l v q",
        "!miniTicker@arr": "e E s c o h l v q",
        "!ticker_4h@arr": "e E s p P w c o h l v q O C F L n",
        "btcusdt@avgPrice": "e E s i w T",
    },
    "futures": {
        "/public btcusdt@bookTicker": "e u E T s ps b B a A st",
        "/public !bookTicker": "e u E T s ps b B a A st",
        "/public btcusdt@depth": "e E T s ps U u pu b a st",
        "/public btcusdt@depth10@500ms": "e E T s ps U u pu b a st",
        "/market btcusdt@aggTrade": "e E s a p q nq f l T m st",
        "/market btcusdt@markPrice": "e E s p ap i P r T st",
        "/market !markPrice@arr@1s": "e E s p ap i P r T st",
        "/market btcusdt@kline_5m": "e E s k st",
        "/market btcusdt_perpetual@continuousKline_1m": "e E ps ct k",
        "/market btcusdt@ticker": "e E s p P w c Q o h l v q O C F L n ps st",
        "/market !ticker@arr": "e E s p P w c Q o h l v q O C F L n ps st",
        "/market !miniTicker@arr": "e E s c o h l v q ps st",
    },
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, some in SHAPES.items() for name in some])
async def test_messages_have_the_documented_fields(client: Client, kind: str, name: str) -> None:
    route, _, stream = name.rpartition(" ")
    async with listening(client, f"{route}/ws/{stream}", kind) as listener:
        for _ in range(12):
            await listener.advance(1_000)
        message = await listener.read()
    row = message[0] if isinstance(message, list) else message
    assert set(row) == set(SHAPES[kind][name].split())
    if "k" in row:
        assert set(row["k"]) >= set("t T i f L o c h l v n x q V Q B".split())  # noqa: SIM905


async def test_coin_margined_contracts_are_mixed_into_all_market_streams(client: Client) -> None:
    async with listening(client, "/market/stream?streams=!miniTicker@arr", "futures") as listener:
        messages = await follow(listener, "!miniTicker@arr", 3, 10_000)
    kinds = {row["s"]: row["st"] for rows in messages for row in rows}
    assert kinds["BTCUSD_PERP"] == 2
    assert kinds["BTCUSDT"] == 1


async def test_pings_must_be_answered(client: Client) -> None:
    async with listening(client, "/ws/0") as listener:
        await listener.advance(20_000)
        ping = await listener.frame()
        assert ping.type == aiohttp.WSMsgType.PING
        await listener.socket.pong(ping.data)
        assert await listener.subscriptions()
        await listener.advance(20_000)
        assert (await listener.frame()).type == aiohttp.WSMsgType.PING
        await listener.socket.pong(b"something else")
        assert await listener.subscriptions()
        await listener.advance(61_000)
        assert (await listener.frame()).type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
        assert listener.socket.close_code == 1006


async def test_connections_end_after_a_day(own_client: Client) -> None:
    async with listening(own_client, "/ws/0") as listener:
        await listener.advance(24 * 3_600_000)
        while (await listener.frame()).type == aiohttp.WSMsgType.PING:
            pass
        assert listener.socket.close_code == 1001


@pytest.mark.parametrize(("kind", "allowed"), [("spot", 5), ("futures", 10)])
async def test_too_many_messages_end_the_connection(client: Client, kind: str, allowed: int) -> None:
    async with listening(client, "/ws/0", kind) as listener:
        for number in range(allowed):
            await listener.send(method="LIST_SUBSCRIPTIONS", id=number)
        await listener.advance(1_000)
        for number in range(allowed):
            await listener.send(method="LIST_SUBSCRIPTIONS", id=number)
        await listener.socket.ping()
        assert (await listener.frame()).type == aiohttp.WSMsgType.CLOSE
        assert listener.socket.close_code == 1008
    _, calls = await client.control("GET", "/calls")
    assert calls["violations"]


async def test_too_many_streams_end_the_connection(client: Client) -> None:
    names = [f"coin{number}@trade" for number in range(1_025)]
    async with listening(client, "/ws") as listener:
        await listener.socket.send_json({"method": "SUBSCRIBE", "params": names[:1_024], "id": 1})
        assert (await listener.read())["result"] is None
        await listener.socket.send_json({"method": "SUBSCRIBE", "params": names, "id": 2})
        while (await listener.frame()).type != aiohttp.WSMsgType.CLOSE:
            pass
        assert listener.socket.close_code == 1008


async def test_three_hundred_connections_in_five_minutes(client: Client) -> None:
    board = client.sandbox._boards["spot"]
    for _ in range(300):
        assert board.door.refusal("127.0.0.1", NOW_MS) is None
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with listening(client, "/ws"):
            pass
    assert refused.value.status == 429
    async with listening(client, "/ws", "futures") as listener:
        assert await listener.subscriptions()


async def test_connections_are_listed_and_can_be_closed(client: Client) -> None:
    async with listening(client, "/stream?streams=btcusdt@trade/ethusdt@trade") as listener:
        assert await listener.subscriptions()
        _, sockets = await client.control("GET", "/connections")
        assert [socket["streams"] for socket in sockets] == [["btcusdt@trade", "ethusdt@trade"]]
        await client.control("POST", f"/connections/{sockets[0]['id']}/close", code=1012)
        assert (await listener.frame()).type == aiohttp.WSMsgType.CLOSE
        assert listener.socket.close_code == 1012
    assert (await client.control("GET", "/connections"))[1] == []
