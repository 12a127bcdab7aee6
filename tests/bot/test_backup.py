"""The commands ``backup`` and ``restore``: what they print, what they refuse, and their exit status."""

import asyncio
import sys
from pathlib import Path

import pytest

from bot.backup import back_up, restore
from bot.version import own_version
from config.settings import Settings
from tests.bot.test_process import environment
from tests.store.databases import fresh_sqlite
from utils.http.errors import Misconfigured
from utils.store.store import open_store
from utils.store.upgrade import newest

NOW_MS = 1_700_000_000_000


def settings_for(address: str) -> Settings:
    return Settings.model_validate({"database_url": address})


async def command(folder: Path, *arguments: str, **settings: str) -> tuple[int | None, str, str]:
    """Run one; return its exit status and what it wrote to both streams."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=folder,
        env=environment(**settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    return process.returncode, out.decode(), errors.decode()


async def test_the_version_is_told(tmp_path: Path) -> None:
    assert await command(tmp_path, "--version") == (0, f"market-view-bot {own_version()}\n", "")


async def test_a_database_in_use_is_backed_up_and_not_replaced(tmp_path: Path) -> None:
    address = fresh_sqlite(tmp_path)
    backup = tmp_path / "market-view-bot.db"
    async with open_store(address):
        status, out, errors = await command(tmp_path, "backup", str(backup), DATABASE_URL=address)
        assert (status, errors) == (0, "")
        assert out.startswith(f"backup of {tmp_path}/var/bot.db: {backup} (")
        status, out, errors = await command(
            tmp_path, "restore", "--replace", str(backup), DATABASE_URL=address
        )
    assert (status, out) == (2, "")
    assert errors.startswith(f"cannot restore: {tmp_path}/var/bot.db is already in use by process ")
    assert errors.count("\n") == 1


async def test_lines_say_what_was_written_removed_moved_and_restored(tmp_path: Path) -> None:
    address, folder = fresh_sqlite(tmp_path), tmp_path / "backups"
    folder.mkdir()
    settings, lines = settings_for(address), list[str]()
    async with open_store(address):
        for day in range(3):
            back_up(settings, folder, 2, NOW_MS + day * 86_400_000, lines.append)
    assert len(list(folder.iterdir())) == 2
    assert lines[-1] == f"removed {folder}/market-view-bot-20231114T221320Z.db"
    newest_backup = max(folder.iterdir())
    restore(settings, newest_backup, True, NOW_MS, lines.append)
    assert lines[-2:] == [
        f"what was there is now {tmp_path}/var/bot.db.replaced-20231114T221320Z",
        f"restored {tmp_path}/var/bot.db from {newest_backup} (tables of version {newest()}); start the bot",
    ]


async def test_the_wrong_kind_of_database_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    address = fresh_sqlite(tmp_path)
    async with open_store(address):
        back_up(settings_for(address), tmp_path / "backup", None, NOW_MS, print)
    with pytest.raises(Misconfigured, match="another kind of database"):
        restore(settings_for("postgresql://u:p@127.0.0.1:1/x"), tmp_path / "backup", False, NOW_MS, print)
    with pytest.raises(Misconfigured, match="is no folder"):
        back_up(settings_for(address), tmp_path / "nothing", 2, NOW_MS, print)
