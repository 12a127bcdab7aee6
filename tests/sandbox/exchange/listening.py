"""A listener for tests: opens sockets on the sandbox and reads what comes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.sandbox.exchange.conftest import Client
from tests.support.limits import PATIENCE_S


class Listener:
    """One open socket. The sandbox's clock is moved by `advance`; what arrives is kept in order."""

    def __init__(self, client: Client, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.client = client
        self.socket = socket

    async def read(self) -> Any:
        """The next message; pings are answered and passed over."""
        while (message := await self.frame()).type == aiohttp.WSMsgType.PING:
            await self.socket.pong(message.data)
        assert message.type == aiohttp.WSMsgType.TEXT, message
        return json.loads(message.data)

    async def frame(self) -> aiohttp.WSMessage:
        """The next frame of any kind."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.socket.receive()

    async def read_until(self, stream: str, count: int = 1) -> list[Any]:
        """Messages of one stream (combined mode), others are dropped."""
        found: list[Any] = []
        while len(found) < count:
            message = await self.read()
            if message.get("stream") == stream:
                found.append(message["data"])
        return found

    async def send(self, **message: object) -> Any:
        """Send a command and read on to its reply."""
        await self.socket.send_json(message)
        while True:
            reply = await self.read()
            if isinstance(reply, dict) and ("id" in reply or "error" in reply):
                return reply

    async def subscriptions(self) -> Any:
        """A question whose reply proves that nothing else was on its way before it."""
        await self.socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": "list"})
        return await self.read()

    async def follow(self, steps: int, ms: int) -> list[Any]:
        """All messages while the clock takes steps."""
        found: list[Any] = []
        for _ in range(steps):
            await self.advance(ms)
            await self.socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": "end"})
            while not (isinstance(message := await self.read(), dict) and "id" in message):
                found.append(message)
        return found

    async def advance(self, ms: int) -> None:
        """Move the sandbox's clock and let the streams tell what happened."""
        status, told = await self.client.control("POST", "/clock/advance", ms=ms)
        assert status == 200, told
        await self.client.sandbox.catch_up()


@asynccontextmanager
async def listening(client: Client, path: str, kind: str = "spot") -> AsyncIterator[Listener]:
    """A socket at `path` of `spot` or `futures`."""
    base = client.sandbox.spot_url if kind == "spot" else client.sandbox.futures_url
    async with client.session.ws_connect(base + path, autoping=False) as socket:
        yield Listener(client, socket)
