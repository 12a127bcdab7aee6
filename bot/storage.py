"""The database beside the bot: opened in the background, looked after, and tried again while it cannot be used."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

import structlog

from utils.clock import Clock
from utils.http.errors import Misconfigured, SourceError
from utils.store.store import Store, open_store

LOOK_S: Final = 30.0
PATIENCE_S: Final = 5.0
CLOSE_S: Final = 1.5
log = structlog.get_logger(__name__)


class Storage:
    """``store`` is ``None`` and ``trouble`` says why while the database cannot be used; the bot answers without it."""

    def __init__(self, address: str, clock: Clock) -> None:
        self.store: Store | None = None
        self.trouble: str | None = "the database is not open yet"
        self._address = address
        self._clock = clock
        self._stack = AsyncExitStack()
        self._opened = asyncio.Event()
        self._told = False

    async def open(self) -> None:
        """Try to open and upgrade the database once, however long its upgrade takes; faults stand in ``trouble``."""
        try:
            self.store = await self._stack.enter_async_context(open_store(self._address))
        except SourceError as error:
            self._failed(error.detail, error.what_to_do if isinstance(error, Misconfigured) else None)
        else:
            log.info("database opened", database=self.store.database.shown)
            self._answered()
            self._opened.set()

    async def opened(self) -> Store:
        """Return the store when it has been opened, however long that takes."""
        await self._opened.wait()
        if self.store is None:
            raise RuntimeError("the storage was closed while somebody waited for it")
        return self.store

    async def watch(self) -> None:
        """Look after the database until cancelled: open it as long as it is not, then ask whether it answers."""
        while True:
            await self.look()
            await self._clock.sleep(LOOK_S)

    async def look(self) -> None:
        """Look once."""
        if self.store is None:
            await self.open()
            return
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.store.database.ping()
        except SourceError as error:
            self._failed(error.detail)
        except TimeoutError:
            self._failed(f"it did not answer within {PATIENCE_S:.0f} s")
        else:
            self._answered()

    async def close(self) -> None:
        """Close it; a database that does not answer in time is left alone."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._stack.aclose()
        except TimeoutError:
            log.warning("the database did not close in time")
        self.store = None

    def _failed(self, detail: str, what_to_do: str | None = None) -> None:
        self.trouble = detail
        if not self._told:
            self._told = True
            log.warning(
                "the database cannot be used, nothing is recorded", detail=detail, what_to_do=what_to_do
            )

    def _answered(self) -> None:
        self.trouble = None
        if self._told:
            self._told = False
            log.info("the database can be used again")
