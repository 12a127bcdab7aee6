"""What an upgrade finds: the newest version by the files that ship, and nothing loaded where there is nothing to do."""

import asyncio
import sys
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from utils.store.database import Database
from utils.store.migrate import MIGRATIONS
from utils.store.upgrade import newest, version_of

START = """
import asyncio, sys
from utils.store.database import Database

async def start():
    database = await Database.open(sys.argv[1])
    await database.upgrade()
    await database.close()
    print("alembic" in sys.modules)

asyncio.run(start())
"""
ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_newest_version_is_the_head_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert newest() == ScriptDirectory.from_config(config).get_current_head()


async def test_tables_have_no_version_before_the_upgrade_and_the_newest_after_it(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path}/bot.db")
    for expected in (None, newest()):
        async with database.read() as connection:
            assert await connection.run_sync(version_of) == expected
        await database.upgrade()
    await database.close()


async def test_only_a_start_that_changes_the_tables_loads_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    assert [await started(url) for _ in range(2)] == ["True", "False"]


async def started(url: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", START, url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    return told.decode().strip()
