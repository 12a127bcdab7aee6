"""One open database: reading and writing transactions, one writer at a time where the file allows one."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from utils.http.errors import Misconfigured
from utils.store.engine import WRITES, Patience, make_engine
from utils.store.errors import translated
from utils.store.health import FileIdentity, FileReading, check_file
from utils.store.lock import FileLock
from utils.store.upgrade import upgrade
from utils.store.urls import SETTING, SOURCE, SQLITE_DRIVER, database_url, shown, sqlite_path

# each writes to the disk and changes nothing that anybody reads
_HARMLESS_WRITES = {"sqlite": "PRAGMA user_version = 0", "postgresql": "SELECT txid_current()"}


class Database:
    """The one way to the tables. Every method raises the tree of ``utils/http/errors.py`` with source ``database``.

    On SQLite reads run beside one write (WAL) and writes queue in this process, in order; on PostgreSQL the server
    arranges them. Only database work belongs inside ``read`` and ``write``.
    """

    def __init__(self, engine: AsyncEngine, lock: FileLock | None, path: Path | None = None) -> None:
        self._engine = engine
        self._path = path
        self._opened: FileIdentity | None = None
        self._lock = lock
        self._one_writer = asyncio.Lock() if lock else None

    @classmethod
    async def open(cls, address: str, *, patience: Patience | None = None) -> Self:
        """Open the database of ``DATABASE_URL``, make an SQLite file's folder, and try one statement.

        The tables are as they were left: call ``upgrade`` next. Raises ``Misconfigured`` for an address that cannot
        work and for an SQLite file that another process uses, ``Unavailable`` for a server that does not answer.
        """
        url = database_url(address)
        patience = patience or Patience()
        path = sqlite_path(url) if url.drivername == SQLITE_DRIVER else None
        database = cls(make_engine(url, patience), lock_file(path) if path else None, path)
        try:
            if path:
                await _try_file(path, patience)
            await database.ping()
            database._opened = FileIdentity.of(path) if path else None
        except BaseException:
            await database.close()
            raise
        return database

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engine.dialect.name

    @property
    def shown(self) -> str:
        """The address without user and password, for the status page and logs."""
        return shown(self._engine.url)

    async def upgrade(self) -> None:
        """Bring the tables to the newest version, in one transaction; processes that start together take turns.

        Raises ``Misconfigured`` when a newer version of the program has already been here.
        """
        async with self.write() as connection:
            await upgrade(connection)

    async def ping(self) -> None:
        """Return when the database has answered a statement."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def check(self) -> None:
        """Return when the database can be read and written; an SQLite file is the one that was opened.

        Raises ``Misconfigured`` for a file that was deleted or replaced and for a disk that is nearly full.
        """
        if self._path is not None and self._opened is not None:
            await asyncio.to_thread(check_file, self._path, self._opened)
        await self.ping()
        if (
            self._one_writer is None or not self._one_writer.locked()
        ):  # else somebody is writing at this moment
            async with self.write() as connection:
                await connection.execute(text(_HARMLESS_WRITES[self.dialect]))

    async def check_pages(self) -> None:
        """Read a whole SQLite file, which takes about a second per gigabyte; raises ``Misconfigured`` if it is damaged.

        A PostgreSQL watches over its own files.
        """
        if self._path is not None:
            reading = FileReading(self._path)
            try:
                await asyncio.to_thread(reading.run)
            finally:
                reading.stop()  # if this is cancelled, the thread ends soon after

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection that sees one state of an SQLite file, or what is committed on PostgreSQL."""
        with translated():
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection inside a transaction that is committed at the end and undone by any error."""
        with translated():
            async with AsyncExitStack() as stack:
                if self._one_writer:
                    await stack.enter_async_context(self._one_writer)
                connection = await stack.enter_async_context(self._engine.connect())
                await connection.execution_options(**{WRITES: True})
                async with connection.begin():
                    yield connection

    async def close(self) -> None:
        """Close every connection and let another process have the file."""
        try:
            await self._engine.dispose()
        finally:
            if self._lock:
                self._lock.release()


async def _try_file(path: Path, patience: Patience) -> None:
    """Open the file once without the async driver, whose thread can outlive a refusal and meet a closed loop."""

    def look() -> None:
        with closing(sqlite3.connect(path, timeout=patience.busy_timeout_ms / 1000)) as connection:
            connection.execute("PRAGMA schema_version")

    with translated():
        await asyncio.to_thread(look)


def lock_file(path: Path) -> FileLock:
    """Take an SQLite file for this process and make its folder; `Misconfigured` where another process has it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(path)
    except OSError as error:
        raise Misconfigured(
            SOURCE,
            f"{path} cannot be written: {error.strerror}",
            what_to_do=f"name a file in {SETTING} whose folder the bot's user may write",
        ) from error
