"""Whether an SQLite file is still the one that was opened, undamaged, and has room on its disk."""

import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from utils.http.errors import Misconfigured, SourceError, Unavailable
from utils.store.errors import translated
from utils.store.urls import SOURCE

LEAST_FREE_BYTES: Final = 20_000_000
"""With less on the disk, SQLite's files soon cannot grow."""
RESTORE: Final = "stop the bot, restore the file from a backup or move it away, and start the bot"
RESTART: Final = "put the file back, or restart the bot, which then uses the one that is there"


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """Which file a path names, beyond its name."""

    device: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> "FileIdentity":
        """Return the identity of the file at a path; `OSError` if there is none."""
        found = path.stat()
        return cls(found.st_dev, found.st_ino)


def check_file(path: Path, opened: FileIdentity) -> None:
    """Raise if the path no longer names the file that was opened, or if its disk is nearly full.

    The file itself is not opened: closing a descriptor of it would release SQLite's locks.
    https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
    """
    try:
        found, size = FileIdentity.of(path), path.stat().st_size
        free = shutil.disk_usage(path.parent).free
    except FileNotFoundError:
        raise Misconfigured(SOURCE, "its file has been deleted", what_to_do=RESTART) from None
    except OSError as error:
        raise Unavailable(SOURCE, f"its file cannot be looked at: {error.strerror}") from error
    if found != opened:
        raise Misconfigured(SOURCE, "its file has been replaced by another one", what_to_do=RESTART)
    if size == 0:
        raise Misconfigured(SOURCE, "its file is damaged: it is empty", what_to_do=RESTORE)
    if free < LEAST_FREE_BYTES:
        detail = f"the disk is nearly full: {free // 1_000_000} MB are free"
        raise Misconfigured(SOURCE, detail, what_to_do="make room on the disk")


class FileReading:
    """Reads a whole file once, by a connection of its own, which has nothing cached.

    ``run`` belongs in a thread; ``stop``, from another one, ends it early and without a verdict.
    """

    def __init__(self, path: Path) -> None:
        self._address = f"file:{quote(str(path))}?mode=ro"
        self._connection: sqlite3.Connection | None = None
        self._stopped = False

    def run(self) -> None:
        """Raise ``Misconfigured`` if the file is damaged."""
        try:
            verdict = self._verdict()
        except SourceError:
            if self._stopped:
                return
            raise
        if verdict != "ok" and not self._stopped:
            first = " ".join(verdict.split())
            raise Misconfigured(SOURCE, f"its file is damaged: {first}", what_to_do=RESTORE)

    def stop(self) -> None:
        """End ``run`` soon."""
        self._stopped = True
        if self._connection is not None:
            with suppress(sqlite3.ProgrammingError):  # it has ended by itself
                self._connection.interrupt()

    def _verdict(self) -> str:
        with translated(), closing(sqlite3.connect(self._address, uri=True)) as connection:
            self._connection = connection
            try:
                return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                    raise Unavailable(SOURCE, "reading its file was stopped") from error
                raise
