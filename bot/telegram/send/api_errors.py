"""What Telegram's refusals mean for a delivery, and which attempts may be repeated."""

from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import TypeVar

import structlog
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.telegram.request import AnswerLost, NotSent
from utils.clock import Clock

PAUSES_S = (0.5, 1.0, 2.0)
T = TypeVar("T")
log = structlog.get_logger(__name__)


class Refusal(Enum):
    """The refusals that a delivery can do something about."""

    UNPARSED = auto()
    UNCHANGED = auto()
    TOO_LONG = auto()
    NO_MESSAGE = auto()
    NO_TOPIC = auto()
    GONE = auto()
    LOST = auto()
    OTHER = auto()


# The Bot API documents no codes for these: the words are the only mark, and have been stable for years
_WORDS = (
    ("can't parse entities", Refusal.UNPARSED),
    ("can't find end", Refusal.UNPARSED),
    ("message is not modified", Refusal.UNCHANGED),
    ("is too long", Refusal.TOO_LONG),
    ("message to edit not found", Refusal.NO_MESSAGE),
    ("message can't be edited", Refusal.NO_MESSAGE),
    ("message_id_invalid", Refusal.NO_MESSAGE),
    ("there is no text in the message to edit", Refusal.NO_MESSAGE),
    ("there is no caption in the message to edit", Refusal.NO_MESSAGE),
    ("message thread not found", Refusal.NO_TOPIC),
    ("topic_closed", Refusal.NO_TOPIC),
    ("topic_deleted", Refusal.NO_TOPIC),
    ("chat not found", Refusal.GONE),
    ("not enough rights", Refusal.GONE),
    ("have no rights", Refusal.GONE),
)


def refusal_of(error: TelegramError) -> Refusal:
    """Return what an error means. The library's `BadRequest` is a `NetworkError`, so it is looked at first."""
    if isinstance(error, Forbidden):
        return Refusal.GONE
    if isinstance(error, BadRequest):
        words = error.message.lower()
        return next((refusal for mark, refusal in _WORDS if mark in words), Refusal.OTHER)
    if isinstance(error, AnswerLost) or type(error) is TelegramError:
        return Refusal.LOST  # a bare TelegramError is the library's word for an answer that is no json
    return Refusal.OTHER


async def persist(call: Callable[[], Awaitable[T]], clock: Clock, *, idempotent: bool) -> T:
    """Make a call, again after pauses where that is safe: no connection, or a server error that was answered.

    A lost answer is repeated only for an ``idempotent`` call (an edit): a second card would be worse than one that
    the caller looks for first. Raises the last `TelegramError`.
    """
    for pause_s in PAUSES_S:
        try:
            return await call()
        except TelegramError as error:
            if not _repeatable(error, idempotent=idempotent):
                raise
            log.info("telegram did not answer well, trying again", error=str(error), pause_s=pause_s)
        await clock.sleep(pause_s)
    return await call()


def _repeatable(error: TelegramError, *, idempotent: bool) -> bool:
    if isinstance(error, BadRequest | Forbidden | InvalidToken | RetryAfter | ChatMigrated):
        return False
    return idempotent or isinstance(error, NotSent) or refusal_of(error) is not Refusal.LOST
