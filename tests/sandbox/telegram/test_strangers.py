"""What bots of strangers need and ours does not: both Markdowns, times, copies, forwards, pins, reactions, topics."""

from typing import Any

import pytest

from tests.sandbox.telegram.driver import Driver, png
from utils.sandbox.telegram.errors import BotApiError
from utils.sandbox.telegram.text.entities import RichText
from utils.sandbox.telegram.text.finish import finished
from utils.sandbox.telegram.text.html import parse_html
from utils.sandbox.telegram.text.markdown import parse_markdown, parse_markdown_v2


def shown(rich: RichText) -> list[tuple[str, str]]:
    """Each entity's kind and text."""
    units = rich.text.encode("utf-16-le")
    return [(e.type, units[2 * e.offset : 2 * e.end].decode("utf-16-le")) for e in rich.entities]


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        (
            "*a* _b_ __c__ ~d~ ||e|| `f`",
            "a b c d e f",
            ["bold", "italic", "underline", "strikethrough", "spoiler", "code"],
        ),
        ("*a _b_ c*", "a b c", ["italic", "bold"]),
        ("1\\.5 \\*no\\*", "1.5 *no*", []),
        ("```py\nx = 1*2```", "x = 1*2", ["pre"]),
        ("```\nx```", "x", ["pre"]),
        ("[👉 a](http://b.c/\\))", "👉 a", ["text_link"]),
        ("[ab](tg://user?id=7)", "ab", ["text_mention"]),
        ("[nonsense]( )", "nonsense", []),
        ("a\n>*b*\n>c\nd", "a\nb\nc\nd", ["bold", "blockquote"]),
        ("**", "", []),
    ],
)
def test_markdown_v2(source: str, text: str, entities: list[str]) -> None:
    rich = parse_markdown_v2(source)
    assert rich.text == text
    assert [entity.type for entity in rich.entities] == entities


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("1.5", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("a | b", "Character '|' is reserved and must be escaped with the preceding '\\'"),
        ("ş *a", "Can't find end of Bold entity at byte offset 3"),
        ("`a", "Can't find end of Code entity at byte offset 0"),
        ("[a](b", "Can't find end of a URL at byte offset 4"),
    ],
)
def test_markdown_v2_is_refused(source: str, reason: str) -> None:
    with pytest.raises(BotApiError) as caught:
        parse_markdown_v2(source)
    assert caught.value.description == f"Bad Request: can't parse entities: {reason}"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*a* _b_ `c` 1.5", "a b c 1.5", [("bold", "a"), ("italic", "b"), ("code", "c")]),
        ("\\*a\\_", "*a_", []),
        ("[a](http://b.c/) [b.d]", "a b.d", [("text_link", "a"), ("text_link", "b.d")]),
        ("```x\ny```", "y", [("pre", "y")]),
    ],
)
def test_the_older_markdown(source: str, text: str, entities: list[tuple[str, str]]) -> None:
    rich = parse_markdown(source)
    assert (rich.text, shown(rich)) == (text, entities)


def test_the_older_markdown_is_refused() -> None:
    with pytest.raises(BotApiError) as caught:
        parse_markdown("a_b")
    assert "Can't find end of the entity starting at byte offset 1" in caught.value.description


def test_times_people_and_wallets_in_html() -> None:
    source = '<tg-time unix="1700000000" format="wDT">then</tg-time> <a href="tg://user?id=5">x</a> <a href="ton://y">z</a>'
    assert [entity.json() for entity in parse_html(source).entities] == [
        {"type": "date_time", "offset": 0, "length": 4, "unix_time": 1700000000, "date_time_format": "wDT"},
        {
            "type": "text_mention",
            "offset": 5,
            "length": 1,
            "user": {"id": 5, "is_bot": False, "first_name": "Somebody"},
        },
        {"type": "text_link", "offset": 7, "length": 1, "url": "ton://y"},
    ]
    for broken in ('<tg-time unix="x">a</tg-time>', '<tg-time unix="1" format="q">a</tg-time>'):
        with pytest.raises(BotApiError):
            parse_html(broken)


def test_bare_links_and_addresses_are_found() -> None:
    rich = finished(RichText("see binance.com/en, a.b@c.io and https://x.y/z. Not 1.5 or file.txt"))
    assert shown(rich) == [("url", "binance.com/en"), ("email", "a.b@c.io"), ("url", "https://x.y/z")]


async def test_messages_are_sent_with_either_markdown(driver: Driver) -> None:
    user = await driver.user()
    for mode in ("MarkdownV2", "Markdown"):
        sent = await driver.result("sendMessage", chat_id=user, text="*a*", parse_mode=mode)
        assert (sent["text"], sent["entities"][0]["type"]) == ("a", "bold")


