"""Bounded queues between a reader that must not block and a consumer that may be slow; losses are counted."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

FEED_SIZE: Final = 10_000


class CountingFeed(Generic[T]):
    """Keeps the newest ``size`` items; older ones that were not taken are dropped and counted in ``lost``."""

    def __init__(self, size: int = FEED_SIZE) -> None:
        self._items: deque[T] = deque(maxlen=size)
        self._ready = asyncio.Event()
        self.lost = 0

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> None:
        """Add one item without blocking."""
        self.lost += len(self._items) == self._items.maxlen
        self._items.append(item)
        self._ready.set()

    async def get(self) -> T:
        """Return the oldest item, waiting for one."""
        while not self._items:
            self._ready.clear()
            await self._ready.wait()
        return self._items.popleft()

    async def __aiter__(self) -> AsyncIterator[T]:
        while True:
            yield await self.get()


class LatestFeed(Generic[T]):
    """Keeps the newest item of each key; items replaced before they were taken are counted in ``replaced``."""

    def __init__(self, size: int = FEED_SIZE) -> None:
        self._items: OrderedDict[Hashable, T] = OrderedDict()
        self._ready = asyncio.Event()
        self._size = size
        self.replaced = 0
        self.lost = 0

    def __len__(self) -> int:
        return len(self._items)

    def put(self, key: Hashable, item: T) -> None:
        """Set the newest item of ``key`` without blocking. Beyond ``size`` keys the oldest is dropped and counted."""
        self.replaced += key in self._items
        self._items[key] = item
        if len(self._items) > self._size:
            self._items.popitem(last=False)
            self.lost += 1
        self._ready.set()

    async def get(self) -> T:
        """Return the item that has waited longest, waiting for one."""
        while not self._items:
            self._ready.clear()
            await self._ready.wait()
        return self._items.popitem(last=False)[1]

    async def __aiter__(self) -> AsyncIterator[T]:
        while True:
            yield await self.get()
