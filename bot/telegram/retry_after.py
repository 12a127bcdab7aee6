"""The waiting time that Telegram names when it answers 429."""

import re
from typing import Final

from telegram.error import NetworkError, RetryAfter, TelegramError

UNNAMED_WAIT_S: Final = 30.0
_TOO_MANY = "too many requests"
_NAMED = re.compile(r"retry after (\d{1,6})", re.IGNORECASE)


def seconds_of(error: RetryAfter) -> float:
    """Return how long Telegram asks to wait, in seconds."""
    waiting = error.retry_after
    return float(waiting) if isinstance(waiting, int) else waiting.total_seconds()


def asked_wait_s(error: TelegramError) -> float | None:
    """Return how long Telegram asks to wait, in seconds; ``None`` if the error is no 429.

    The library turns a 429 whose parameters it does not know into a `NetworkError`. Without a time in its text the
    wait is ``UNNAMED_WAIT_S``.
    """
    if isinstance(error, RetryAfter):
        return seconds_of(error)
    if not isinstance(error, NetworkError) or _TOO_MANY not in error.message.casefold():
        return None
    named = _NAMED.search(error.message)
    return float(named[1]) if named else UNNAMED_WAIT_S
