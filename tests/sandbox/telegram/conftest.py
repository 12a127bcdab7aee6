"""A Telegram sandbox on a free port for each test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession

from tests.sandbox.telegram.driver import Driver
from utils.sandbox.telegram import TelegramSandbox


class StepTime:
    """A clock that a test steps."""

    def __init__(self) -> None:
        self.ms = 1_700_000_000_000

    def now_ms(self) -> int:
        return self.ms

    def advance(self, ms: int) -> None:
        self.ms += ms


@pytest.fixture
def time() -> StepTime:
    return StepTime()


@asynccontextmanager
async def running_driver(time: StepTime, *, local: bool = True) -> AsyncIterator[Driver]:
    """A started sandbox with its driver."""
    sandbox = TelegramSandbox("127.0.0.1:0", token="1:sandbox", clock=time, webhook_retry_s=0.01, local=local)
    await sandbox.start()
    try:
        async with ClientSession() as session:
            yield Driver(sandbox, session)
    finally:
        await sandbox.stop()


@pytest.fixture
async def driver(time: StepTime) -> AsyncIterator[Driver]:
    async with running_driver(time) as made:
        yield made
