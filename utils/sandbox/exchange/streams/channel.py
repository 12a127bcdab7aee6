"""One stream with its listeners: it knows what has been told and when the next word is due."""

from typing import Protocol

from utils.sandbox.exchange.market.contract import NotRecordedError, UnknownSymbolError
from utils.sandbox.exchange.streams.desk import Desk
from utils.sandbox.exchange.streams.frames import Message
from utils.sandbox.exchange.streams.names import StreamName
from utils.sandbox.exchange.streams.source import Source, Stretch

MOST_STEPS = 100
"""A clock that jumps further than so many periods gets one message about the whole stretch."""


class Listener(Protocol):
    """Somebody who gets messages."""

    def push(self, message: Message) -> None:
        """Take a message; it is sent with the next flush."""
        ...


class Channel:
    """A stream since the first listener came (`start_ms`); at `next_ms` the next moment of its rhythm comes."""

    def __init__(self, kind: str, name: StreamName, source: Source, start_ms: int) -> None:
        self.kind = kind
        self.name = name
        self.listeners: set[Listener] = set()
        self._source = source
        self._note(start_ms)

    @property
    def told_ms(self) -> int:
        """Up to when everything has been told."""
        return self._told_ms

    def restart(self, source: Source, start_ms: int) -> None:
        """Begin anew at an earlier moment."""
        self._source = source
        self._note(start_ms)

    def is_due(self, now_ms: int) -> bool:
        """Whether a moment of the stream's rhythm has come."""
        return now_ms >= self.next_ms

    def tell(self, desk: Desk, now_ms: int) -> list[Message]:
        """Everything that is due by now. A symbol that is gone, or was not recorded, is silent."""
        messages: list[Message] = []
        for moment in self._moments(now_ms):
            stretch = Stretch(desk, self.kind, self.name, self._told_ms, moment)
            self._note(moment)
            try:
                told = self._source.tell(stretch)
            except (UnknownSymbolError, NotRecordedError):
                continue
            messages += [Message(self.name.name, data) for data in told]
        return messages

    def _note(self, told_ms: int) -> None:
        period = self.name.period_ms
        self._told_ms = told_ms
        self.next_ms = (told_ms // period + 1) * period

    def _moments(self, now_ms: int) -> list[int]:
        period = self.name.period_ms
        first, last = self._told_ms // period + 1, now_ms // period
        if last - first >= MOST_STEPS:
            return [last * period]
        return [step * period for step in range(first, last + 1)]
