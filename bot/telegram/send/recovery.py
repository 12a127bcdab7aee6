"""Send recovery: find out whether a message was delivered although the response to its send was lost.

The Bot API cannot list messages, but an edit to the content that a message already has is answered with ``message is
not modified``. The id of a delivered message is a little higher than that of the message it answers, and a bot can
edit only its own messages. So the next few ids are edited to exactly the same content: the one that answers ``not
modified`` is the delivered message, and nothing has changed.

Where the process itself was lost, what it sent may have been a placeholder or the answer, whose content is not known
any more. That process had nothing else on its way to the chat, so the first message of this bot there is the one,
unless it is known as something that another process has sent.
"""

from itertools import count, islice

from telegram import Bot
from telegram.error import TelegramError

from bot.telegram.send.api_errors import ApiErrorKind, NotUnderstood, error_kind, has_picture
from bot.telegram.send.newer_calls import edit_same
from bot.telegram.send.outgoing_message import OutgoingMessage, retry
from utils.clock import Clock

CANDIDATES = 4


async def find_lost_message(
    bot: Bot,
    message: OutgoingMessage,
    after_id: int,
    clock: Clock,
    *,
    maybe_other: bool = False,
    leave_out: frozenset[int] = frozenset(),
) -> int | None:
    """Return the id under which the message was delivered, ``None`` if it was not and can be sent again.

    Checks the few ids after ``after_id``, the newest id known before the send, that are not in ``leave_out``; nothing
    else may be sent to the chat meanwhile. With ``maybe_other`` it may have been another message, with a text, which
    this one replaces, or a picture, which stays. Raises `TelegramError` without such an id (0) and where Telegram does
    not tell: the message is then delivered at most once.
    """
    if not after_id:
        raise TelegramError("the response was lost and no message id is known to look for the message after")
    unknown = (one for one in count(after_id + 1) if one not in leave_out)
    for candidate in islice(unknown, CANDIDATES):
        if await _is_it(bot, message, candidate, clock, maybe_other=maybe_other):
            return candidate
    return None


async def _is_it(
    bot: Bot, message: OutgoingMessage, message_id: int, clock: Clock, *, maybe_other: bool
) -> bool:
    try:
        await retry(lambda: edit_same(bot, message, message_id), clock, idempotent=True)
    except NotUnderstood:
        return True
    except TelegramError as error:
        if maybe_other and has_picture(error):
            return True
        kind = error_kind(error)
        if kind in {ApiErrorKind.NOT_MODIFIED, ApiErrorKind.NO_MESSAGE}:
            return kind is ApiErrorKind.NOT_MODIFIED
        raise TelegramError(f"the lost message cannot be looked for: {error.message}") from error
    return True  # an unknown message of this bot, which now shows the content
