"""A loopback provider for tests: replies by path, every request kept with its headers."""

import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from aiohttp import web

from tests.binance_api.exchange import SkippingClock
from utils.http.session import open_session
from utils.onchain_api.client import Network
from utils.onchain_api.facts import FACTS, DailyRows, Offer

DAY = 86_400_000
NOW = 1_795_910_400_000  # 2026-11-29 00:00 UTC


@dataclass
class Asked:
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class ProviderServer:
    """Answers each path with a body, a function of the query, or a canned status."""

    bodies: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        self.asked.append(Asked(request.path, query, {k.lower(): v for k, v in request.headers.items()}))
        if self.status != 200:
            return web.Response(status=self.status, text="refused", headers=self.headers)
        body = next((body for path, body in self.bodies.items() if request.path.endswith(path)), None)
        if body is None:
            return web.Response(status=404)
        if isinstance(body, Callable):  # type: ignore[arg-type]
            body = body(query)
        etag = self.headers.get("ETag")
        if etag is not None and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=self.headers)
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(text=text, headers=self.headers)


@dataclass
class Lab:
    server: ProviderServer
    network: Network
    clock: SkippingClock


@asynccontextmanager
async def lab(now: int = NOW) -> AsyncIterator[Lab]:
    """Serve on a free loopback port until the block ends."""
    server, clock = ProviderServer(), SkippingClock(now)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with open_session() as session:
            yield Lab(server, Network(session, clock, clock.now_ms, random.Random(1)), clock)
    finally:
        await runner.cleanup()


@dataclass
class Requests:
    """What a provider's client tells of its requests."""

    failing: tuple[str, ...] = ()
    requests: dict[tuple[str, str], int] = field(default_factory=dict)
    held_back: dict[tuple[str, str], bool] = field(default_factory=dict)


class Scripted:
    """A provider that says what it is told to say; ``calls`` are the starts of its readings."""

    key_setting: str | None = None

    def __init__(self, name: str, *offers: Offer, key: str | None = None, has_access: bool = True) -> None:
        self.name, self.title, self.offers = name, name.title(), offers
        self.key_setting, self.has_access = key, has_access
        self.days: dict[int, float] = {}
        self.known_at: dict[int, int] = {}
        self.fault: Exception | None = None
        self.client = Requests()
        self.calls: list[int] = []

    async def read(self, topic: str, asset: str, start: int) -> DailyRows:
        del asset
        self.calls.append(start)
        if self.fault is not None:
            raise self.fault
        days = sorted(day for day in self.days if day >= start)
        values = np.array([self.days[day] for day in days], np.float64)
        known = [self.known_at.get(day, day + DAY + self.offers[0].lag_ms) for day in days]
        columns = {fact: values for fact in FACTS[topic]}
        return DailyRows(np.array(days, np.int64), np.array(known, np.int64), columns)
