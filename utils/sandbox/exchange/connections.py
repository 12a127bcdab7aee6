"""The open sockets of the exchange, so that a test can see and cut them."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

CloseSocket = Callable[[int], Awaitable[None]]


@dataclass(slots=True)
class Connection:
    """One socket: number, market, where from, when opened (UTC ms) and what it listens to."""

    id: int
    market: str
    remote: str
    path: str
    opened_ms: int
    close: CloseSocket
    streams: set[str] = field(default_factory=set)

    def describe(self) -> dict[str, object]:
        """The connection as JSON."""
        return {
            "id": self.id,
            "market": self.market,
            "remote": self.remote,
            "path": self.path,
            "opened": self.opened_ms,
            "streams": sorted(self.streams),
        }


class Connections:
    """The table of open sockets."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._open: dict[int, Connection] = {}

    def add(self, market: str, remote: str, path: str, opened_ms: int, close: CloseSocket) -> Connection:
        """Note a new socket; `close(code)` must close it."""
        connection = Connection(next(self._ids), market, remote, path, opened_ms, close)
        self._open[connection.id] = connection
        return connection

    def remove(self, connection: Connection) -> None:
        """Forget a closed socket."""
        self._open.pop(connection.id, None)

    def describe(self) -> list[dict[str, object]]:
        """All open sockets as JSON."""
        return [connection.describe() for connection in self._open.values()]

    async def close(self, connection_id: int, code: int) -> bool:
        """Close one socket with a code; false when it is not open."""
        connection = self._open.get(connection_id)
        if connection is None:
            return False
        await connection.close(code)
        return True

    async def close_all(self, code: int) -> None:
        """Close every socket."""
        for connection in list(self._open.values()):
            await connection.close(code)
