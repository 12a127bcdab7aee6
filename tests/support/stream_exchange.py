"""A loopback exchange whose sockets do exactly what a test says, misbehaviour included."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.support.clock import FakeClock
from tests.support.limits import PATIENCE_S


async def eventually(
    holds: Callable[[], Any],
    clock: FakeClock | None = None,
    step_ms: int = 0,
) -> None:
    """Let sockets and tasks run until ``holds()``; with ``clock`` and ``step_ms`` time goes on meanwhile."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE_S
    while not holds():
        assert loop.time() < deadline, "what was waited for did not come"
        if clock is not None and step_ms:
            await clock.advance(step_ms)
        await asyncio.sleep(0)


@dataclass(eq=False)
class Socket:
    """One accepted socket: its path and the streams it is subscribed to."""

    path: str
    ws: web.WebSocketResponse
    streams: set[str] = field(default_factory=set)
    messages: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, stream: str, data: Any) -> None:
        await self.ws.send_str(json.dumps({"stream": stream, "data": data}))


class StreamExchange:
    """Answers control messages, sends what the test sends, and serves REST bodies put in beforehand.

    ``refuse`` is an HTTP status for new sockets; ``deaf`` sockets take messages without answering; ``slow`` ones answer
    in order once it is set; ``unknown`` streams are refused; ``reply`` answers the messages of a WebSocket API.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.sockets: list[Socket] = []
        self.opened = 0
        self.refuse: int | None = None
        self.refuse_headers: dict[str, str] = {}
        self.deaf = False
        self.slow: asyncio.Event | None = None
        self.unknown: set[str] = set()
        self.calls: Counter[str] = Counter()
        self.queries: list[tuple[str, dict[str, str]]] = []
        self.rest: dict[str, Callable[[dict[str, str]], Any]] = {}
        self.methods: Counter[str] = Counter()
        self.reply: Callable[[dict[str, Any]], Any] | None = None
        self.hold: asyncio.Event | None = None
        self.skew_ms = 0
        self.url = ""

    @property
    def ws_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    def carrying(self, stream: str) -> list[Socket]:
        """The open sockets subscribed to a stream."""
        return [socket for socket in self.sockets if stream in socket.streams]

    async def send(self, stream: str, data: Any) -> int:
        """Send to every socket that carries the stream; returns how many."""
        sockets = self.carrying(stream)
        for socket in sockets:
            await socket.send(stream, data)
        return len(sockets)

    async def drop(self, code: int = aiohttp.WSCloseCode.GOING_AWAY) -> None:
        """Close every socket."""
        for socket in list(self.sockets):
            await socket.ws.close(code=code)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._socket(request)
        if request.path.endswith("/time"):
            return web.json_response({"serverTime": self.clock.now_ms() + self.skew_ms})
        self.calls[request.path] += 1
        self.methods[f"{request.method} {request.path}"] += 1
        query = dict(request.query)
        self.queries.append((request.path, query))
        if self.hold is not None:
            await self.hold.wait()
        made = self.rest[request.path.rpartition("/")[2]](query)
        return made if isinstance(made, web.StreamResponse) else web.json_response(made)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        self.opened += 1
        if self.refuse is not None:
            return web.Response(status=self.refuse, headers=self.refuse_headers)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        socket = Socket(request.path_qs, ws)
        self.sockets.append(socket)
        try:
            async for message in ws:
                if not self.deaf:
                    await self._answer(socket, json.loads(message.data))
        finally:
            self.sockets.remove(socket)
        return ws

    async def _answer(self, socket: Socket, asked: dict[str, Any]) -> None:
        socket.messages.append(asked)
        if self.slow is not None:
            await self.slow.wait()
        if self.reply is not None:
            await socket.ws.send_str(json.dumps({"id": asked["id"], **self.reply(asked)}))
            return
        names = asked.get("params", [])
        if asked["method"] == "SUBSCRIBE" and self.unknown & set(names):
            await socket.ws.send_str(json.dumps({"error": {"code": 2, "msg": "unknown"}, "id": asked["id"]}))
            return
        if asked["method"] == "SUBSCRIBE":
            socket.streams |= set(names)
        elif asked["method"] == "UNSUBSCRIBE":
            socket.streams -= set(names)
        result = sorted(socket.streams) if asked["method"] == "LIST_SUBSCRIPTIONS" else None
        await socket.ws.send_str(json.dumps({"result": result, "id": asked["id"]}))


@asynccontextmanager
async def serving_streams(exchange: StreamExchange) -> AsyncIterator[StreamExchange]:
    """Serve on a free loopback port until the block ends."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", exchange.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    exchange.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield exchange
    finally:
        await exchange.drop()
        await runner.cleanup()
