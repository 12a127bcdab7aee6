"""One bot in its sandbox and one browser for the tests of a module, and where screenshots go."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.app_under_test import AppUnderTest
from tests.support.chromium import running_chromium


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AppUnderTest]:
    folder = tmp_path_factory.mktemp("app")
    quick = folder / "quick.toml"  # the tests press more in a minute than a person
    quick.write_text("[chat]\ncommands_per_minute = 600\n", encoding="utf-8")
    async with AppUnderTest(folder, {"BOT_CONFIG": str(quick)}) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with running_chromium() as started:
        yield started


@pytest.fixture
def shots(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where the screenshots go: the folder that SCREENSHOTS names, else one that goes away."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