async def test_a_copy_is_new_and_a_forward_names_its_origin(driver: Driver) -> None:
    user, other = await driver.user(first_name="Ada"), await driver.user()
    said = await driver.say(user, "hello")
    source = {"from_chat_id": user, "message_id": said["message_id"]}
    copied = await driver.result("copyMessage", chat_id=other, **source)
    forwarded = await driver.result("forwardMessage", chat_id=other, **source)
    first, second = [record["message"] for record in await driver.records(other)]
    assert copied == {"message_id": first["message_id"]}
    assert (first["text"], second["text"]) == ("hello", "hello")
    assert "forward_origin" not in first
    assert forwarded["forward_origin"]["sender_user"]["id"] == user
    again = await driver.result(
        "forwardMessage", chat_id=user, from_chat_id=other, message_id=second["message_id"]
    )
    assert again["forward_origin"] == forwarded["forward_origin"]
    missing = await driver.bot("copyMessage", chat_id=other, from_chat_id=user, message_id=99)
    assert missing["description"] == "Bad Request: message to copy not found"


async def test_a_copied_picture_can_get_another_caption(driver: Driver) -> None:
    user = await driver.user()
    sent = (await driver.upload("sendPhoto", "photo", png(), chat_id=str(user), caption="old"))["result"]
    source = {"from_chat_id": user, "message_id": sent["message_id"]}
    await driver.result("copyMessage", chat_id=user, caption="*new*", parse_mode="MarkdownV2", **source)
    await driver.result("copyMessage", chat_id=user, **source)
    assert [record["message"]["caption"] for record in await driver.records(user)] == ["old", "new", "old"]


async def test_pins_reactions_and_topics(driver: Driver) -> None:
    user = await driver.user()
    forum = (await driver.control("POST", "/chats", {"is_forum": True, "members": [user]}))["id"]
    sent = await driver.result("sendMessage", chat_id=forum, text="a")
    target = {"chat_id": forum, "message_id": sent["message_id"]}
    refused = {
        "pinChatMessage": "not enough rights to manage pinned messages in the chat",
        "createForumTopic": "not enough rights to create a topic",
    }
    for method, reason in refused.items():
        body = await driver.bot(method, name="Ideas", **target)
        assert body["description"] == f"Bad Request: {reason}"
    await driver.control("PATCH", f"/chats/{forum}", {"bot_admin": True})
    await driver.updates(offset=-1)
    assert await driver.result("pinChatMessage", **target)
    topic = await driver.result("createForumTopic", chat_id=forum, name="Ideas")
    answer = await driver.result(
        "sendMessage", chat_id=forum, text="b", message_thread_id=topic["message_thread_id"]
    )
    assert answer["message_thread_id"] == topic["message_thread_id"]
    assert await driver.result("setMessageReaction", reaction=[{"type": "emoji", "emoji": "👍"}], **target)
    records = await driver.records(forum)
    assert any("pinned_message" in record["message"] for record in records)
    assert next(r for r in records if r["message"]["message_id"] == sent["message_id"])["reactions"] == ["👍"]


@pytest.mark.parametrize(
    ("reaction", "reason"),
    [
        ([{"type": "emoji", "emoji": "🧨"}], "REACTION_INVALID"),
        ([{"type": "emoji", "emoji": "👍"}, {"type": "emoji", "emoji": "👎"}], "REACTIONS_TOO_MANY"),
        ([{"type": "smell"}], "can't parse ReactionType: invalid reaction type specified"),
        ({}, "expected an Array of ReactionType"),
    ],
)
async def test_reactions_are_refused(driver: Driver, reaction: Any, reason: str) -> None:
    user = await driver.user()
    sent = await driver.result("sendMessage", chat_id=user, text="a")
    body = await driver.bot(
        "setMessageReaction", chat_id=user, message_id=sent["message_id"], reaction=reaction
    )
    assert body["description"] == f"Bad Request: {reason}"


async def test_the_menu_button_of_a_chat_goes_before_that_of_all(driver: Driver) -> None:
    user = await driver.user()
    assert await driver.result("getChatMenuButton", chat_id=user) == {"type": "commands"}
    app = {"type": "web_app", "text": "Open", "web_app": {"url": "https://a.b/"}}
    await driver.result("setChatMenuButton", menu_button=app)
    assert await driver.result("getChatMenuButton", chat_id=user) == app
    await driver.result("setChatMenuButton", chat_id=user, menu_button={"type": "default"})
    assert await driver.result("getChatMenuButton", chat_id=user) == {"type": "default"}
    refused = await driver.bot("setChatMenuButton", menu_button={"type": "web_app", "text": "x"})
    assert refused["description"] == "Bad Request: can't parse menu button: Can't find field \"web_app\""


async def test_only_a_forum_has_topics(driver: Driver) -> None:
    body = await driver.bot("createForumTopic", chat_id=await driver.user(), name="a")
    assert body["description"] == "Bad Request: the chat is not a forum"
