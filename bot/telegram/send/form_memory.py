"""Which forms of a message a chat or the whole server has refused, each for a day."""

from enum import Enum, auto
from typing import Final

from utils.caching import LruMap
from utils.clock import Clock

CAPACITY: Final = 4096
REMEMBERED_S: Final = 86_400.0
"""How long a refused form is not tried again, so that nothing doomed is uploaded."""
EVERYWHERE: Final = 0
"""In place of a chat's id, for what the server does not know."""


class Form(Enum):
    """A part of a message that may be refused while the rest passes."""

    PICTURE = auto()
    TIMES = auto()
    BUTTON_LOOKS = auto()
    WHISPER = auto()
    DRAFT = auto()
    RICH = auto()


class FormMemory:
    """The refused forms by chat, or for all chats at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: LruMap[tuple[Form, int], float] = LruMap(CAPACITY)

    def note_refusal(self, form: Form, chat_id: int = EVERYWHERE) -> None:
        """Note that a form was refused in a chat, without one by the server."""
        self._until.put((form, chat_id), self._clock.monotonic() + REMEMBERED_S)

    def refuses(self, form: Form, chat_id: int = EVERYWHERE) -> bool:
        """Return whether a form was refused in a chat within a day, or by the server."""
        now = self._clock.monotonic()
        return any((self._until.peek((form, place)) or 0.0) > now for place in {chat_id, EVERYWHERE})
