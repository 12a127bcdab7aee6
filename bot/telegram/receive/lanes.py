"""Work in lanes that take turns, so that nobody's flood delays the work of others.

A lane is what one person asks in one chat. Each lane works in order; chats take turns, and the lanes of a chat take
turns within it. What waits is bounded by the source alone: nothing is dropped here.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

Job = Callable[[], Coroutine[Any, Any, None]]
"""Must not raise; what it raises is a defect and reaches the loop's exception handler."""


@dataclass(slots=True)
class _Lane:
    waiting: deque[Job] = field(default_factory=deque)
    running: int = 0
    turn: int = 0


@dataclass(slots=True)
class _Chat:
    lanes: dict[Hashable, _Lane] = field(default_factory=dict)
    running: int = 0
    turn: int = 0


class Lanes:
    """Runs at most ``total`` jobs at once, ``per_chat`` of a chat and ``per_lane`` of a lane."""

    def __init__(self, *, total: int, per_chat: int, per_lane: int = 1) -> None:
        self._total = total
        self._per_chat = per_chat
        self._per_lane = per_lane
        self._chats: dict[Hashable, _Chat] = {}
        self._turns = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def waiting(self) -> int:
        """Jobs that have not begun."""
        return sum(len(lane.waiting) for chat in self._chats.values() for lane in chat.lanes.values())

    @property
    def running(self) -> int:
        """Jobs that have begun and not ended."""
        return len(self._tasks)

    def put(self, chat: Hashable, lane: Hashable, job: Job) -> None:
        """Queue a job behind the others of its lane."""
        lanes = self._chats.setdefault(chat, _Chat()).lanes
        lanes.setdefault(lane, _Lane()).waiting.append(job)
        self._start()

    async def close(self, drain_s: float) -> None:
        """Begin nothing more, wait ``drain_s`` for what has begun, and cancel the rest."""
        self._closed = True
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=drain_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _start(self) -> None:
        while not self._closed and len(self._tasks) < self._total and (place := self._next()) is not None:
            chat_key, lane_key = place
            chat = self._chats[chat_key]
            lane = chat.lanes[lane_key]
            job = lane.waiting.popleft()
            chat.running, lane.running = chat.running + 1, lane.running + 1
            self._turns += 1
            chat.turn = lane.turn = self._turns
            task = asyncio.create_task(job())
            self._tasks.add(task)
            task.add_done_callback(partial(self._ended, place))

    def _next(self) -> tuple[Hashable, Hashable] | None:
        """Return the lane whose turn it is: of the chats, and of a chat's lanes, what began something longest ago."""
        ready = [
            (chat.turn, lane.turn, chat_key, lane_key)
            for chat_key, chat in self._chats.items()
            if chat.running < self._per_chat
            for lane_key, lane in chat.lanes.items()
            if lane.waiting and lane.running < self._per_lane
        ]
        _, _, chat_key, lane_key = min(ready, key=lambda place: place[:2], default=(0, 0, None, None))
        return (chat_key, lane_key) if ready else None

    def _ended(self, place: tuple[Hashable, Hashable], task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        chat_key, lane_key = place
        chat = self._chats[chat_key]
        lane = chat.lanes[lane_key]
        chat.running, lane.running = chat.running - 1, lane.running - 1
        if not lane.waiting and not lane.running:
            del chat.lanes[lane_key]
        if not chat.lanes:
            del self._chats[chat_key]
        self._start()
