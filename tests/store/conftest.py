"""Every test of the room runs on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.store.databases import fresh_postgres, fresh_sqlite
from utils.store.store import Store, open_store


@pytest.fixture(params=["sqlite", "postgresql"])
async def address(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield fresh_sqlite(tmp_path)
        return
    async with fresh_postgres() as made:
        yield made


@pytest.fixture
async def store(address: str) -> AsyncIterator[Store]:
    """An open, upgraded, empty store."""
    async with open_store(address) as opened:
        yield opened
