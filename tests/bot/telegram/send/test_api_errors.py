"""Which kind each Bot API error is, and which calls are retried after it."""

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.telegram.request import NotSent, ResponseLost
from bot.telegram.send.api_errors import ApiErrorKind, NotUnderstood, error_kind
from bot.telegram.send.outgoing_message import retry
from tests.bot.conftest import InstantClock


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (BadRequest("Can't parse entities: unsupported start tag"), ApiErrorKind.PARSE_ERROR),
        (BadRequest("Can't find end tag corresponding to start tag"), ApiErrorKind.PARSE_ERROR),
        (BadRequest("Message is not modified: same content"), ApiErrorKind.NOT_MODIFIED),
        (BadRequest("Message is too long"), ApiErrorKind.TOO_LONG),
        (BadRequest("Message caption is too long"), ApiErrorKind.TOO_LONG),
        (BadRequest("Message to edit not found"), ApiErrorKind.NO_MESSAGE),
        (BadRequest("Message can't be edited"), ApiErrorKind.NO_MESSAGE),
        (BadRequest("MESSAGE_ID_INVALID"), ApiErrorKind.NO_MESSAGE),
        (BadRequest("There is no text in the message to edit"), ApiErrorKind.NO_MESSAGE),
        (BadRequest("There is no caption in the message to edit"), ApiErrorKind.NO_MESSAGE),
        (BadRequest("Message thread not found"), ApiErrorKind.NO_TOPIC),
        (BadRequest("TOPIC_CLOSED"), ApiErrorKind.NO_TOPIC),
        (BadRequest("TOPIC_DELETED"), ApiErrorKind.NO_TOPIC),
        (BadRequest("Chat not found"), ApiErrorKind.CHAT_GONE),
        (BadRequest("Not enough rights to send text messages to the chat"), ApiErrorKind.TEXT_FORBIDDEN),
        (BadRequest("Have no rights to send a message"), ApiErrorKind.TEXT_FORBIDDEN),
        (BadRequest("CHAT_SEND_MEDIA_FORBIDDEN"), ApiErrorKind.PICTURES_FORBIDDEN),
        (BadRequest("CHAT_SEND_PLAIN_FORBIDDEN"), ApiErrorKind.TEXT_FORBIDDEN),
        (BadRequest("Not enough rights to send live photos to the chat"), ApiErrorKind.PICTURES_FORBIDDEN),
        (Forbidden("Forbidden: CHAT_SEND_PHOTOS_FORBIDDEN"), ApiErrorKind.PICTURES_FORBIDDEN),
        (BadRequest("IMAGE_PROCESS_FAILED"), ApiErrorKind.REFUSED),
        (BadRequest("Query is too old"), ApiErrorKind.REFUSED),
        (NetworkError("Request Entity Too Large"), ApiErrorKind.REFUSED),
        (NotUnderstood("no message"), ApiErrorKind.NOT_UNDERSTOOD),
        (Forbidden("Forbidden: bot was blocked by the user"), ApiErrorKind.CHAT_GONE),
        (ResponseLost("no response"), ApiErrorKind.RESPONSE_LOST),
        (TelegramError("Invalid server response"), ApiErrorKind.RESPONSE_LOST),
        (NotSent("no connection"), ApiErrorKind.OTHER),
        (NetworkError("Internal Server Error"), ApiErrorKind.OTHER),
    ],
)
def test_the_kind_of_each_error(error: TelegramError, kind: ApiErrorKind) -> None:
    assert error_kind(error) is kind


async def calls_until_raised(error: TelegramError, *, idempotent: bool, clock: InstantClock) -> int:
    """How often a call that always fails is made."""
    calls = 0

    async def fail() -> None:
        nonlocal calls
        calls += 1
        raise error

    with pytest.raises(type(error)):
        await retry(fail, clock, idempotent=idempotent)
    return calls


@pytest.mark.parametrize(
    ("error", "send", "edit"),
    [
        (NotSent("no connection"), 4, 4),
        (NetworkError("Bad Gateway"), 4, 4),
        (TimedOut(), 4, 4),
        (ResponseLost("no response"), 1, 4),
        (TelegramError("Invalid server response"), 1, 4),
        (BadRequest("Chat not found"), 1, 1),
        (Forbidden("bot was kicked"), 1, 1),
        (InvalidToken(), 1, 1),
        (RetryAfter(3), 1, 1),
        (ChatMigrated(-100), 1, 1),
        (NetworkError("Request Entity Too Large"), 1, 1),
        (NotUnderstood("no message"), 1, 1),
    ],
)
async def test_only_calls_that_cannot_act_twice_are_retried(
    error: TelegramError, send: int, edit: int, instant_clock: InstantClock
) -> None:
    assert await calls_until_raised(error, idempotent=False, clock=instant_clock) == send
    assert await calls_until_raised(error, idempotent=True, clock=instant_clock) == edit


async def test_a_call_that_succeeds_at_the_last_retry_is_a_success(instant_clock: InstantClock) -> None:
    errors = [NetworkError("1"), NetworkError("2"), NetworkError("3")]

    async def call() -> str:
        if errors:
            raise errors.pop()
        return "sent"

    assert await retry(call, instant_clock, idempotent=False) == "sent"
    assert instant_clock.slept == pytest.approx(0.5 + 1.0 + 2.0)
