"""Buttons pressed twice, or by several people at once: the work is done once, in the order of the presses."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from handlers.ports import MessageRef
from utils.caching import LruMap
from utils.clock import Clock

REPEAT_WINDOW_S: Final = 2.0  # a second press of the same button within this time is a double tap
CAPACITY: Final = 2_000  # messages

MessageKey = tuple[int, ...]


@dataclass(slots=True)
class _MessageState:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    pending: set[str] = field(default_factory=set)
    last: tuple[str, float] | None = None
    replaced: bool = False


class PressDeduplicator:
    """The pending and the last callback data of each message; the least recently pressed message is evicted first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._messages: LruMap[MessageKey, _MessageState] = LruMap(CAPACITY)

    def claim(self, ref: MessageRef, data: str) -> "PressClaim | None":
        """Return the claim to do the work of a press.

        ``None`` if the same work is pending or was just done, or if another message has replaced this one.
        """
        message = self._message(ref)
        if message.replaced or data in message.pending:
            return None
        if message.last is not None and self._is_repeat(message.last, data):
            return None
        message.pending.add(data)
        return PressClaim(self, message, data)

    def finish(self, message: "_MessageState", data: str) -> None:
        """Note that the work of a claim has ended."""
        message.pending.discard(data)
        message.last = (data, self._clock.monotonic())

    def _is_repeat(self, last: tuple[str, float], data: str) -> bool:
        return last[0] == data and self._clock.monotonic() - last[1] < REPEAT_WINDOW_S

    def _message(self, ref: MessageRef) -> _MessageState:
        return self._messages.setdefault(ref.key, _MessageState)


class PressClaim:
    """The right to do the work of one press; as a context manager it runs the claims of a message one by one."""

    def __init__(self, deduplicator: PressDeduplicator, message: _MessageState, data: str) -> None:
        self._deduplicator = deduplicator
        self._message = message
        self._data = data

    async def __aenter__(self) -> "PressClaim":
        await self._message.lock.acquire()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._message.lock.release()
        self._deduplicator.finish(self._message, self._data)

    @property
    def is_obsolete(self) -> bool:
        """Whether the message was replaced while this press waited for the ones before it."""
        return self._message.replaced

    def mark_replaced(self) -> None:
        """Note that another message has replaced this one."""
        self._message.replaced = True
