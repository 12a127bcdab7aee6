"""A TCP way to a server that a test can cut and mend."""

import asyncio
from contextlib import suppress
from typing import Self

from sqlalchemy import make_url

_Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Listens on loopback and passes every byte on, until ``cut`` drops all connections and refuses new ones."""

    def __init__(self, address: str) -> None:
        self._url = make_url(address)
        self._server: asyncio.Server | None = None
        self._port = 0
        self._pairs: set[asyncio.Task[None]] = set()
        self._open = asyncio.Event()
        self._open.set()

    @property
    def address(self) -> str:
        """The database's address by way of this proxy."""
        return self._url.set(host="127.0.0.1", port=self._port).render_as_string(hide_password=False)

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.cut()

    async def mend(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Stop listening and end every connection."""
        if self._server is None:
            return
        self._server.close()
        for pair in list(self._pairs):
            pair.cancel()
        await asyncio.gather(*self._pairs, return_exceptions=True)
        self._server = None

    def freeze(self) -> None:
        """Keep every connection and pass nothing on, as a dead machine behind a living network."""
        self._open.clear()

    def thaw(self) -> None:
        """Pass on again, what was held back first."""
        self._open.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pairs.add(task)
        try:
            behind_reader, behind_writer = await asyncio.open_connection(self._url.host, self._url.port)
            await self._both_ways((reader, writer), (behind_reader, behind_writer))
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._pairs.discard(task)

    async def _both_ways(self, front: _Ends, behind: _Ends) -> None:
        ways = [
            asyncio.create_task(self._pass_on(front[0], behind[1])),
            asyncio.create_task(self._pass_on(behind[0], front[1])),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            behind[1].transport.abort()
            front[1].close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                await self._open.wait()
                writer.write(data)
                await writer.drain()
