"""The database, opened and checked in the background; the bot answers without it while it is not available."""

import asyncio
import contextlib
from contextlib import AsyncExitStack
from typing import Final

import structlog

from utils.clock import Clock
from utils.http.errors import Misconfigured, SourceError
from utils.store.database import Database
from utils.store.lock import FileInUse
from utils.store.store import Store, open_store

CHECK_EVERY_S: Final = 10.0
CHECK_TIMEOUT_S: Final = 5.0
# reading the whole file may take this part of the time
READING_SHARE: Final = 0.005
CLOSE_TIMEOUT_S: Final = 1.5
log = structlog.get_logger(__name__)


class Storage:
    """While the database cannot be used ``problem`` says why; ``store`` is ``None`` until it has been opened.

    ``in_use`` says that it is an SQLite file that another process has.
    """

    def __init__(self, address: str, clock: Clock) -> None:
        self.store: Store | None = None
        self.problem: str | None = "the database is not open yet"
        self.in_use = False
        self._address = address
        self._clock = clock
        self._stack = AsyncExitStack()
        self._opened = asyncio.Event()
        self._reported = False
        self._tried = asyncio.Event()
        self._damage: Misconfigured | None = None
        self._read_again_s = 0.0

    async def wait_tried(self, limit_s: float) -> None:
        """Wait until opening has succeeded or failed once, at most ``limit_s`` seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._tried.wait(), limit_s)

    async def open(self) -> None:
        """Try once to open and upgrade the database, without a time limit; an error is stored in ``problem``."""
        try:
            self.store = await self._stack.enter_async_context(open_store(self._address))
        except SourceError as error:
            self.in_use = isinstance(error, FileInUse)
            self._failed(error.detail, error.what_to_do if isinstance(error, Misconfigured) else None)
        else:
            self.in_use = False
            log.info("database opened", database=self.store.database.shown)
            self._answered()
            self._opened.set()
        finally:
            self._tried.set()

    async def wait_open(self) -> Store:
        """Return the store as soon as it is open, however long that takes."""
        await self._opened.wait()
        if self.store is None:
            raise RuntimeError("the storage was closed while a task waited for it")
        return self.store

    async def watch(self) -> None:
        """Until cancelled, try to open the database, and then check regularly that it answers."""
        while True:
            await self.check()
            await self._clock.sleep(CHECK_EVERY_S)

    async def check(self) -> None:
        """Open the database if it is not open, else check that it can be read and written and is not damaged."""
        if self.store is None:
            await self.open()
            return
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                await self.store.database.check()
            await self._check_pages(self.store.database)
        except SourceError as error:
            self._failed(error.detail, error.what_to_do if isinstance(error, Misconfigured) else None)
        except TimeoutError:
            self._failed(f"it did not answer within {CHECK_TIMEOUT_S:.0f} s")
        else:
            if self._damage is None:
                self._answered()
            else:
                self._failed(self._damage.detail, self._damage.what_to_do)

    async def _check_pages(self, database: Database) -> None:
        """Read the whole file, unless that was done a short while ago."""
        began_s = self._clock.monotonic()
        if began_s < self._read_again_s:
            return
        try:
            await database.check_pages()
            self._damage = None
        except Misconfigured as error:
            self._damage = error
        finally:
            took_s = self._clock.monotonic() - began_s
            self._read_again_s = began_s + took_s / READING_SHARE

    async def close(self) -> None:
        """Close the database; give up after a time limit."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._stack.aclose()
        except TimeoutError:
            log.warning("the database did not close in time")
        self.store = None

    def _failed(self, detail: str, what_to_do: str | None = None) -> None:
        self.problem = detail
        if not self._reported:
            self._reported = True
            log.warning(
                "the database cannot be used, nothing is recorded", detail=detail, what_to_do=what_to_do
            )

    def _answered(self) -> None:
        self.problem = None
        if self._reported:
            self._reported = False
            log.info("the database can be used again")
