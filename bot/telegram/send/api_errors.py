"""What an error of the Bot API means for a send or an edit."""

from collections.abc import Awaitable
from enum import Enum, auto
from typing import TypeVar

import structlog
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.telegram.request import ResponseLost

T = TypeVar("T")
log = structlog.get_logger(__name__)


class ApiErrorKind(Enum):
    """The kinds of errors that the notifier handles differently.

    ``PICTURES_FORBIDDEN`` and ``TEXT_FORBIDDEN`` are a chat's permissions; ``REFUSED`` is any other error of the
    request, which says nothing about the chat: a simpler form may pass. ``NOT_UNDERSTOOD``: carried out, but the
    response could not be read.
    """

    PARSE_ERROR = auto()
    NOT_MODIFIED = auto()
    TOO_LONG = auto()
    NO_MESSAGE = auto()
    NO_TOPIC = auto()
    CHAT_GONE = auto()
    PICTURES_FORBIDDEN = auto()
    TEXT_FORBIDDEN = auto()
    REFUSED = auto()
    RESPONSE_LOST = auto()
    NOT_UNDERSTOOD = auto()
    OTHER = auto()


class NotUnderstood(TelegramError):
    """Telegram carried the call out and its response could not be read: the call must not be repeated."""


# The Bot API documents no error codes for these, only descriptions, which have been stable for years. They are
# searched for within the text: the library adds a sentence to it when parameters are unknown
_NO_TEXT = "there is no text in the message to edit"
_PERMISSIONS = (
    ("rights to send text", ApiErrorKind.TEXT_FORBIDDEN),
    ("rights to send a message", ApiErrorKind.TEXT_FORBIDDEN),
    ("chat_send_plain_forbidden", ApiErrorKind.TEXT_FORBIDDEN),
    ("chat_write_forbidden", ApiErrorKind.TEXT_FORBIDDEN),
    # photos, media, and whatever else a picture may be called
    ("rights to send", ApiErrorKind.PICTURES_FORBIDDEN),
    ("chat_send_", ApiErrorKind.PICTURES_FORBIDDEN),
)
_DESCRIPTIONS = (
    *_PERMISSIONS,
    ("can't parse entities", ApiErrorKind.PARSE_ERROR),
    ("can't find end", ApiErrorKind.PARSE_ERROR),
    ("message is not modified", ApiErrorKind.NOT_MODIFIED),
    ("is too long", ApiErrorKind.TOO_LONG),
    ("message to edit not found", ApiErrorKind.NO_MESSAGE),
    ("message can't be edited", ApiErrorKind.NO_MESSAGE),
    ("message_id_invalid", ApiErrorKind.NO_MESSAGE),
    (_NO_TEXT, ApiErrorKind.NO_MESSAGE),
    ("there is no caption in the message to edit", ApiErrorKind.NO_MESSAGE),
    ("message thread not found", ApiErrorKind.NO_TOPIC),
    ("topic_closed", ApiErrorKind.NO_TOPIC),
    ("topic_deleted", ApiErrorKind.NO_TOPIC),
    ("chat not found", ApiErrorKind.CHAT_GONE),
)
_TOO_LARGE = "entity too large"


def error_kind(error: TelegramError) -> ApiErrorKind:
    """Return the kind of an error. The library's `BadRequest` is a `NetworkError`, so it is checked first."""
    message = error.message.casefold()
    if isinstance(error, Forbidden):
        return _found(message, _PERMISSIONS, ApiErrorKind.CHAT_GONE)
    if isinstance(error, BadRequest):
        return _found(message, _DESCRIPTIONS, ApiErrorKind.REFUSED)
    if isinstance(error, NotUnderstood):
        return ApiErrorKind.NOT_UNDERSTOOD
    if isinstance(error, ResponseLost) or type(error) is TelegramError:
        # the library raises a bare TelegramError for a response that is no JSON
        return ApiErrorKind.RESPONSE_LOST
    return ApiErrorKind.REFUSED if _TOO_LARGE in message else ApiErrorKind.OTHER


def has_picture(error: TelegramError) -> bool:
    """Return whether a text edit was refused because the bot's message has a picture, and so a caption."""
    return isinstance(error, BadRequest) and _NO_TEXT in error.message.casefold()


def _found(message: str, kinds: tuple[tuple[str, ApiErrorKind], ...], default: ApiErrorKind) -> ApiErrorKind:
    return next((kind for text, kind in kinds if text in message), default)


async def understood(call: Awaitable[T]) -> T:
    """Await a call of the library; raise `NotUnderstood` where it cannot make its types of Telegram's response."""
    try:
        return await call
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        log.warning("response of telegram not understood, taken as carried out", error=repr(error))
        raise NotUnderstood(f"the response was not understood: {type(error).__name__}") from error
