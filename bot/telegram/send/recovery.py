"""Looking for a message whose answer was lost, so that nobody reads the same card twice and nobody waits for none.

The Bot API cannot list messages, but it says ``message is not modified`` when a message already has the content of
an edit. A message that arrived unseen has an id shortly after the one it answers, and only the bot's own messages
can be edited, so editing the few ids that follow to the very same content finds it and changes nothing.
"""

from collections import OrderedDict, deque

from telegram import Bot
from telegram.error import TelegramError

from bot.telegram.send.api_errors import Refusal, persist, refusal_of
from bot.telegram.send.outgoing import Wire, retouch
from utils.clock import Clock

LOOKED_AT = 4
KEPT_CHATS = 4096
KEPT_PER_CHAT = 64


class KnownMessages:
    """What is known of each chat: the ids this process sent, and the newest id anybody's message had there."""

    def __init__(self) -> None:
        self._sent: OrderedDict[int, deque[int]] = OrderedDict()
        self._newest: OrderedDict[int, int] = OrderedDict()

    def heard(self, chat_id: int, message_id: int) -> None:
        """Note a message of a person; what the bot sends from now on has a higher id."""
        self._newest[chat_id] = max(message_id, self._newest.get(chat_id, 0))
        self._newest.move_to_end(chat_id)
        if len(self._newest) > KEPT_CHATS:
            self._newest.popitem(last=False)

    def sent(self, chat_id: int, message_id: int) -> None:
        """Note a message that certainly arrived."""
        self.heard(chat_id, message_id)
        self._sent.setdefault(chat_id, deque(maxlen=KEPT_PER_CHAT)).append(message_id)
        self._sent.move_to_end(chat_id)
        if len(self._sent) > KEPT_CHATS:
            self._sent.popitem(last=False)

    def newest(self, chat_id: int) -> int:
        """Return the newest id known, 0 when there is none."""
        return self._newest.get(chat_id, 0)

    def is_sent(self, chat_id: int, message_id: int) -> bool:
        """Return whether this process knows that it sent this message."""
        return message_id in self._sent.get(chat_id, ())


async def find_lost(bot: Bot, wire: Wire, floor: int, known: KnownMessages, clock: Clock) -> int | None:
    """Return the id under which the wire did arrive, or ``None`` when it surely can be sent again.

    Looks at the few messages after ``floor``, the newest id known when the sending began. Without one (0) nothing
    can be told and `TelegramError` is raised: once at most is then the promise.
    """
    if not floor:
        raise TelegramError("the answer was lost and nothing tells where to look for the message")
    for candidate in range(floor + 1, floor + 1 + LOOKED_AT):
        if not known.is_sent(wire.place.chat_id, candidate) and await _is_it(bot, wire, candidate, clock):
            return candidate
    return None


async def _is_it(bot: Bot, wire: Wire, message_id: int, clock: Clock) -> bool:
    try:
        await persist(
            lambda: retouch(bot, wire, message_id, caption=wire.picture is not None), clock, idempotent=True
        )
    except TelegramError as error:
        refusal = refusal_of(error)
        if refusal in {Refusal.UNCHANGED, Refusal.NO_MESSAGE}:
            return refusal is Refusal.UNCHANGED
        raise
    return True  # an own message that nobody knew of: it shows the answer now
