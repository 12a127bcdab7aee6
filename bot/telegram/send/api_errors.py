"""What an error of the Bot API means for a send or an edit, and which calls may be repeated."""

from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import TypeVar

import structlog
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.telegram.request import NotSent, ResponseLost
from utils.clock import Clock

RETRY_DELAYS_S = (0.5, 1.0, 2.0)
T = TypeVar("T")
log = structlog.get_logger(__name__)


class ApiErrorKind(Enum):
    """The kinds of errors that the notifier handles differently."""

    PARSE_ERROR = auto()
    NOT_MODIFIED = auto()
    TOO_LONG = auto()
    NO_MESSAGE = auto()
    NO_TOPIC = auto()
    CHAT_GONE = auto()
    RESPONSE_LOST = auto()
    OTHER = auto()


# The Bot API documents no error codes for these, only descriptions, which have been stable for years
_DESCRIPTIONS = (
    ("can't parse entities", ApiErrorKind.PARSE_ERROR),
    ("can't find end", ApiErrorKind.PARSE_ERROR),
    ("message is not modified", ApiErrorKind.NOT_MODIFIED),
    ("is too long", ApiErrorKind.TOO_LONG),
    ("message to edit not found", ApiErrorKind.NO_MESSAGE),
    ("message can't be edited", ApiErrorKind.NO_MESSAGE),
    ("message_id_invalid", ApiErrorKind.NO_MESSAGE),
    ("there is no text in the message to edit", ApiErrorKind.NO_MESSAGE),
    ("there is no caption in the message to edit", ApiErrorKind.NO_MESSAGE),
    ("message thread not found", ApiErrorKind.NO_TOPIC),
    ("topic_closed", ApiErrorKind.NO_TOPIC),
    ("topic_deleted", ApiErrorKind.NO_TOPIC),
    ("chat not found", ApiErrorKind.CHAT_GONE),
    ("not enough rights", ApiErrorKind.CHAT_GONE),
    ("have no rights", ApiErrorKind.CHAT_GONE),
)


def error_kind(error: TelegramError) -> ApiErrorKind:
    """Return the kind of an error. The library's `BadRequest` is a `NetworkError`, so it is checked first."""
    if isinstance(error, Forbidden):
        return ApiErrorKind.CHAT_GONE
    if isinstance(error, BadRequest):
        message = error.message.lower()
        return next((kind for text, kind in _DESCRIPTIONS if text in message), ApiErrorKind.OTHER)
    if isinstance(error, ResponseLost) or type(error) is TelegramError:
        return (
            ApiErrorKind.RESPONSE_LOST
        )  # the library raises a bare TelegramError for a response that is no JSON
    return ApiErrorKind.OTHER


async def retry(call: Callable[[], Awaitable[T]], clock: Clock, *, idempotent: bool) -> T:
    """Make a call; repeat it after a delay where that is safe: no connection, or the server answered with an error.

    A call whose response was lost is repeated only if it is ``idempotent`` (an edit): a send would show the message
    twice, so the caller looks for it first. Raises the last `TelegramError`.
    """
    for delay_s in RETRY_DELAYS_S:
        try:
            return await call()
        except TelegramError as error:
            if not _may_retry(error, idempotent=idempotent):
                raise
            log.info("telegram call failed, retrying", error=str(error), delay_s=delay_s)
        await clock.sleep(delay_s)
    return await call()


def _may_retry(error: TelegramError, *, idempotent: bool) -> bool:
    if isinstance(error, BadRequest | Forbidden | InvalidToken | RetryAfter | ChatMigrated):
        return False
    return idempotent or isinstance(error, NotSent) or error_kind(error) is not ApiErrorKind.RESPONSE_LOST
