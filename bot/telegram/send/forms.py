"""Which forms of a message a chat takes: its refusals are kept for a day, so that nothing doomed is uploaded."""

from dataclasses import replace
from typing import Final

from bot.telegram.send.outgoing_message import OutgoingMessage, plain_of
from handlers.ports import MessageContent
from utils.caching import LruMap
from utils.clock import Clock

REMEMBERED_S: Final = 86_400.0
CHATS: Final = 4096


class PictureRefused(Exception):
    """Telegram refuses this message with its picture; the text alone may pass."""


class PictureMemory:
    """The chats whose permissions forbid pictures, each for a day after its last refusal."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: LruMap[int, float] = LruMap(CHATS)

    def note_refusal(self, chat_id: int) -> None:
        """Note that the chat forbids pictures."""
        self._until.put(chat_id, self._clock.monotonic() + REMEMBERED_S)

    def suited(self, chat_id: int, content: MessageContent) -> MessageContent:
        """Return the content in a form that the chat takes."""
        forbids = (self._until.peek(chat_id) or 0.0) > self._clock.monotonic()
        return without_picture(content) if forbids and content.picture is not None else content


def without_picture(content: MessageContent) -> MessageContent:
    """Return the content as a text message."""
    return replace(content, picture=None, keep_picture=False)


def simpler(message: OutgoingMessage) -> OutgoingMessage | None:
    """Return a text in the next simpler form, ``None`` if there is none.

    HTML becomes plain text, then buttons, reply and topic go: any of them can be what Telegram refuses.
    """
    if message.as_html:
        return replace(message, as_html=False)
    bare = replace(message, keyboard=(), reply_to=None, chat=replace(message.chat, thread_id=None))
    return None if bare == message else bare


def headline(message: OutgoingMessage) -> OutgoingMessage:
    """Return the first line of a message as a plain text: what a late answer is cut down to."""
    first = next((line for line in plain_of(message.html).splitlines() if line.strip()), message.plain)
    return replace(message, html=first, plain=first, as_html=False, picture=None, keyboard=())
