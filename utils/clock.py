"""Time as a parameter: what every part that waits, expires or stamps receives instead of taking it."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Wall time for stamps, monotonic time for back-off, and a sleep that a test can drive."""

    def now_ms(self) -> int:
        """Return UTC wall time in milliseconds since the Unix epoch."""
        ...

    def monotonic(self) -> float:
        """Return seconds of a clock that never steps back; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds of this clock."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Return UTC wall time in milliseconds since the Unix epoch."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return the machine's monotonic seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        await asyncio.sleep(seconds)
