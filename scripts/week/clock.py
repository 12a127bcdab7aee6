"""Time that goes on when all is quiet: no transaction, no request, nothing on its way to or from Telegram."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from tests.support.clock import FakeClock

CALM_TURNS: Final = 15
"""Turns of the event loop without traffic after which nothing is left to do at this moment."""
POLL_S: Final = 0.0005


class Traffic:
    """Counts what is under way outside the event loop."""

    def __init__(self) -> None:
        self._under_way = 0
        self._calm = asyncio.Event()
        self._calm.set()
        self.is_between: Callable[[], bool] = lambda: False
        """Whether updates are on their way from Telegram, which holds one request open all the time."""

    def begin(self) -> None:
        """Count something that began."""
        self._under_way += 1
        self._calm.clear()

    def end(self) -> None:
        """Count its end."""
        self._under_way -= 1
        if not self._under_way:
            self._calm.set()

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what happens inside."""
        self.begin()
        try:
            yield
        finally:
            self.end()

    @property
    def is_calm(self) -> bool:
        """Whether nothing is under way."""
        return not self._under_way and not self.is_between()

    async def calm(self) -> None:
        """Return when nothing is under way."""
        while not self.is_calm:
            await self._calm.wait()
            if self.is_between():
                await asyncio.sleep(POLL_S)


class QuickClock(FakeClock):
    """The time of the world: exchange, Telegram and people. It waits for all traffic before it goes on."""

    def __init__(self, now_ms: int, traffic: Traffic) -> None:
        super().__init__(now_ms)
        self._traffic = traffic

    async def settle(self) -> None:
        """Let everything happen that does not wait for the time."""
        turns = 0
        while turns < CALM_TURNS:
            await asyncio.sleep(0)
            turns += 1
            if not self._traffic.is_calm:
                await self._traffic.calm()
                turns = 0


class BotClock:
    """The clock of the machine that the bot runs on: it goes with the world's, and jumps."""

    def __init__(self, world: FakeClock) -> None:
        self._world = world
        self.ahead_ms = 0

    def now_ms(self) -> int:
        """Return what the bot takes for the UTC time, in milliseconds."""
        return self._world.now_ms() + self.ahead_ms

    def monotonic(self) -> float:
        """Return seconds of a clock that never jumps."""
        return self._world.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds of the world's clock."""
        await self._world.sleep(seconds)
