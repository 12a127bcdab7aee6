"""The simpler forms of a message, for what Telegram refuses."""

from dataclasses import replace

from bot.telegram.send.api_errors import ApiErrorKind
from bot.telegram.send.form_memory import Form
from bot.telegram.send.outgoing_message import OutgoingMessage, plain_of
from handlers.ports import MessageContent


class PictureRefused(Exception):
    """Telegram refuses this message with its picture; the text alone may pass."""


class RichRefused(Exception):
    """Telegram does not take this message as a rich one; ``lasting`` where it failed at nothing else."""

    def __init__(self, why: str, *, lasting: bool) -> None:
        super().__init__(why)
        self.lasting = lasting


def without_picture(content: MessageContent) -> MessageContent:
    """Return the content without its picture."""
    return replace(content, picture=None, keep_picture=False)


def without_rich(content: MessageContent) -> MessageContent:
    """Return the content as text and picture; without its buttons where these belong to the rich form."""
    is_sample = content.rich is not None and content.rich.is_sample
    return replace(content, rich=None, keyboard=() if is_sample else content.keyboard)


def refused_extras(message: OutgoingMessage, kind: ApiErrorKind) -> frozenset[Form]:
    """Return which extras an error may be about: times where markup is not parsed, else first the looks of buttons."""
    if kind is ApiErrorKind.PARSE_ERROR:
        return message.extras & {Form.TIMES}
    if kind is ApiErrorKind.REFUSED:
        return message.extras & {Form.BUTTON_LOOKS} or message.extras
    return frozenset()


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
    return replace(message, html=first, plain=first, as_html=False, picture=None, keyboard=(), rich=None)
