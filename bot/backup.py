"""``python -m bot backup`` and ``restore``: the database that the settings name, into a file and back."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from config.settings import Settings
from utils.http.errors import Misconfigured
from utils.store.backup.files import SOURCE, kind_of, place_for, remove_old
from utils.store.backup.postgres import back_up_postgres, restore_postgres
from utils.store.backup.sqlite import back_up_sqlite, restore_sqlite
from utils.store.urls import SQLITE_DRIVER, database_url, shown, sqlite_path


def back_up(
    settings: Settings, wanted: Path, keep: int | None, now_ms: int, print_line: Callable[[str], None]
) -> None:
    """Write a backup to a new file, or into a folder, of whose backups the newest ``keep`` then stay.

    The bot may run meanwhile. Raises the tree of ``utils/http/errors.py``.
    """
    url = database_url(settings.database_url.get_secret_value())
    if keep is not None and not wanted.is_dir():
        raise Misconfigured(SOURCE, f"{wanted} is no folder", what_to_do="name one, or leave out --keep")
    if url.drivername == SQLITE_DRIVER:
        target = place_for(wanted, "sqlite", now_ms)
        version = back_up_sqlite(sqlite_path(url), target)
    else:
        target = place_for(wanted, "postgresql", now_ms)
        version = back_up_postgres(url, target)
    size_mb = target.stat().st_size / 1e6
    print_line(f"backup of {shown(url)}: {target} ({size_mb:.1f} MB, tables of version {version})")
    for removed in remove_old(wanted, keep) if keep is not None else ():
        print_line(f"removed {removed}")


def restore(
    settings: Settings, backup: Path, replace: bool, now_ms: int, print_line: Callable[[str], None]
) -> None:
    """Put a backup in the place of the database, which no bot may use; the next start upgrades its tables.

    Without ``replace`` only where there is nothing. Raises the tree of ``utils/http/errors.py``.
    """
    url = database_url(settings.database_url.get_secret_value())
    kind = kind_of(backup)
    if (kind == "sqlite") != (url.drivername == SQLITE_DRIVER):
        raise Misconfigured(
            SOURCE,
            f"{backup} is of another kind of database than DATABASE_URL names ({kind})",
            what_to_do="name the other kind in DATABASE_URL, or another file",
        )
    if kind == "sqlite":
        database = sqlite_path(url)
        at = datetime.fromtimestamp(now_ms / 1000, UTC)
        aside = database.with_name(f"{database.name}.replaced-{at:%Y%m%dT%H%M%SZ}")
        version = restore_sqlite(backup, database, moved_to=aside if replace else None)
        if aside.exists():
            print_line(f"what was there is now {aside}")
    else:
        version = restore_postgres(backup, url, replace=replace)
    print_line(f"restored {shown(url)} from {backup} (tables of version {version}); start the bot")
