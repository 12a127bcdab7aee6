"""`python -m scripts.bench.feed`: a futures exchange on loopback that sends ready-made messages of many symbols.

The rate is that of all symbols together: six books' updates for every four trades, spread evenly or, with
``--burst-ms``, in bursts. Only the ids and times of a message are filled in when it is sent.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import WSMsgType, web

from scripts.bench.messages import MID_TICKS, TICKS_PER_UNIT, levels_near

DEPTH_OF_TEN: Final = 6
LEVELS: Final = 15
"""Changed levels a side: as many as spot BTCUSDT had per 100 ms message when it was recorded, smaller ones fewer."""
TEMPLATES: Final = 8
SNAPSHOT_LEVELS: Final = 1000
IDS_PER_UPDATE: Final = 10
_QUANTITY: Final = "1.000"


@dataclass(slots=True)
class Symbol:
    """One symbol's ready-made messages and how many of each kind were sent."""

    name: str
    updates: list[bytes]
    trade: bytes
    sent_updates: int = 0
    sent_trades: int = 0

    def next_update(self, now_ms: int) -> bytes:
        """Return the next change of the book; ids follow each other."""
        template = self.updates[self.sent_updates % TEMPLATES]
        self.sent_updates += 1
        last = self.sent_updates * IDS_PER_UPDATE
        return template % (now_ms, now_ms, last - IDS_PER_UPDATE + 1, last, last - IDS_PER_UPDATE)

    def next_trade(self, now_ms: int) -> bytes:
        """Return the next aggregate trade."""
        self.sent_trades += 1
        number = self.sent_trades
        return self.trade % (now_ms, number, number, number, now_ms)

    def snapshot(self) -> dict[str, Any]:
        """Return a book that the updates lead on from."""
        distances = range(1, SNAPSHOT_LEVELS + 1)
        sides = [[(_price(sign * distance), _QUANTITY) for distance in distances] for sign in (-1, 1)]
        last = self.sent_updates * IDS_PER_UPDATE
        return {"lastUpdateId": last, "E": _now_ms(), "bids": sides[0], "asks": sides[1]}


def symbol_name(number: int) -> str:
    """Return the name of the symbol with this number."""
    return f"B{number:04d}USDT"


def _symbol(number: int, rng: random.Random) -> Symbol:
    name = symbol_name(number)
    low = name.lower()
    head = f'{{"stream":"{low}@depth@100ms","data":{{"e":"depthUpdate","E":%d,"T":%d,"s":"{name}",'
    updates = [f'{head}"U":%d,"u":%d,"pu":%d,{_sides(rng)}}}}}'.encode() for _ in range(TEMPLATES)]
    trade = (
        f'{{"stream":"{low}@aggTrade","data":{{"e":"aggTrade","E":%d,"a":%d,"s":"{name}","p":"{_price(0)}",'
        '"q":"0.125","f":%d,"l":%d,"T":%d,"m":true}}'
    )
    return Symbol(name, updates, trade.encode())


def _sides(rng: random.Random) -> str:
    sides = {
        key: [
            (_price(sign * distance), f"{rng.lognormvariate(0, 1):.3f}")
            for distance in levels_near(rng, LEVELS)
        ]
        for key, sign in (("b", -1), ("a", 1))
    }
    return json.dumps(sides, separators=(",", ":"))[1:-1]


def _price(ticks: int) -> str:
    return f"{(MID_TICKS + ticks) / TICKS_PER_UNIT:.2f}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Feed:
    """Answers what a client asks before and while it listens, and sends at the rate."""

    symbols: dict[str, Symbol]
    rate: int
    burst_s: float
    order: list[tuple[Symbol, bool]]
    listening: dict[str, web.WebSocketResponse] = field(default_factory=dict)
    sent: int = 0

    async def depth(self, request: web.Request) -> web.Response:
        """Answer a snapshot."""
        return web.json_response(self.symbols[request.query["symbol"]].snapshot())

    async def agg_trades(self, _request: web.Request) -> web.Response:
        """Answer that there were no trades before."""
        return web.json_response([])

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        """Take subscriptions of one connection."""
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        async for message in ws:
            asked = json.loads(message.data)
            if asked["method"] == "SUBSCRIBE":
                self.listening.update(dict.fromkeys(asked["params"], ws))
            await ws.send_json({"result": None, "id": asked["id"]})
        self.listening = {name: kept for name, kept in self.listening.items() if kept is not ws}
        return ws

    async def send_all(self) -> None:
        """Send for ever; messages nobody listens to yet are left out."""
        start_s, begun = time.monotonic(), 0
        while True:
            await asyncio.sleep(self.burst_s)
            due = int((time.monotonic() - start_s) * self.rate)
            for number in range(begun, due):
                await self._send(*self.order[number % len(self.order)])
            begun = due

    async def _send(self, symbol: Symbol, is_update: bool) -> None:
        stream = f"{symbol.name.lower()}@{'depth@100ms' if is_update else 'aggTrade'}"
        ws = self.listening.get(stream)
        if ws is None or ws.closed:
            return
        now_ms = _now_ms()
        body = symbol.next_update(now_ms) if is_update else symbol.next_trade(now_ms)
        try:
            await ws.send_frame(body, WSMsgType.TEXT)
        except ConnectionError:
            return  # it has just gone; its handler forgets it
        self.sent += 1


def make_feed(symbols: int, rate: int, burst_ms: int, seed: int) -> Feed:
    """Make the messages of all symbols, and the order in which they take turns."""
    rng = random.Random(seed)
    made = [_symbol(number, rng) for number in range(symbols)]
    order = [(symbol, turn < DEPTH_OF_TEN) for turn in range(10) for symbol in made]
    rng.shuffle(order)
    return Feed({symbol.name: symbol for symbol in made}, rate, burst_ms / 1000, order)


async def serve(feed: Feed) -> None:
    """Listen, say where, and run until standard input closes."""
    app = web.Application()
    app.router.add_get("/fapi/v1/depth", feed.depth)
    app.router.add_get("/fapi/v1/aggTrades", feed.agg_trades)
    app.router.add_get("/{route}/stream", feed.socket)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sending = asyncio.create_task(feed.send_all())
    print(json.dumps({"url": f"http://127.0.0.1:{runner.addresses[0][1]}"}), flush=True)
    closed = asyncio.create_task(asyncio.to_thread(sys.stdin.buffer.read))
    await asyncio.wait({sending, closed}, return_when=asyncio.FIRST_COMPLETED)
    if sending.done():
        sending.result()
    sending.cancel()
    await runner.cleanup()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench.feed", description=__doc__)
    parser.add_argument("--symbols", type=int, default=300)
    parser.add_argument("--rate", type=int, default=5000, help="messages a second, all symbols together")
    parser.add_argument("--burst-ms", type=int, default=10, help="what is due is sent this often")
    parser.add_argument("--seed", type=int, default=7)
    wanted = parser.parse_args()
    asyncio.run(serve(make_feed(wanted.symbols, wanted.rate, wanted.burst_ms, wanted.seed)))


if __name__ == "__main__":
    main()
