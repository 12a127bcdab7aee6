"""What happened, for the page and for tests: a numbered event log with waiters, served as server-sent events."""

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

KEPT_EVENTS = 2_000


@dataclass(frozen=True, slots=True)
class Event:
    """One event: running number, kind, and its JSON data."""

    n: int
    kind: str
    data: dict[str, Any]

    def wire(self) -> bytes:
        """The event in the text/event-stream format."""
        return f"id: {self.n}\nevent: {self.kind}\ndata: {json.dumps(self.data)}\n\n".encode()


class EventLog:
    """The last events and everyone who waits for the next one."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self._waiters: set[asyncio.Future[None]] = set()
        self.last = 0

    def publish(self, kind: str, data: dict[str, Any]) -> None:
        """Append an event and wake the waiters."""
        self.last = next(self._numbers)
        self._events.append(Event(self.last, kind, data))
        self.wake()

    def after(self, n: int) -> list[Event]:
        """Kept events with a number above `n`."""
        return [event for event in self._events if event.n > n]

    def wake(self) -> None:
        """Let every waiter look again."""
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, timeout_s: float) -> bool:
        """Wait for the next event; false when `timeout_s` passed without one."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(timeout_s):
                await waiter
        except TimeoutError:
            return False
        finally:
            self._waiters.discard(waiter)
        return True

    async def wait_until(self, ready: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until `ready()` holds, looking after each event; false on time-out."""
        try:
            async with asyncio.timeout(timeout_s):
                while not ready():
                    await self.wait(timeout_s)
        except TimeoutError:
            return ready()
        return True
