"""One running app for all end-to-end tests of a file: starting it costs seconds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.app_under_test import AppUnderTest


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AppUnderTest]:
    """The bot in its sandbox with the simulated market."""
    async with AppUnderTest(tmp_path_factory.mktemp("app")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def replay_app(
    tmp_path_factory: pytest.TempPathFactory, shared_data: Path
) -> AsyncIterator[AppUnderTest]:
    """The bot in its sandbox replaying the recorded market."""
    environment = {"SANDBOX_DATA": str(shared_data)}
    async with AppUnderTest(tmp_path_factory.mktemp("replay"), environment) as running:
        yield running
