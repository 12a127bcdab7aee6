"""A loopback exchange for tests: bars computed from their opening time, or replies put in beforehand."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.support.clock import FakeClock

HOUR = 3_600_000


class SkippingClock(FakeClock):
    """A clock whose sleepers wake at once, having moved the time; ``slept`` lists their seconds."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        super().__init__(now_ms)
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.advance(max(0, round(seconds * 1000)))


@dataclass
class Canned:
    """A reply that is sent instead of the computed one."""

    status: int = 200
    body: str = "{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: bool = False


class Exchange:
    """Serves ``/time`` and klines of ``step`` ms by ``clock``; ``calls`` are (path, query) of all but ``/time``."""

    def __init__(self, clock: FakeClock, step: int = HOUR) -> None:
        self.clock = clock
        self.step = step
        self.first_open = 0
        self.missing: set[int] = set()
        self.skew_ms = 0
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.canned: deque[Canned] = deque()
        self.bodies: dict[str, Any] = {}
        self.before_reply: Callable[[], Any] | None = None
        self.called = asyncio.Event()
        self.hold: asyncio.Event | None = None
        self.url = ""

    @property
    def limits(self) -> list[int]:
        return [int(query["limit"]) for _, query in self.calls]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/time"):
            return web.json_response({"serverTime": self.clock.now_ms() + self.skew_ms})
        self.calls.append((request.path, dict(request.query)))
        self.called.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.canned:
            return await self._canned(request, self.canned.popleft())
        if self.before_reply is not None:
            self.before_reply()
        for path, body in self.bodies.items():
            if request.path.endswith(path):
                return web.json_response(body)
        return web.json_response(self.bars(request.query))

    def bars(self, query: Any) -> list[list[Any]]:
        now = self.clock.now_ms() + self.skew_ms
        limit = int(query["limit"])
        first = max(self.first_open, int(query.get("startTime", 0)))
        first = -(-first // self.step) * self.step
        last = min(now, int(query.get("endTime", now)))
        opens = [t for t in self._range(query, first, last, limit) if t not in self.missing]
        return [self._row(t) for t in (opens[:limit] if "startTime" in query else opens[-limit:])]

    def _range(self, query: Any, first: int, last: int, limit: int) -> range:
        span = self.step * (limit + len(self.missing))
        if "startTime" in query:
            return range(first, min(last, first + span) + 1, self.step)
        return range(max(first, last // self.step * self.step - span), last + 1, self.step)

    def _row(self, t: int) -> list[Any]:
        price = f"{100 + t // self.step % 97}.5"
        return [t, price, price, price, price, "2", t + self.step - 1, "200", 7, "1", "100", "0"]

    async def _canned(self, request: web.Request, reply: Canned) -> web.StreamResponse:
        if reply.silent:
            await asyncio.Event().wait()
        body = reply.body.encode()
        if not reply.cut:
            return web.Response(status=reply.status, body=body, headers=reply.headers)
        response = web.StreamResponse(headers={"Content-Length": str(len(body) + 50)})
        await response.prepare(request)
        await response.write(body)
        assert request.transport is not None
        request.transport.close()
        return response


@asynccontextmanager
async def serving(exchange: Exchange) -> AsyncIterator[Exchange]:
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
        await runner.cleanup()
