"""Which message answers which: an edited command replaces its answer."""

from typing import Final

from handlers.ports import IncomingMessage, MessageRef
from utils.caching import LruMap

CAPACITY: Final = 4096


class Answers:
    """The last answer to each of the newest messages; what is forgotten is answered by a new message."""

    def __init__(self) -> None:
        self._refs: LruMap[tuple[int, int], MessageRef] = LruMap(CAPACITY)

    def note(self, message: IncomingMessage, ref: MessageRef) -> None:
        """Note what answers a message."""
        self._refs.put((message.chat.chat_id, message.message_id), ref)

    def replaced_by(self, message: IncomingMessage) -> MessageRef | None:
        """Return the answer that the answer to this message replaces, ``None`` if the message is new."""
        return self._refs.get((message.chat.chat_id, message.message_id)) if message.edited else None
