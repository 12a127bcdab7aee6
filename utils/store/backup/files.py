"""Files of backups: written whole or not at all, known by how they begin, the oldest of a folder removed."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from utils.http.errors import Misconfigured

SOURCE: Final = "backup"
Kind = Literal["sqlite", "postgresql"]
# https://www.sqlite.org/fileformat.html#magic_header_string and the archive format of pg_dump
_BEGINNINGS: Final[dict[bytes, Kind]] = {b"SQLite format 3\x00": "sqlite", b"PGDMP": "postgresql"}
_ENDINGS: Final[dict[Kind, str]] = {"sqlite": "db", "postgresql": "pgdump"}
_NAMED_HERE: Final = re.compile(r"market-view-bot-[0-9]{8}T[0-9]{6}Z\.(db|pgdump)")


def kind_of(path: Path) -> Kind:
    """Return which database a file is a backup of; ``Misconfigured`` where it is none."""
    try:
        with path.open("rb") as file:
            beginning = file.read(max(map(len, _BEGINNINGS)))
    except OSError as error:
        detail = f"{path} cannot be read: {error.strerror}"
        raise Misconfigured(SOURCE, detail, what_to_do="name a file that the bot's user may read") from error
    for known, kind in _BEGINNINGS.items():
        if beginning.startswith(known):
            return kind
    raise Misconfigured(
        SOURCE, f"{path} is no backup", what_to_do="name a file that `python -m bot backup` has written"
    )


def place_for(wanted: Path, kind: Kind, now_ms: int) -> Path:
    """Return where to write a backup: a name with the time inside a folder, else the path itself.

    Raises ``Misconfigured`` where something is there already and where there is no folder to write to.
    """
    path = wanted / _dated_name(kind, now_ms) if wanted.is_dir() else wanted
    if path.exists():
        raise Misconfigured(SOURCE, f"{path} exists", what_to_do="name another file, or a folder")
    if not path.parent.is_dir():
        raise Misconfigured(SOURCE, f"there is no folder {path.parent}", what_to_do="make it first")
    return path


def remove_old(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest ``keep`` of the backups that were named here, and return what was removed."""
    ours = sorted(path for path in folder.iterdir() if _NAMED_HERE.fullmatch(path.name))
    removed = ours[:-keep]
    for path in removed:
        path.unlink()
    return removed


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a file to write, readable by its owner alone, that gets its name when the block has ended well.

    An error removes it. Where root writes into somebody's folder, the file is theirs.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        detail = f"{path.parent} cannot be written: {error.strerror}"
        raise Misconfigured(SOURCE, detail, what_to_do="name a folder the bot's user may write") from error
    os.close(descriptor)
    draft = Path(name)
    try:
        yield draft
        give_to_owner_of_folder(draft)
        _flush(draft)
        draft.rename(path)
        _flush(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def give_to_owner_of_folder(path: Path) -> None:
    """Let the owner of the folder own the file, where root has made it."""
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid)


def _dated_name(kind: Kind, now_ms: int) -> str:
    at = datetime.fromtimestamp(now_ms / 1000, UTC)
    return f"market-view-bot-{at:%Y%m%dT%H%M%SZ}.{_ENDINGS[kind]}"


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
