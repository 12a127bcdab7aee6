"""Fixtures every room's tests share."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest
from aiohttp import web_app
from hypothesis import HealthCheck, settings

from bot.memory import return_freed_memory, without_collections
from scripts.footprint import resident_mb
from tests.store.databases import drop_templates, fresh_sqlite, upgraded_postgres
from tests.support.clock import FakeClock

ROOT = Path(__file__).resolve().parent.parent
COLLECT_AFTER_MB = 400.0
"""What a process of tests may grow by before its garbage is collected: arrays count little in Python's reckoning."""
_resident_mb = {"after": 0.0}

# how long an example takes is the machine's matter
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--data", default=None, help="folder with the recorded market data")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let files with slow tests begin first, so that at the end no process waits long for the other's last file."""
    slow = {item.path for item in items if {"slow", "browser"} & {mark.name for mark in item.iter_markers()}}
    items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while tests are imported, and leave them out of all later looks: they stay until the end."""
    with without_collections():
        return (yield)


def pytest_sessionfinish() -> None:
    asyncio.run(drop_templates())


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_address(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a database without rows: a test that takes it runs on both."""
    if request.param == "sqlite":
        yield fresh_sqlite(tmp_path)
        return
    async with upgraded_postgres() as made:
        yield made


@pytest.fixture(scope="session")
def shared_data(request: pytest.FixtureRequest) -> Path:
    """The folder of recorded market data, read in place; tests that need it are skipped aloud without it."""
    named = request.config.getoption("--data") or os.environ.get("SANDBOX_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"recorded market data not found at {folder}; name it with --data")
    return folder


@pytest.fixture(scope="module", autouse=True)
def _garbage_is_collected(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a module of tests whose simulated exchanges have left much behind, give it back to the system.

    Exceptions that a module keeps and raises hold the frames that they were raised through; aiohttp keeps the handlers
    of the last 1,024 pairs of route and application, and with them all that belongs to a closed server.
    """
    yield
    for value in vars(request.module).values():
        if isinstance(value, BaseException):
            value.__traceback__ = None
    if resident_mb(os.getpid()) > _resident_mb["after"] + COLLECT_AFTER_MB:
        web_app._cached_build_middleware.cache_clear()
        gc.collect()
        return_freed_memory()
        _resident_mb["after"] = resident_mb(os.getpid())


@pytest.fixture
def clock() -> FakeClock:
    """A clock at 2023-11-14T22:13:20Z that moves only by ``advance``."""
    return FakeClock()
