"""One process per SQLite file: a lock in a file beside it, which the kernel drops however the process ends."""

import fcntl
import os
from pathlib import Path

from utils.http.errors import Misconfigured
from utils.store.urls import SOURCE

# A record lock belongs to the process and is lost when any descriptor of its file is closed, so the process itself
# remembers what it holds. In return worker processes do not inherit the lock and cannot outlive its owner with it.
_held: set[Path] = set()


class FileInUse(Misconfigured):
    """Another process has the SQLite file."""


class FileLock:
    """Holds ``bot.db.lock`` for ``bot.db`` from construction to ``release``.

    Raises `FileInUse`, naming the process, while another holds it, and ``OSError`` where the file cannot be made.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(database.name + ".lock").resolve()
        if self._path in _held:
            raise self._taken("this very process")
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._take()
        except BaseException:
            os.close(self._descriptor)
            raise
        _held.add(self._path)

    def release(self) -> None:
        """Let the next process have the file; the lock file stays, since removing it would race with that process."""
        if self._path in _held:
            _held.discard(self._path)
            os.close(self._descriptor)

    def _take(self) -> None:
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            owner = os.read(self._descriptor, 32).decode("ascii", errors="replace").strip()
            raise self._taken(f"process {owner or 'unknown'}") from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def _taken(self, owner: str) -> FileInUse:
        return FileInUse(
            SOURCE,
            f"{self._database} is already in use by {owner}; an SQLite file serves one process",
            what_to_do="stop the other process, or name another file or a PostgreSQL in DATABASE_URL",
        )
