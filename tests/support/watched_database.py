"""A real database under a test's clock, which must not run ahead of it."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.clock import FakeClock
from tests.support.stream_exchange import eventually
from utils.store.database import Database


class WatchedDatabase:
    """A database that tells how many transactions are open, and how many there were."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.dialect = database.dialect
        self.asked = 0
        self.opened = 0

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Count a reading transaction while it is open."""
        with self._counted():
            async with self._database.read() as connection:
                yield connection

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Count a writing transaction while it is open."""
        with self._counted():
            async with self._database.write() as connection:
                yield connection

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        self.asked += 1
        self.opened += 1
        try:
            yield
        finally:
            self.asked -= 1


async def pass_until_slowly(
    clock: FakeClock, databases: Sequence[WatchedDatabase], holds: Callable[[], bool], step_ms: int = 50
) -> None:
    """Let time pass until ``holds()``, in steps between which the databases answer."""
    await eventually(lambda: not any(one.asked for one in databases))
    while not holds():
        await clock.advance(step_ms)
        await eventually(lambda: not any(one.asked for one in databases))
