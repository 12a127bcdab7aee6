"""Every form of request that the bot makes, kept in a file that a stranger reads too (`scripts/strangers`)."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from telegram.ext import ExtBot

from bot.telegram.menu import chat_menus, common_menus, publish_menu
from bot.telegram.receive.polling import Poller
from bot.telegram.send.notifier import TelegramNotifier
from handlers.commands.routes import build_registry
from handlers.locale.messages import load_messages
from handlers.ports import (
    Asker,
    Button,
    ChatRef,
    InlineCard,
    MessageContent,
    MessageRef,
    Person,
)
from handlers.render.html import Block, Html, Row, grid, laid_out
from handlers.render.rich import RichCard, RichForm, rich_blocks
from handlers.render.words import moment_tag
from tests.bot.conftest import InstantClock, People, png
from tests.bot.samples import sample_module

KEPT = Path(__file__).with_name("requests.json")
"""Made anew by this test with ``KEEP_REQUESTS=1``."""
ATTACHED = re.compile(r"attach://[\w.-]+")
CARD = MessageContent(
    f"<b>card</b> {moment_tag(1_700_000_000_000, 'UTC', 'en')}",
    "card",
    keyboard=((Button("· 4h ·", "1", "primary", disabled=True), Button("Delete", "2", "danger")),),
)
# no expandable quotation: since Bot API 10.5 it takes blocks, which a stranger of 10.3 does not know
TABLE = laid_out([grid([Row("a 1", ("a", "1")), Row("b", ("b", None))], headed=True)])
PICTURE = MessageContent(CARD.text, CARD.plain, png(), CARD.keyboard)
RICH = replace(
    PICTURE,
    rich=RichForm(
        rich_blocks(RichCard([Block(Html("<b>card</b> <i>x</i>"), role="head"), TABLE]), chart=True) or ()
    ),
)
CAPTION = MessageContent("why", "why", keyboard=CARD.keyboard, keep_picture=True)


async def act(notifier: TelegramNotifier, people: People, group: ChatRef, ada: ChatRef) -> None:
    """Make each kind of request once."""
    await notifier.send_chat_action(ada, "typing")
    text = await notifier.send(ada, CARD, reply_to=1)
    await notifier.edit(text, MessageContent("<i>other</i>", "other"))
    picture = await notifier.edit(text, PICTURE)
    await notifier.edit(picture, CAPTION)
    await notifier.edit(picture, CARD)
    await notifier.send(group, PICTURE)
    await notifier.edit(await notifier.send(ada, RICH, reply_to=1), RICH)
    await notifier.draft(ada, 7, CARD)
    asker = Asker(ada.chat_id)
    for content in (CARD, PICTURE):
        whispered = await notifier.whisper(group, content, asker)
        assert whispered is not None
        await notifier.edit(whispered, PICTURE if content is PICTURE else MessageContent("b", "b"))
        await notifier.edit(whispered, CAPTION if content is PICTURE else CARD)
    await notifier.edit(MessageRef(group, 0, True, asker, 1), CARD)
    await notifier.send(ChatRef(group.chat_id, "supergroup", direct_topic_id=5), CARD)
    await press(notifier, people, group, ada)
    await notifier.is_admin(group, Person(ada.chat_id, "Ada", None))


async def press(notifier: TelegramNotifier, people: People, group: ChatRef, ada: ChatRef) -> None:
    """Answer a press, an inline query and a guest."""
    card = await notifier.send(group, CARD)
    where = {"chat": group.chat_id, "message": card.message_id, "from": ada.chat_id}
    query = await people.call("POST", "/callbacks", {**where, "button": "Delete"})
    await notifier.whisper(group, CARD, Asker(ada.chat_id, query["id"]))
    await notifier.answer_callback_query(query["id"], "words", alert=True)
    cards = (InlineCard("1", "title", "description", CARD.text),)
    asked = await people.call("POST", "/inline", {"from": ada.chat_id, "query": "btc"})
    await notifier.answer_inline(asked["id"], cards)
    await notifier.answer_guest("1", cards[0])


async def test_the_requests_of_the_bot_have_these_forms(
    notifier: TelegramNotifier, api: ExtBot[int], people: People, instant_clock: InstantClock
) -> None:
    ada = await people.join()
    group = await people.group(members=[ada.chat_id], bot_admin=True)
    await people.say(ada, "/t")
    await act(notifier, people, group, ada)
    registry, messages = build_registry([sample_module()]), load_messages()
    for menu in (
        *common_menus(registry, messages),
        *chat_menus(registry, messages, ada.chat_id, "owner", "auto"),
        *chat_menus(registry, messages, ada.chat_id, "anyone", "auto"),
    ):
        await publish_menu(api, menu)
    await Poller(api, no_updates, lambda next_id: next_id, instant_clock)._fetch(0)
    forms = list(_forms((await people.call("GET", "/calls"))["calls"]).values())
    if os.environ.get("KEEP_REQUESTS"):
        KEPT.write_text(json.dumps(forms, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    assert [_form(request) for request in forms] == [_form(request) for request in kept]


async def no_updates(_: list[dict[str, Any]]) -> int:
    return 0


def _forms(calls: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The first request of each form, without what is another one each time."""
    found: dict[str, dict[str, Any]] = {}
    for call in calls:
        method = call["path"].rpartition("/")[2]
        values = {name: ATTACHED.sub("attach://chart", text) for name, text in call["query"].items()}
        request = {"method": method, "parameters": values}
        found.setdefault(_form(request), request)
    return found


def _form(request: dict[str, Any]) -> str:
    return f"{request['method']} {' '.join(sorted(request['parameters']))}"
