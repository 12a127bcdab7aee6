"""What databases and their drivers raise, as the error tree that every source shares (``utils/http/errors.py``).

Unavailable     the database cannot be reached, is shutting down, is full or lost the connection
Retryable       it was busy: a lock, a deadlock
Rejected        it refuses these rows
Misconfigured   a person must act: address, password, permission, not a database, tables of another version

Anything else is a defect of this program and passes as it is. No text here quotes an address or a value.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from utils.http.errors import Misconfigured, Rejected, Retryable, SourceError, Unavailable
from utils.store.urls import SETTING, SOURCE

_SCHEMA = f"start the newest version of the bot once, with a user in {SETTING} that may create tables"
_RESTORE = "restore the file from a backup, or move it away to begin anew"
_MISSING_TABLE = ("no such table", "no such column")  # SQLite has no code of its own for these

# https://www.sqlite.org/rescode.html: primary result codes
_SQLITE_FAULTS: dict[int, type[SourceError]] = {
    sqlite3.SQLITE_BUSY: Retryable,
    sqlite3.SQLITE_LOCKED: Retryable,
    sqlite3.SQLITE_NOMEM: Unavailable,
    sqlite3.SQLITE_IOERR: Unavailable,
    sqlite3.SQLITE_FULL: Unavailable,
    sqlite3.SQLITE_TOOBIG: Rejected,
    sqlite3.SQLITE_CONSTRAINT: Rejected,
    sqlite3.SQLITE_MISMATCH: Rejected,
}
_SQLITE_ADVICE = {
    sqlite3.SQLITE_PERM: "let the bot's user write the file and its folder",
    sqlite3.SQLITE_READONLY: "let the bot's user write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: f"check that the folder in {SETTING} exists and the bot's user may write it",
    sqlite3.SQLITE_CORRUPT: _RESTORE,
    sqlite3.SQLITE_NOTADB: f"name another file in {SETTING}, or move this one away",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html: codes and, with two letters, whole classes of them
_POSTGRES_FAULTS: dict[str, type[SourceError]] = {
    "08": Unavailable,  # connection
    "22": Rejected,  # data
    "23": Rejected,  # integrity
    "25006": Unavailable,  # a standby: it becomes writable when it is promoted
    "40": Retryable,  # serialisation, deadlock
    "53": Unavailable,  # disk full, out of memory, too many connections
    "55": Retryable,  # lock not available
    "57": Unavailable,  # shutting down, starting up, cancelled
    "58": Unavailable,  # the server's own disk
}
_POSTGRES_ADVICE = {
    "28": f"mend user and password in {SETTING}",
    "3D": f"create the database that {SETTING} names",
    "3F": _SCHEMA,
    "42501": "grant the bot's user its tables, and CREATE on the schema for upgrades",
    "42703": _SCHEMA,
    "42P01": _SCHEMA,
}


@contextmanager
def translated() -> Iterator[None]:
    """Raise what a database did inside the block as the tree; only database work belongs inside."""
    try:
        yield
    except exc.DBAPIError as error:
        known = _known(error)
        if known is None:
            raise
        raise known from error
    except sqlite3.Error as error:
        known = _from_sqlite(error)
        if known is None:
            raise
        raise known from error
    except exc.TimeoutError as error:
        raise Unavailable(
            SOURCE, "every connection is busy; the database is too slow for what is asked"
        ) from error
    except TimeoutError as error:
        raise Unavailable(SOURCE, "it did not answer in time") from error
    except OSError as error:
        raise Unavailable(SOURCE, f"it cannot be reached: {_words(error)}") from error


def _known(error: exc.DBAPIError) -> SourceError | None:
    if isinstance(error.orig, sqlite3.Error):
        return _from_sqlite(error.orig)
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return _from_postgres(str(code), error)
    if error.connection_invalidated or isinstance(error, exc.InterfaceError | exc.OperationalError):
        return Unavailable(SOURCE, "the connection was lost")
    return None


def _from_sqlite(error: sqlite3.Error) -> SourceError | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # the driver's own: its thread has ended
        return Unavailable(SOURCE, str(error)) if isinstance(error, sqlite3.OperationalError) else None
    primary = int(code) & 0xFF
    if str(error).startswith(_MISSING_TABLE):
        return Misconfigured(SOURCE, str(error), what_to_do=_SCHEMA, code=primary)
    if primary in _SQLITE_ADVICE:
        return Misconfigured(SOURCE, str(error), what_to_do=_SQLITE_ADVICE[primary], code=primary)
    fault = _SQLITE_FAULTS.get(primary)
    return fault(SOURCE, str(error), code=primary) if fault else None


def _from_postgres(code: str, error: exc.DBAPIError) -> SourceError | None:
    detail = f"{_server_words(error)} (sqlstate {code})"
    for key in (code, code[:2]):
        if key in _POSTGRES_ADVICE:
            return Misconfigured(SOURCE, detail, what_to_do=_POSTGRES_ADVICE[key])
        if key in _POSTGRES_FAULTS:
            return _POSTGRES_FAULTS[key](SOURCE, detail)
    return None


def _server_words(error: exc.DBAPIError) -> str:
    """Return the server's first line; its further lines (DETAIL) quote the values of the row."""
    cause = error.orig.__cause__ if error.orig else None
    return str(cause or error.orig).splitlines()[0]


def _words(error: OSError) -> str:
    return error.strerror or type(error).__name__
