"""Backups: one state of a database in use, restored only where no bot is, and nothing lost on refusal."""

import asyncio
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.conftest import ROOT
from tests.store.crash_writer import BATCH_ROWS
from tests.store.databases import fresh_postgres, fresh_sqlite
from tests.support.limits import PATIENCE_S
from utils.http.errors import Misconfigured, SourceError, Unavailable
from utils.store.backup.files import kind_of, place_for, remove_old
from utils.store.backup.postgres import back_up_postgres, restore_postgres
from utils.store.backup.sqlite import back_up_sqlite, restore_sqlite
from utils.store.observations import Observation
from utils.store.store import Store, open_store
from utils.store.upgrade import newest
from utils.store.urls import SQLITE_DRIVER, database_url, sqlite_path

NOW_MS = 1_700_000_000_000
FOREVER = 2**62


def back_up(address: str, target: Path) -> str:
    url = database_url(address)
    if url.drivername == SQLITE_DRIVER:
        return back_up_sqlite(sqlite_path(url), target)
    return back_up_postgres(url, target)


def restore(address: str, backup: Path, replace: bool = False) -> str:
    url = database_url(address)
    if url.drivername == SQLITE_DRIVER:
        path = sqlite_path(url)
        return restore_sqlite(backup, path, moved_to=path.with_name("old.db") if replace else None)
    return restore_postgres(backup, url, replace=replace)


