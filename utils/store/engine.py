"""How an engine is made: the pragmas and transactions of SQLite, the time limits of PostgreSQL."""

import contextlib
import json
import sqlite3
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from utils.http.errors import Misconfigured
from utils.store.urls import SOURCE, SQLITE_DRIVER

POOL_SIZE = 5
POOL_TIMEOUT_S = 10.0
APPLICATION_NAME = "market-view-bot"
WRITES = "writes"  # the execution option that tells a writing transaction of SQLite from a reading one


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a database may take before it counts as away: SQLite's lock, PostgreSQL's connecting and one command."""

    busy_timeout_ms: int = (
        5_000  # only tools of a person (a backup, a shell) ever hold the file's lock beside us
    )
    connect_timeout_s: float = 10.0
    command_timeout_s: float = 60.0


class ReleasingConnection(sqlite3.Connection):
    """Undoes its transaction when it is closed.

    A cancelled task closes its connection while a cursor with unread rows is still referenced (by the traceback, for
    one); SQLite then keeps the connection as a zombie, with its write lock, and nobody could write any more.
    """

    def close(self) -> None:
        """Roll back what is open, then close."""
        with contextlib.suppress(sqlite3.ProgrammingError):  # closed already
            self.rollback()
        super().close()


def make_engine(url: URL, patience: Patience) -> AsyncEngine:
    """Return an engine for an address made by ``database_url``; nothing is opened yet."""
    return _sqlite(url, patience) if url.drivername == SQLITE_DRIVER else _postgres(url, patience)


def _sqlite(url: URL, patience: Patience) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        connect_args={"factory": ReleasingConnection},
        **_common(),
    )
    event.listen(engine.sync_engine, "connect", partial(_prepare_sqlite, patience.busy_timeout_ms))
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(busy_timeout_ms: int, connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where ``_begin_sqlite`` says, DDL included
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={busy_timeout_ms}",  # first: the switch to WAL may have to wait
        "journal_mode=WAL",
        "synchronous=NORMAL",  # a power cut may undo the last commits in WAL mode, never corrupt
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # a transaction that reads first and writes later would fail, not wait, when another has written in between
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgres(url: URL, patience: Patience) -> AsyncEngine:
    try:
        return create_async_engine(
            url,
            pool_size=POOL_SIZE,
            max_overflow=POOL_SIZE,
            pool_timeout=POOL_TIMEOUT_S,
            pool_pre_ping=True,  # a restarted server costs one ping, not one failed command per connection
            connect_args={
                "timeout": patience.connect_timeout_s,
                "command_timeout": patience.command_timeout_s,
                "server_settings": {"application_name": APPLICATION_NAME},
            },
            **_common(),
        )
    except ModuleNotFoundError as error:
        raise Misconfigured(
            SOURCE, f"PostgreSQL needs the package {error.name}", what_to_do="install asyncpg"
        ) from error


def _common() -> dict[str, Any]:
    return {
        "hide_parameters": True,  # values of rows stay out of errors and logs
        "json_serializer": partial(json.dumps, allow_nan=False, ensure_ascii=False, separators=(",", ":")),
    }
