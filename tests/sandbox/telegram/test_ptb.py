"""python-telegram-bot, unmodified, against the sandbox."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, Update
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TimedOut
from telegram.ext import (
    AIORateLimiter,
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
)

from tests.sandbox.telegram.driver import Driver, png
from tests.support.limits import PATIENCE_MS, PATIENCE_S

Bot = Application[Any, Any, Any, Any, Any, Any]
Context = ContextTypes.DEFAULT_TYPE
BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton("1h", callback_data="1|i|t|BTCUSDT|1h|-|-")]])


@pytest.fixture(autouse=True)
def timedelta_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    """PTB's coming default, without which reading `retry_after` warns."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


def build(driver: Driver, *, limiter: bool = False) -> Bot:
    sandbox = driver.sandbox
    builder: Any = ApplicationBuilder().token(sandbox.bot_token).base_url(sandbox.api_url)
    builder = builder.base_file_url(sandbox.file_url).read_timeout(PATIENCE_S)
    if limiter:
        builder = builder.rate_limiter(AIORateLimiter(max_retries=2))
    app: Bot = builder.build()
    return app


@asynccontextmanager
async def polling(app: Bot) -> AsyncIterator[None]:
    assert app.updater is not None
    async with app:
        await app.start()
        await app.updater.start_polling(timeout=2)
        yield
        await app.updater.stop()
        await app.stop()


async def chart(update: Update, _: Context) -> None:
    assert update.effective_message is not None
    await update.effective_message.reply_photo(
        png(), caption="<b>BTC</b> &amp; co", parse_mode="HTML", reply_markup=BUTTONS, do_quote=True
    )


async def pressed(update: Update, _: Context) -> None:
    query = update.callback_query
    assert query is not None
    await query.answer("refreshing")
    media = InputMediaPhoto(png(colour="red"), caption="<i>1h</i>", parse_mode="HTML")
    await query.edit_message_media(media, reply_markup=BUTTONS)


async def test_polling_photo_callback_and_media_edit(driver: Driver) -> None:
    app = build(driver)
    app.add_handler(CommandHandler("t", chart))
    app.add_handler(CallbackQueryHandler(pressed))
    user = await driver.user(first_name="Deniz", language_code="tr")
    async with polling(app):
        asked = await driver.say(user, "/t btc 4h")
        [answer] = await driver.records(user, after=asked["message_id"])
        assert answer["from_bot"]
        assert answer["message"]["caption"] == "BTC & co"
        assert answer["message"]["caption_entities"] == [{"type": "bold", "offset": 0, "length": 3}]
        assert answer["message"]["reply_to_message"]["text"] == "/t btc 4h"
        message_id = answer["message"]["message_id"]
        press = {"from": user, "chat": user, "message": message_id, "button": "1h"}
        query = await driver.control("POST", "/callbacks", press)
        answered = await driver.control("GET", f"/callbacks/{query['id']}?wait_ms={PATIENCE_MS}")
        assert answered["answer"] == {"text": "refreshing", "show_alert": False, "url": ""}
        [edited] = await driver.records(user, after_seq=answer["seq"])
        assert edited["message"]["caption"] == "1h"
        assert "edit_date" in edited["message"]
        assert [h["caption"] for h in edited["history"]] == ["BTC & co"]


async def test_webhook_delivers_with_the_secret(driver: Driver) -> None:
    app = build(driver)
    app.add_handler(CommandHandler("t", chart))
    user = await driver.user()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert app.updater is not None
    async with app:
        await app.start()
        url = f"http://127.0.0.1:{port}/hook"
        await app.updater.start_webhook("127.0.0.1", port, "hook", webhook_url=url, secret_token="s3cret")
        asked = await driver.say(user, "/t")
        [answer] = await driver.records(user, after=asked["message_id"])
        assert "photo" in answer["message"]
        await app.updater.stop()
        await app.stop()


