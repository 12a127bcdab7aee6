"""The Bot API calls themselves: parameters that the sandbox does not show."""

import json
from typing import Any

import pytest
from telegram.ext import ExtBot
from telegram.request import BaseRequest, RequestData

from bot.telegram.send import outgoing_message
from bot.telegram.send.limiter import PerChatRateLimiter
from bot.telegram.send.notifier import TelegramNotifier
from bot.telegram.send.outgoing_message import OutgoingMessage, outgoing_messages, plain_of
from handlers.ports import ChatRef, InlineCard, MessageRef
from tests.bot.conftest import InstantClock
from tests.bot.telegram.send.samples import KEYBOARD, content

CHAT = ChatRef(1, "private")
MESSAGE = {"message_id": 5, "date": 0, "chat": {"id": 1, "type": "private"}}


class RecordingRequest(BaseRequest):
    """Answers every call with success; ``sent`` are the parameters of each."""

    read_timeout = None

    def __init__(self) -> None:
        self.sent: list[dict[str, str]] = []

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        assert request_data is not None
        self.sent.append(request_data.json_parameters)
        result = True if url.endswith("Query") else MESSAGE
        return 200, json.dumps({"ok": True, "result": result}).encode()


@pytest.fixture
def request_() -> RecordingRequest:
    return RecordingRequest()


@pytest.fixture
def bot(request_: RecordingRequest, instant_clock: InstantClock) -> ExtBot[int]:
    limiter = PerChatRateLimiter(instant_clock)
    return ExtBot("1:token", request=request_, get_updates_request=request_, rate_limiter=limiter)


async def test_links_have_no_preview(bot: ExtBot[int], request_: RecordingRequest) -> None:
    message = OutgoingMessage(CHAT, "<b>x</b>", "x")
    await outgoing_message.send(bot, message)
    await outgoing_message.edit(bot, message, MessageRef(CHAT, 5))
    options = [json.loads(sent["link_preview_options"]) for sent in request_.sent]
    assert options == [{"is_disabled": True}, {"is_disabled": True}]


async def test_an_inline_answer_is_cached_briefly_and_for_the_person_only(
    bot: ExtBot[int], request_: RecordingRequest, instant_clock: InstantClock
) -> None:
    await TelegramNotifier(bot, instant_clock).answer_inline("q", (InlineCard("1", "t", "d", "<b>x</b>"),))
    (sent,) = request_.sent
    assert (sent["cache_time"], sent["is_personal"]) == ("15", "true")
    (result,) = json.loads(sent["results"])
    assert result["input_message_content"]["parse_mode"] == "HTML"


def test_of_several_parts_the_first_replies_and_the_last_has_the_buttons() -> None:
    parts = outgoing_messages(CHAT, content(keyboard=KEYBOARD), ("<b>a</b>", "b &lt;", "c"), 7)
    assert [part.reply_to for part in parts] == [7, None, None]
    assert [part.keyboard for part in parts] == [(), (), KEYBOARD]
    assert [part.plain for part in parts] == ["a", "b <", "c"]


def test_a_single_part_keeps_the_contents_own_plain_text_and_picture() -> None:
    (whole,) = outgoing_messages(CHAT, content(picture=b"png", keyboard=KEYBOARD), ("<b>a</b>",), 7)
    assert whole == OutgoingMessage(CHAT, "<b>a</b>", "hi there", b"png", KEYBOARD, 7)


def test_the_supergroup_that_replaced_a_group_gets_the_message_without_reply() -> None:
    moved = OutgoingMessage(ChatRef(-5, "group", 3), "x", "x", reply_to=7).moved_to(-1005)
    assert (moved.chat, moved.reply_to) == (ChatRef(-1005, "supergroup", 3), None)


def test_plain_text_has_no_tags_and_no_entities() -> None:
    assert plain_of('<a href="x">a &lt;&amp;</a> <b>b</b>') == "a <& b"
