"""One house for all end-to-end tests of a file: starting it costs seconds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.house import House


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The bot in its sandbox with the simulated market."""
    async with House(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def replay_house(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> AsyncIterator[House]:
    """The bot in its sandbox replaying the recorded market."""
    environment = {"SANDBOX_DATA": str(shared_data)}
    async with House(tmp_path_factory.mktemp("replay"), environment) as running:
        yield running
