"""A refused form is replaced by the next simpler one: every refusal text that is known, for sends and for edits."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import aiohttp
import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

from bot.telegram.send.form_memory import REMEMBERED_S
from bot.telegram.send.notifier import TelegramNotifier
from handlers.ports import ChatRef, MessageContent, MessageRef, Undeliverable
from tests.bot.conftest import InstantClock, People, png
from tests.bot.telegram.send.limited import notifier_past
from tests.bot.telegram.send.samples import KEYBOARD, content
from utils.sandbox.telegram.server import TelegramSandbox

REFUSALS = tuple(
    line
    for line in (Path(__file__).parent / "refusals.txt").read_text().splitlines()
    if line and not line.startswith("#")
)
SENDS_AND_EDITS = ("send", "edit")
CARD = MessageContent("<b>card</b>", "card", picture=png(), keyboard=KEYBOARD)
# the chat is gone, and what is said of an edit is no refusal
NO_ANSWER = {
    "chat not found",
    "message is not modified",
}
# what forbids all text
NO_TEXT = (
    "not enough rights to send text messages to the chat",
    "have no rights to send a message",
    "CHAT_SEND_PLAIN_FORBIDDEN",
    "CHAT_WRITE_FORBIDDEN",
)
Refused = Literal["picture", "html", "buttons"]


@dataclass
class Refusing(BaseRateLimiter[int]):
    """Refuses the calls that have what is named, in place of Telegram, with one error."""

    error: TelegramError | None = None
    what: Refused = "picture"
    refused: list[str] = field(default_factory=list)

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def process_request(
        self,
        callback: Callable[..., Awaitable[Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        if self.error is not None and self._has(endpoint, data):
            self.refused.append(endpoint)
            raise self.error
        return await callback(*args, **kwargs)

    def _has(self, endpoint: str, data: dict[str, Any]) -> bool:
        picture = endpoint in {"sendPhoto", "editMessageMedia"}
        if self.what == "picture":
            return picture
        return picture or bool(data.get("parse_mode" if self.what == "html" else "reply_markup"))


@pytest.fixture
def refusing() -> Refusing:
    return Refusing()


@pytest.fixture
async def notifier(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    refusing: Refusing,
) -> AsyncIterator[TelegramNotifier]:
    async with notifier_past(refusing, telegram, session, instant_clock) as made:
        yield made


async def show(
    notifier: TelegramNotifier,
    people: People,
    chat: ChatRef,
    refusing: Refusing,
    how: str,
    error: TelegramError,
) -> MessageRef:
    """Deliver the card as a new message, or as the edit of a placeholder, while Telegram refuses its forms."""
    asked = await people.say(chat, "/t")
    placeholder = await notifier.send(chat, content("working"), reply_to=asked) if how == "edit" else None
    refusing.error = error
    if placeholder is None:
        return await notifier.send(chat, CARD, reply_to=asked)
    return await notifier.edit(placeholder, CARD)


@pytest.mark.parametrize("how", SENDS_AND_EDITS)
@pytest.mark.parametrize("what", ["picture", "html", "buttons"])
async def test_whatever_a_refusal_says_the_answer_arrives_in_some_form(
    notifier: TelegramNotifier, people: People, refusing: Refusing, what: Refused, how: str
) -> None:
    refusing.what = what
    for text in REFUSALS:
        if text in (*NO_ANSWER, *NO_TEXT):
            continue
        refusing.error = None
        chat = await people.join()
        ref = await show(notifier, people, chat, refusing, how, BadRequest(text.upper()))
        (shown,) = [record["message"] for record in await people.messages(chat)]
        assert shown.get("text") == "card", text
        assert ref == MessageRef(chat, shown["message_id"], has_picture=False), text
        assert ("reply_markup" in shown) == (what != "buttons"), text
        assert refusing.refused, text
        refusing.refused.clear()


@pytest.mark.parametrize("how", SENDS_AND_EDITS)
@pytest.mark.parametrize(
    ("error", "gone"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), True),
        (Forbidden("Forbidden: bot was kicked from the supergroup chat"), True),
        (Forbidden("Forbidden: user is deactivated"), True),
        (BadRequest("Chat not found"), True),
        (Forbidden("Forbidden: CHAT_SEND_PLAIN_FORBIDDEN"), False),
        (BadRequest("PEER_ID_INVALID"), False),
    ],
)
async def test_only_a_403_or_chat_not_found_means_that_the_chat_is_gone(
    notifier: TelegramNotifier,
    people: People,
    ada: ChatRef,
    refusing: Refusing,
    error: TelegramError,
    gone: bool,
    how: str,
) -> None:
    ref = await notifier.send(ada, content("working"))
    refusing.error, refusing._has = error, lambda endpoint, data: True  # type: ignore[method-assign]
    with pytest.raises(Undeliverable) as caught:
        await (notifier.send(ada, CARD) if how == "send" else notifier.edit(ref, CARD))
    assert caught.value.gone is gone
    assert refusing.refused.count("sendPhoto") <= 2


@pytest.mark.parametrize("text", NO_TEXT)
@pytest.mark.parametrize("how", SENDS_AND_EDITS)
async def test_a_chat_that_forbids_text_is_not_gone_and_gets_pictures(
    notifier: TelegramNotifier, people: People, ada: ChatRef, refusing: Refusing, text: str, how: str
) -> None:
    ref = await notifier.send(ada, content("working"))
    refusing.error = BadRequest(text)
    refusing._has = lambda endpoint, data: endpoint in {"sendMessage", "editMessageText"}  # type: ignore[method-assign]
    shown = await (notifier.send(ada, CARD) if how == "send" else notifier.edit(ref, CARD))
    assert shown.has_picture
    with pytest.raises(Undeliverable) as caught:
        await notifier.send(ada, content())
    assert not caught.value.gone
    assert refusing.refused == ["sendMessage"]


@pytest.mark.parametrize(
    "error",
    [
        BadRequest("Not enough rights to send photos to the chat"),
        BadRequest("CHAT_SEND_PHOTOS_FORBIDDEN"),
        Forbidden("Forbidden: CHAT_SEND_MEDIA_FORBIDDEN"),
    ],
)
async def test_a_chat_that_takes_no_pictures_gets_none_for_a_day(
    notifier: TelegramNotifier,
    people: People,
    ada: ChatRef,
    refusing: Refusing,
    instant_clock: InstantClock,
    error: TelegramError,
) -> None:
    refusing.error = error
    await notifier.send(ada, CARD)
    ref = await notifier.send(ada, CARD)
    await notifier.edit(ref, CARD)
    assert refusing.refused == ["sendPhoto"]
    await instant_clock.advance(round(REMEMBERED_S * 1000) - 1)
    await notifier.send(ada, CARD)
    assert refusing.refused == ["sendPhoto"]
    refusing.error = None
    await instant_clock.advance(1)
    assert (await notifier.send(ada, CARD)).has_picture


async def test_a_picture_that_telegram_cannot_process_says_nothing_about_the_next_one_or_another_chat(
    notifier: TelegramNotifier, people: People, ada: ChatRef, refusing: Refusing
) -> None:
    bob = await people.join(first_name="Bob")
    refusing.error = BadRequest("IMAGE_PROCESS_FAILED")
    assert not (await notifier.send(ada, CARD)).has_picture
    refusing.error = None
    assert (await notifier.send(ada, CARD)).has_picture
    refusing.error = BadRequest("CHAT_SEND_PHOTOS_FORBIDDEN")
    await notifier.send(ada, CARD)
    refusing.error = None
    assert (await notifier.send(bob, CARD)).has_picture


@pytest.mark.parametrize("error", [NetworkError("Request Entity Too Large"), NetworkError("Bad Gateway")])
@pytest.mark.parametrize("how", SENDS_AND_EDITS)
async def test_a_picture_that_the_server_cannot_take_is_left_out(
    notifier: TelegramNotifier,
    people: People,
    ada: ChatRef,
    refusing: Refusing,
    error: TelegramError,
    how: str,
) -> None:
    await show(notifier, people, ada, refusing, how, error)
    assert await people.texts(ada) == ["card"]


async def test_a_long_text_without_its_refused_picture_is_split(
    notifier: TelegramNotifier, people: People, ada: ChatRef, refusing: Refusing
) -> None:
    text = "\n\n".join(["word " * 300] * 6)
    refusing.error = BadRequest("PHOTO_INVALID_DIMENSIONS")
    await notifier.send(ada, MessageContent(text, text, picture=png()))
    texts = await people.texts(ada)
    assert len(texts) > 1
    assert "".join(texts).count("word") == 1800


async def test_an_old_picture_does_not_stay_above_the_new_text(
    notifier: TelegramNotifier, people: People, ada: ChatRef, refusing: Refusing
) -> None:
    ref = await notifier.send(ada, content("old", picture=png()))
    refusing.error = BadRequest("Not enough rights to send photos to the chat")
    await notifier.edit(ref, CARD)
    (record,) = await people.messages(ada)
    assert record["message"]["text"] == "card"


async def test_what_no_form_of_an_edit_takes_is_sent_anew_in_place_of_the_old_message(
    notifier: TelegramNotifier, people: People, ada: ChatRef, refusing: Refusing
) -> None:
    ref = await notifier.send(ada, content("working"))
    refusing.error = BadRequest("MESSAGE_EDIT_TIME_EXPIRED")
    refusing._has = lambda endpoint, data: endpoint.startswith("edit")  # type: ignore[method-assign]
    shown = await notifier.edit(ref, content("<b>card</b>", keyboard=KEYBOARD))
    (record,) = await people.messages(ada)
    assert record["message"]["entities"][0]["type"] == "bold"
    assert "reply_markup" in record["message"]
    assert shown == MessageRef(ada, record["message"]["message_id"])


@pytest.mark.parametrize("how", SENDS_AND_EDITS)
async def test_after_a_flood_limit_of_hours_one_short_line_goes_out(
    notifier: TelegramNotifier,
    people: People,
    ada: ChatRef,
    refusing: Refusing,
    instant_clock: InstantClock,
    how: str,
) -> None:
    ref = await notifier.send(ada, content("working"))
    card = MessageContent("<b>BTCUSDT 4h</b>\n\nmany lines\n" * 3, "plain", picture=png(), keyboard=KEYBOARD)
    refusing.error = RetryAfter(7200)
    await (notifier.send(ada, card) if how == "send" else notifier.edit(ref, card))
    assert instant_clock.slept == pytest.approx(7200)
    (*_, record) = await people.messages(ada)
    assert record["message"]["text"] == "BTCUSDT 4h"
    assert "reply_markup" not in record["message"]
