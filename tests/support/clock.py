"""A clock that moves only when a test says so."""

import asyncio
import heapq
import itertools


class FakeClock:
    """Wall and monotonic time advance together by ``advance``; sleepers wake when their moment has come."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._start_ms = now_ms
        self._now_ms = now_ms
        self._order = itertools.count()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []

    def now_ms(self) -> int:
        """Return the fake UTC time in milliseconds."""
        return self._now_ms

    def monotonic(self) -> float:
        """Return fake seconds since the clock was made."""
        return (self._now_ms - self._start_ms) / 1000

    @property
    def sleeping(self) -> int:
        """How many sleepers wait."""
        return len(self._sleepers)

    async def sleep(self, seconds: float) -> None:
        """Wait until ``advance`` has moved the clock by that much, at least one millisecond.

        Who sleeps for what is left of a time again and again would otherwise never see it end.
        """
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due_ms = self._now_ms + max(1, round(seconds * 1000))
        heapq.heappush(self._sleepers, (due_ms, next(self._order), future))
        await future

    async def advance(self, ms: int) -> None:
        """Move time forward, waking each sleeper at its own moment and letting it run."""
        target = self._now_ms + ms
        while self._sleepers and self._sleepers[0][0] <= target:
            due, _, future = heapq.heappop(self._sleepers)
            self._now_ms = max(self._now_ms, due)
            if not future.done():
                future.set_result(None)
            await self.settle()
        self._now_ms = target
        await self.settle()

    async def settle(self) -> None:
        """Let every ready task run."""
        for _ in range(20):
            await asyncio.sleep(0)
