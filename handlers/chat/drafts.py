"""Previews of answers that are being made in private chats; their reader can stop one."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from handlers.ports import IncomingMessage, MessageContent

KEPT_S: Final = 20.0
"""After this long a preview is sent again even if it says the same: Telegram shows it for 30 s."""


@dataclass(eq=False, slots=True)
class Draft:
    """One preview, named by the id of the message that it answers; ``stopped`` is the answer where it was stopped."""

    id: int
    stopped: MessageContent
    is_stopped: bool = False
    _making: "set[asyncio.Task[Any]]" = field(default_factory=set)

    def stands_for(self, making: "asyncio.Task[Any]") -> None:
        """Tell what a stop ends."""
        self._making.add(making)

    def stop(self) -> None:
        """End what is being made."""
        self.is_stopped = True
        for making in self._making:
            making.cancel()


class Drafts:
    """The previews that stand now, by chat."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, int], Draft] = {}

    @contextmanager
    def opened(self, message: IncomingMessage, stopped: MessageContent) -> Iterator[Draft | None]:
        """Give a preview for the answer to a new message of a private chat, ``None`` for any other."""
        if message.chat.kind != "private" or message.edited or not message.message_id:
            yield None
            return
        key = message.chat.chat_id, message.message_id
        self._open[key] = draft = Draft(message.message_id, stopped)
        try:
            yield draft
        finally:
            del self._open[key]

    def stop(self, chat_id: int, draft_id: int) -> None:
        """Stop a preview; nothing if it does not stand any more."""
        draft = self._open.get((chat_id, draft_id))
        if draft is not None:
            draft.stop()
