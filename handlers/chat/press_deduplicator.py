"""Buttons pressed twice, or by many at once: the work is done once, and in the order of the presses."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from handlers.ports import MessageRef
from utils.clock import Clock

ECHO_S: Final = 2.0  # a second tap on the same button within this time is a trembling finger, not a wish
REMEMBERED: Final = 2_000  # messages

MessageKey = tuple[int, int]


@dataclass(slots=True)
class _Message:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: set[str] = field(default_factory=set)
    last: tuple[str, float] | None = None
    gone: bool = False


class Flights:
    """What is under way and was last done on each message; forgotten oldest first, and by a restart."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._messages: OrderedDict[MessageKey, _Message] = OrderedDict()

    def claim(self, ref: MessageRef, data: str) -> "Flight | None":
        """Return a flight for this press, ``None`` when the same work is under way, was just done, or is moot."""
        message = self._message(ref)
        if message.gone or data in message.waiting:
            return None
        if message.last is not None and self._is_echo(message.last, data):
            return None
        message.waiting.add(data)
        return Flight(self, message, data)

    def finished(self, message: "_Message", data: str) -> None:
        """Note that a flight has landed."""
        message.waiting.discard(data)
        message.last = (data, self._clock.monotonic())

    def _is_echo(self, last: tuple[str, float], data: str) -> bool:
        return last[0] == data and self._clock.monotonic() - last[1] < ECHO_S

    def _message(self, ref: MessageRef) -> _Message:
        key = (ref.place.chat_id, ref.message_id)
        message = self._messages.setdefault(key, _Message())
        self._messages.move_to_end(key)
        while len(self._messages) > REMEMBERED:
            self._messages.popitem(last=False)
        return message


class Flight:
    """One press's turn at its message: enter it before the work, tell it when the message was replaced."""

    def __init__(self, flights: Flights, message: _Message, data: str) -> None:
        self._flights = flights
        self._message = message
        self._data = data

    async def __aenter__(self) -> "Flight":
        await self._message.lock.acquire()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._message.lock.release()
        self._flights.finished(self._message, self._data)

    @property
    def moot(self) -> bool:
        """Whether the message was replaced while this press waited for its turn."""
        return self._message.gone

    def replaced(self) -> None:
        """Note that the message is no more: another one stands for it."""
        self._message.gone = True
