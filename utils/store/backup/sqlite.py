"""Backups of an SQLite file, by SQLite's own online copy: one state of it, whoever writes meanwhile."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from utils.http.errors import Misconfigured
from utils.store.backup.files import SOURCE, give_to_owner_of_folder, written_whole
from utils.store.backup.versions import check_version
from utils.store.database import lock_file
from utils.store.engine import Patience
from utils.store.errors import translated
from utils.store.upgrade import VERSION_TABLE

_BESIDE = ("", "-wal", "-shm")  # a file in WAL mode is up to three, which belong together


def back_up_sqlite(database: Path, target: Path) -> str:
    """Write a backup of a file that may be in use, check it, and return the version of its tables.

    Writers do not wait: a copy in one step reads one state of a file in WAL mode. Raises the tree of
    ``utils/http/errors.py``.
    """
    _need(database, "start the bot once, or name the database in DATABASE_URL")
    with written_whole(target) as draft:
        _copy(database, draft)
        return _checked(draft, f"{database}")


def restore_sqlite(backup: Path, database: Path, *, moved_to: Path | None) -> str:
    """Put a backup in the place of a file that no bot uses, and return the version of its tables.

    What was there is renamed to ``moved_to``; ``Misconfigured`` if there is something and that is ``None``, if a bot
    uses the file, and if the backup is damaged, not of this bot, or of a newer one.
    """
    version = _checked(backup, f"{backup}")
    lock = lock_file(database)
    try:
        give_to_owner_of_folder(database.with_name(database.name + ".lock"))
        there = [part for part in _parts(database) if part.exists()]
        if there and moved_to is None:
            detail = f"{there[0]} exists"
            raise Misconfigured(SOURCE, detail, what_to_do="add --replace, which renames what is there")
        with written_whole(database) as draft:
            _copy(backup, draft)
            if moved_to is not None:
                _move(database, moved_to)
    finally:
        lock.release()
    return version


def _copy(source: Path, target: Path) -> None:
    with translated(), closing(_reading(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written)
        written.execute("PRAGMA journal_mode=DELETE")  # one file, which can be read from any medium


def _checked(path: Path, what: str) -> str:
    """Return the version of the tables in an undamaged file."""
    with translated(), closing(_reading(path)) as connection:
        verdict = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
        if verdict != "ok":
            detail = f"{what} is damaged: {' '.join(verdict.split())}"
            raise Misconfigured(SOURCE, detail, what_to_do="use an older backup")
        return check_version(_version(connection), what)


def _version(connection: sqlite3.Connection) -> str | None:
    asked = "SELECT 1 FROM sqlite_schema WHERE name = ?"
    if connection.execute(asked, (VERSION_TABLE,)).fetchone() is None:
        return None
    found = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608
    return None if found is None else str(found[0])


def _reading(path: Path) -> sqlite3.Connection:
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=Patience().busy_timeout_ms / 1000)


def _move(database: Path, moved_to: Path) -> None:
    # the file first: beside none, SQLite removes a log that was left behind
    for part, kept in zip(_parts(database), _parts(moved_to), strict=True):
        if part.exists():
            part.rename(kept)


def _parts(database: Path) -> list[Path]:
    return [database.with_name(database.name + ending) for ending in _BESIDE]


def _need(database: Path, what_to_do: str) -> None:
    if not database.is_file():
        raise Misconfigured(SOURCE, f"there is no database {database}", what_to_do=what_to_do)
