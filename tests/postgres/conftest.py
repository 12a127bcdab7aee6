"""What only a server can do: be shared, refuse a password, go away and come back."""

from collections.abc import AsyncIterator

import pytest

from tests.postgres.proxy import Proxy
from tests.store.databases import fresh_postgres
from utils.store.store import Store, open_store


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """The address of an empty database."""
    async with fresh_postgres() as made:
        yield made


@pytest.fixture
async def store(address: str) -> AsyncIterator[Store]:
    """An open, upgraded, empty store."""
    async with open_store(address) as opened:
        yield opened


@pytest.fixture
async def proxy(address: str) -> AsyncIterator[Proxy]:
    """A way to the database that a test can cut."""
    async with Proxy(address) as opened:
        yield opened