async def test_a_photo_can_be_downloaded_and_sent_again_by_id(driver: Driver) -> None:
    app = build(driver)
    user = await driver.user()
    picture = png(1600, 900)
    async with app:
        sent = await app.bot.send_photo(user, picture)
        again = await app.bot.send_photo(user, sent.photo[-1].file_id)
        file = await app.bot.get_file(again.photo[-1].file_id)
        small = await app.bot.get_file(again.photo[0].file_id)
        assert bytes(await file.download_as_bytearray()) == picture
        assert bytes(await small.download_as_bytearray())[:3] == b"\xff\xd8\xff"
    assert [size.width for size in sent.photo] == [90, 320, 800, 1280, 1600]


async def test_ptb_raises_its_own_errors(driver: Driver) -> None:
    app = build(driver)
    user = await driver.user()
    group = await driver.control("POST", "/chats", {"type": "group", "members": [user]})
    async with app:
        await driver.control("PATCH", f"/chats/{user}", {"blocked": True})
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await app.bot.send_message(user, "hello")
        moved = await driver.control("PATCH", f"/chats/{group['id']}", {"migrate": True})
        with pytest.raises(ChatMigrated) as migration:
            await app.bot.send_message(group["id"], "hello")
        assert migration.value.new_chat_id == moved["migrated_to"]
        await app.bot.send_message(moved["migrated_to"], "hello")
        with pytest.raises(BadRequest, match="Can't parse entities"):
            await app.bot.send_message(moved["migrated_to"], "RSI < 30", parse_mode="HTML")


async def test_faults_as_ptb_sees_them(driver: Driver) -> None:
    app = build(driver)
    user = await driver.user()
    async with app:
        await driver.control("POST", "/faults", {"fault": {"retry_after": {"s": 7}}, "count": 1})
        with pytest.raises(RetryAfter) as pause:
            await app.bot.send_message(user, "one")
        assert pause.value.retry_after == timedelta(seconds=7)
        await driver.control("POST", "/faults", {"fault": {"timeout_after": {"s": 30}}, "count": 1})
        with pytest.raises(TimedOut):
            await app.bot.send_message(user, "two", read_timeout=0.3)
        await driver.control("POST", "/faults", {"fault": {"timeout_before": {"s": 30}}, "count": 1})
        with pytest.raises(TimedOut):
            await app.bot.send_message(user, "three", read_timeout=0.3)
        await app.bot.send_message(user, "four")
    texts = [r["message"]["text"] for r in await driver.records(user)]
    assert texts == ["two", "four"]


async def test_rate_limiter_retries_a_429(driver: Driver) -> None:
    app = build(driver, limiter=True)
    user = await driver.user()
    fault = {"match": {"method": "sendMessage"}, "fault": {"retry_after": {"s": 1}}, "count": 1}
    async with app:
        await driver.control("POST", "/faults", fault)
        await asyncio.wait_for(app.bot.send_message(user, "hello"), PATIENCE_S)
    calls = await driver.control("GET", "/calls")
    statuses = [c["status"] for c in calls["calls"] if c["path"].endswith("sendMessage")]
    assert statuses == [429, 200]


async def test_bot_reads_chats_members_and_menus(driver: Driver) -> None:
    app = build(driver)
    owner, member = await driver.user(), await driver.user()
    body = {"is_forum": True, "title": "Desk", "members": [owner, member], "topics": ["Charts"]}
    forum = await driver.control("POST", "/chats", body)
    async with app:
        full = await app.bot.get_chat(forum["id"])
        assert (full.title, full.is_forum) == ("Desk", True)
        admins = await app.bot.get_chat_administrators(forum["id"])
        assert [a.user.id for a in admins] == [owner]
        assert (await app.bot.get_chat_member(forum["id"], member)).status == "member"
        assert await app.bot.get_chat_member_count(forum["id"]) == 3
        await app.bot.set_my_commands([("t", "trend")])
        await app.bot.set_my_commands([("t", "eğilim")], language_code="tr")
        assert [c.description for c in await app.bot.get_my_commands(language_code="tr")] == ["eğilim"]
        await app.bot.set_my_short_description("measured")
        assert (await app.bot.get_my_short_description()).short_description == "measured"
        thread = forum["topics"][0]["message_thread_id"]
        sent = await app.bot.send_message(forum["id"], "in topic", message_thread_id=thread)
        assert sent.message_thread_id == thread
        assert await app.bot.leave_chat(forum["id"])
