"""Messages of a chat that one person alone sees: their ids, which are used again, and when the person wrote one."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from utils.sandbox.telegram.messages import StoredMessage

# https://core.telegram.org/bots/api#ephemeral-messages-and-commands
ANSWERABLE_MS: Final = 15_000
"""How long after a press or an ephemeral message a bot without rights may answer with one."""

Place = tuple[int, int]


class EphemeralBook:
    """The messages by chat and person."""

    def __init__(self) -> None:
        self._messages: dict[Place, dict[int, StoredMessage]] = {}
        self._heard_ms: dict[Place, int] = {}

    def add(self, message: "StoredMessage", now_ms: int) -> None:
        """Keep a message under the lowest id that is free."""
        place = _place(message)
        kept = self._messages.setdefault(place, {})
        message.ephemeral_id = next(number for number in range(1, len(kept) + 2) if number not in kept)
        kept[message.ephemeral_id] = message
        if message.sender is message.person:
            self._heard_ms[place] = now_ms

    def remove(self, message: "StoredMessage") -> None:
        """Forget a message; its id is free."""
        self._messages[_place(message)].pop(message.ephemeral_id, None)

    def find(self, chat_id: int, person_id: int, ephemeral_id: int) -> "StoredMessage | None":
        """The message that the person sees under this id."""
        return self._messages.get((chat_id, person_id), {}).get(ephemeral_id)

    def of(self, chat_id: int) -> "list[StoredMessage]":
        """All of a chat, whoever sees them."""
        return [m for (chat, _), kept in self._messages.items() if chat == chat_id for m in kept.values()]

    def heard_lately(self, chat_id: int, person_id: int, now_ms: int) -> bool:
        """Whether the person wrote the bot an ephemeral message that may still be answered."""
        heard_ms = self._heard_ms.get((chat_id, person_id))
        return heard_ms is not None and now_ms - heard_ms <= ANSWERABLE_MS


def _place(message: "StoredMessage") -> Place:
    if message.person is None:
        raise ValueError("an ordinary message is no ephemeral one")
    return message.chat.id, message.person.id
