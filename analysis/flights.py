"""Work that many ask for at once is done once; and memory that forgets what was used longest ago."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Generic, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")


class Recent(Generic[KeyT, ValueT]):
    """At most ``size`` values by key; reading one makes it recent, ``on_drop`` gets each that is forgotten."""

    def __init__(self, size: int, on_drop: Callable[[ValueT], None] | None = None) -> None:
        self._size = size
        self._on_drop = on_drop
        self._values: OrderedDict[KeyT, ValueT] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: KeyT) -> ValueT | None:
        """Return the value, or ``None`` when it was never put or is forgotten."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key]

    def put(self, key: KeyT, value: ValueT) -> None:
        """Keep a value, forgetting the one used longest ago when there are too many."""
        self._values[key] = value
        self._values.move_to_end(key)
        self._shrink(self._size)

    def clear(self) -> None:
        """Forget everything."""
        self._shrink(0)

    def _shrink(self, size: int) -> None:
        while len(self._values) > size:
            _, dropped = self._values.popitem(last=False)
            if self._on_drop is not None:
                self._on_drop(dropped)


class SingleFlight:
    """Identical calls that overlap in time share one; a caller that is cancelled does not cancel the others."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[Any]] = {}
        self.shared = 0

    async def once(self, key: Hashable, call: Callable[[], Awaitable[ValueT]]) -> ValueT:
        """Return the result of the call under way for ``key``, starting it when there is none."""
        task = self._tasks.get(key)
        if task is None:
            task = asyncio.ensure_future(_run(call))
            self._tasks[key] = task
            task.add_done_callback(lambda done: self._land(key, done))
        else:
            self.shared += 1
        result: ValueT = await asyncio.shield(task)
        return result

    def _land(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        del self._tasks[key]
        if not task.cancelled():
            task.exception()  # every waiter has it; asking marks it seen when all of them were cancelled

    async def close(self) -> None:
        """Cancel what is under way and wait until it has ended."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(call: Callable[[], Awaitable[ValueT]]) -> ValueT:
    return await call()
