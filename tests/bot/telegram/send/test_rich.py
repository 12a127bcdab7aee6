"""Rich messages on the way out: sent, edited with the chart kept, refused in every known way, lost and found again."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.telegram.send.form_memory import REMEMBERED_S
from bot.telegram.send.notifier import TelegramNotifier
from handlers.ports import Asker, ChatRef, MessageContent, Undeliverable
from handlers.render.html import Block, Html
from handlers.render.rich import RichCard, RichForm, rich_blocks
from tests.bot.conftest import InstantClock, People, png
from tests.bot.telegram.send.limited import notifier_past
from tests.bot.telegram.send.samples import KEYBOARD, content
from tests.bot.telegram.send.test_forms import NO_ANSWER, NO_TEXT, REFUSALS, SENDS_AND_EDITS, Refusing
from tests.support.rich import flat
from utils.sandbox.telegram.server import TelegramSandbox


def form(words: str, *, is_sample: bool = False) -> RichForm:
    blocks = rich_blocks(RichCard([Block(Html(f"<b>{words}</b>\nx"), role="head")]), chart=not is_sample)
    assert blocks is not None
    return RichForm(blocks, is_sample=is_sample)


CARD = MessageContent("<b>card</b>", "card", png(), KEYBOARD, rich=form("card"))
WHY = MessageContent("why", "why", None, KEYBOARD, keep_picture=True, rich=form("why"))
SAMPLE = MessageContent("not here", "not here", None, KEYBOARD, rich=form("sample", is_sample=True))


class RefusingRich(Refusing):
    """Refuses rich messages alone."""

    def _has(self, endpoint: str, data: dict[str, Any]) -> bool:
        return "rich_message" in data


@pytest.fixture
def refusing() -> RefusingRich:
    return RefusingRich()


@pytest.fixture
async def notifier(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    refusing: RefusingRich,
) -> AsyncIterator[TelegramNotifier]:
    async with notifier_past(refusing, telegram, session, instant_clock) as made:
        yield made


async def shown(people: People, chat: ChatRef) -> dict[str, Any]:
    """The only message of a chat."""
    (record,) = await people.messages(chat)
    message: dict[str, Any] = record["message"]
    return message


async def test_an_edit_keeps_the_chart_by_its_file_and_another_replaces_it(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    asked = await people.say(ada, "/t")
    ref = await notifier.send(ada, CARD, reply_to=asked)
    first = await shown(people, ada)
    chart = first["rich_message"]["blocks"][0]
    assert (ref.is_rich, ref.has_picture, ref.is_captioned) == (True, True, False)
    assert ref.chart_id == chart["photo"][-1]["file_id"]
    assert first["reply_to_message"]["message_id"] == asked
    assert first["reply_markup"]
    kept = await notifier.edit(ref, WHY)
    second = await shown(people, ada)
    assert (second["rich_message"]["blocks"][0], kept.chart_id) == (chart, ref.chart_id)
    assert "why" in flat(second["rich_message"]["blocks"])
    redrawn = await notifier.edit(kept, CARD)
    assert redrawn.chart_id != kept.chart_id
    bare = await notifier.edit(redrawn, replace(WHY, keep_picture=False))
    assert (bare.has_picture, bare.chart_id) == (False, None)
    text = await notifier.edit(bare, content())
    assert (text.is_rich, (await shown(people, ada))["text"]) == (False, "hi there")


async def test_a_placeholder_becomes_a_rich_card(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    ref = await notifier.send(ada, content("working"))
    assert (await notifier.edit(ref, CARD)).message_id == ref.message_id
    assert (await shown(people, ada))["rich_message"]


async def test_a_picture_with_a_caption_is_edited_as_one(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    ref = await notifier.send(ada, replace(CARD, rich=None))
    await notifier.edit(ref, replace(CARD, text="other", plain="other"))
    assert (await shown(people, ada))["caption"] == "other"


@pytest.mark.parametrize("how", SENDS_AND_EDITS)
async def test_whatever_a_refusal_says_the_card_arrives_in_another_form(
    notifier: TelegramNotifier, people: People, refusing: RefusingRich, how: str
) -> None:
    for text in REFUSALS:
        if text in (*NO_ANSWER, *NO_TEXT):
            continue
        refusing.error = None
        chat = await people.join()
        placed = await notifier.send(chat, content("working")) if how == "edit" else None
        refusing.error = BadRequest(text.upper())
        ref = await (notifier.send(chat, CARD) if placed is None else notifier.edit(placed, CARD))
        message = await shown(people, chat)
        assert message.get("caption", message.get("text")) == "card", text
        assert message["reply_markup"], text
        assert (ref.is_rich, ref.refused_rich) == (False, True), text


@pytest.mark.parametrize(
    ("error", "lasting"),
    [
        (BadRequest('can\'t parse InputRichBlock: type "table" is unsupported'), True),
        (NetworkError("Bad Gateway"), False),
        (BadRequest("not enough rights to send text messages to the chat"), False),
    ],
)
async def test_a_refusal_is_remembered_for_a_day_and_a_fault_is_not(
    notifier: TelegramNotifier,
    ada: ChatRef,
    refusing: RefusingRich,
    instant_clock: InstantClock,
    error: TelegramError,
    lasting: bool,
) -> None:
    refusing.error = error
    assert (await notifier.send(ada, CARD)).refused_rich is lasting
    tried = len(refusing.refused)
    refusing.error = None
    assert (await notifier.send(ada, CARD)).is_rich is not lasting
    assert len(refusing.refused) == tried
    await instant_clock.advance(round(REMEMBERED_S * 1000) + 1)
    assert (await notifier.send(ada, CARD)).is_rich


@pytest.mark.parametrize(
    "error", [Forbidden("Forbidden: bot was blocked by the user"), BadRequest("Chat not found")]
)
async def test_a_chat_that_is_gone_is_no_refusal(
    notifier: TelegramNotifier, ada: ChatRef, refusing: RefusingRich, error: TelegramError
) -> None:
    refusing.error = error
    with pytest.raises(Undeliverable) as caught:
        await notifier.send(ada, CARD)
    assert caught.value.gone
    assert refusing.refused == ["sendRichMessage"]


async def test_a_server_without_rich_messages_is_asked_once(
    notifier: TelegramNotifier, people: People, ada: ChatRef, instant_clock: InstantClock
) -> None:
    await people.call("PUT", "/lacks", {"features": ["rich"]})
    assert (await notifier.send(ada, CARD)).refused_rich
    assert instant_clock.slept == 0
    assert not (await notifier.send(ada, CARD)).refused_rich
    assert await people.calls("sendRichMessage") == 1


async def test_looks_of_buttons_alone_are_left_out_of_a_rich_message(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    await people.call("PUT", "/lacks", {"features": ["button_looks"]})
    looking = replace(CARD, keyboard=((replace(KEYBOARD[0][0], disabled=True),),))
    assert (await notifier.send(ada, looking)).is_rich
    (button,) = (await shown(people, ada))["reply_markup"]["inline_keyboard"][0]
    assert button["callback_data"] == KEYBOARD[0][0].data


async def test_a_sample_has_buttons_in_its_own_form_alone_and_may_be_whispered(
    notifier: TelegramNotifier, people: People, ada: ChatRef
) -> None:
    group = await people.group(members=[ada.chat_id], bot_admin=True)
    asker = Asker(ada.chat_id)
    sample = await notifier.whisper(group, SAMPLE, asker)
    card = await notifier.whisper(group, CARD, asker)
    assert sample is not None
    assert card is not None
    assert (sample.is_rich, card.is_rich) == (True, False)
    text = await notifier.edit(sample, content())
    assert (text.is_rich, text.ephemeral_id) == (False, sample.ephemeral_id)
    await people.call("PUT", "/lacks", {"features": ["rich"]})
    await notifier.send(ada, SAMPLE)
    message = await shown(people, ada)
    assert ("reply_markup" in message, message["text"]) == (False, "not here")


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after"])
async def test_a_lost_response_leaves_exactly_one_rich_message(
    notifier: TelegramNotifier, people: People, ada: ChatRef, fault: str
) -> None:
    asked = await people.say(ada, "/t")
    notifier.note_received(ada, asked)
    await people.fault({fault: {"s": 20}}, method="sendRichMessage")
    ref = await notifier.send(ada, CARD)
    message = await shown(people, ada)
    assert (message["message_id"], "rich_message" in message) == (ref.message_id, True)