async def restore_when_gone(address: str, backup: Path) -> None:
    """Restore as soon as the server has noticed that a killed process is gone."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                restore(address, backup, replace=True)
            except Misconfigured as error:
                if "a bot is connected" not in error.detail:
                    raise
                await asyncio.sleep(0.05)
            else:
                return


async def write(store: Store, stamps: range) -> None:
    await store.observations.append(Observation("crash", "X", ts, ts, float(ts)) for ts in stamps)


async def written(address: str) -> list[float]:
    async with open_store(address) as store:
        window = await store.observations.window("crash", "X", 0, FOREVER, as_of=FOREVER)
    return [float(value) for value in window.value]


async def test_a_backup_under_way_is_refused_to_a_running_bot_and_restores_what_was_there(
    address: str, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    async with open_store(address) as store:
        await write(store, range(10))
        assert await asyncio.to_thread(back_up, address, backup) == newest()
        await write(store, range(10, 20))
        with pytest.raises(Misconfigured, match=r"already in use|a bot is connected"):
            await asyncio.to_thread(restore, address, backup, replace=True)
    with pytest.raises(Misconfigured) as refused:
        restore(address, backup)
    assert "--replace" in refused.value.what_to_do
    assert len(await written(address)) == 20
    assert restore(address, backup, replace=True) == newest()
    assert await written(address) == list(range(10))
    assert backup.stat().st_mode & 0o077 == 0


async def test_numbers_go_on_after_a_restore(address: str, tmp_path: Path) -> None:
    async with open_store(address) as store:
        await _note(store, "first")
        back_up(address, tmp_path / "backup")
    restore(address, tmp_path / "backup", replace=True)
    async with open_store(address) as store:
        await _note(store, "second")
        async with store.database.read() as connection:
            rows = await connection.execute(text("SELECT number FROM audit ORDER BY number"))
            assert len(set(rows.scalars())) == 2


async def test_a_backup_of_one_database_goes_into_an_empty_one(address: str, tmp_path: Path) -> None:
    async with open_store(address) as store:
        await write(store, range(5))
    back_up(address, tmp_path / "backup")
    if database_url(address).drivername == SQLITE_DRIVER:
        other = fresh_sqlite(tmp_path / "other")
        restore(other, tmp_path / "backup")
        assert await written(other) == list(range(5))
        return
    async with fresh_postgres() as other:
        restore(other, tmp_path / "backup")
        assert await written(other) == list(range(5))


async def test_a_backup_under_writes_has_every_transaction_whole_or_not_at_all(
    address: str, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.store.crash_writer", address), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said = 0
    for _ in range(3):
        said = int(await process.stdout.readline())
    await asyncio.to_thread(back_up, address, tmp_path / "backup")
    after = int(await process.stdout.readline())
    process.kill()
    rest = (await process.stdout.read()).split(b"\n")[:-1]
    await process.wait()
    await restore_when_gone(address, tmp_path / "backup")
    rows = len(await written(address))
    assert rows % BATCH_ROWS == 0
    assert said <= rows // BATCH_ROWS <= int(rest[-1] if rest else after) + 1


async def test_a_damaged_backup_changes_nothing(address: str, tmp_path: Path) -> None:
    async with open_store(address) as store:
        await write(store, range(2_000))
    backup = tmp_path / "backup"
    back_up(address, backup)
    whole = bytearray(backup.read_bytes())
    whole[len(whole) // 2 :] = os.urandom(len(whole) - len(whole) // 2)
    backup.write_bytes(whole)
    with pytest.raises(SourceError):
        restore(address, backup, replace=True)
    assert len(await written(address)) == 2_000


async def test_tables_of_a_newer_program_are_refused(address: str, tmp_path: Path) -> None:
    async with open_store(address) as store, store.database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Misconfigured, match="newer version"):
        back_up(address, tmp_path / "backup")
    assert list(tmp_path.glob("*backup*")) == []


async def test_a_file_that_a_killed_bot_left_is_backed_up_with_its_log(tmp_path: Path) -> None:
    address = fresh_sqlite(tmp_path)
    path = sqlite_path(database_url(address))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.store.crash_writer", address), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said = int(await process.stdout.readline())
    process.kill()
    await process.stdout.read()
    await process.wait()
    assert path.with_name("bot.db-wal").stat().st_size > 0
    back_up(address, tmp_path / "backup")
    restore(address, tmp_path / "backup", replace=True)
    old = f"sqlite:///{path.with_name('old.db')}"
    assert await written(address) == await written(old)
    assert len(await written(old)) >= said * BATCH_ROWS


async def test_a_log_without_its_file_does_not_get_into_what_is_restored(tmp_path: Path) -> None:
    address = fresh_sqlite(tmp_path)
    path = sqlite_path(database_url(address))
    async with open_store(address) as store:
        await write(store, range(5))
        back_up(address, tmp_path / "backup")
    path.rename(tmp_path / "gone")
    path.with_name("bot.db-wal").write_bytes(b"what another file had")
    with pytest.raises(Misconfigured, match=r"bot\.db-wal exists"):
        restore(address, tmp_path / "backup")
    restore(address, tmp_path / "backup", replace=True)
    assert path.with_name("old.db-wal").read_bytes() == b"what another file had"
    assert await written(address) == list(range(5))


def test_what_is_no_backup_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear bot")
    with pytest.raises(Misconfigured, match="is no backup"):
        kind_of(tmp_path / "letter")
    with pytest.raises(Misconfigured, match="No such file"):
        kind_of(tmp_path / "nothing")
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE recipe (name TEXT)")
    assert kind_of(tmp_path / "other.db") == "sqlite"
    with pytest.raises(Misconfigured, match="no tables of this bot"):
        restore(fresh_sqlite(tmp_path), tmp_path / "other.db")


def test_there_must_be_a_database_and_a_place_to_write(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="there is no database"):
        back_up(fresh_sqlite(tmp_path), tmp_path / "backup")
    with pytest.raises(Misconfigured, match="there is no folder"):
        place_for(tmp_path / "no" / "backup", "sqlite", NOW_MS)
    (tmp_path / "there").touch()
    with pytest.raises(Misconfigured, match="exists"):
        place_for(tmp_path / "there", "sqlite", NOW_MS)


def test_of_a_folder_the_newest_backups_stay_and_nothing_else_is_touched(tmp_path: Path) -> None:
    made = [place_for(tmp_path, "sqlite", NOW_MS + day * 86_400_000) for day in range(4)]
    assert made[0].name == "market-view-bot-20231114T221320Z.db"
    for path in (*made, tmp_path / "my.db"):
        path.touch()
    assert remove_old(tmp_path, 2) == made[:2]
    assert {path.name for path in tmp_path.iterdir()} == {made[2].name, made[3].name, "my.db"}
    assert remove_old(tmp_path, 5) == []


async def test_without_the_tools_of_postgres_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Misconfigured, match="pg_dump is not installed") as refused:
        back_up("postgresql://u:p@127.0.0.1:1/x", tmp_path / "backup")
    assert "postgresql-client" in refused.value.what_to_do


async def test_a_server_that_is_away_is_named_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as away:
        back_up("postgresql://u:hush-hush@127.0.0.1:1/x", tmp_path / "backup")
    assert "hush-hush" not in str(away.value)
    assert list(tmp_path.iterdir()) == []


async def _note(store: Store, what: str) -> None:
    async with store.database.write() as connection:
        await connection.execute(
            text("INSERT INTO audit (at, action, subject) VALUES (1, :what, 'x')"),
            {"what": what},
        )
