"""An aiogram bot: polling, commands, buttons, edits, files, albums, copies, reactions and inline queries."""

import asyncio
import struct
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramRetryAfter
from aiogram.filters import Command
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CallbackQuery,
    DisabledButton,
    EphemeralMessageParameters,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultArticle,
    InputMediaPhoto,
    InputTextMessageContent,
    Message,
    MessageGenerationStopped,
    ReactionTypeEmoji,
)

from scripts.stranger.clients.notes import Notes, run
from scripts.stranger.clients.person import Person

SIDE = 64
KEYBOARD = InlineKeyboardMarkup(
    inline_keyboard=[
        [
            InlineKeyboardButton(text="1h", callback_data="hour", style="primary"),
            InlineKeyboardButton(text="4h", disabled=DisabledButton()),
        ]
    ]
)


class Heard:
    """What the bot was told, each once."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.inline: asyncio.Future[bool] = loop.create_future()
        self.stopped: asyncio.Future[MessageGenerationStopped] = loop.create_future()
        self.guest: asyncio.Future[Message] = loop.create_future()


async def meet(servers: dict[str, str], notes: Notes) -> None:
    """Run the bot and write to it."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(servers["telegram"]))
    bot = Bot(servers["token"], session=session)
    heard = Heard()
    dispatcher = _dispatcher(heard)
    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))
    try:
        await _conversation(notes, await Person(servers).begin(), heard.inline)
        await _methods(notes, bot, await Person(servers).begin())
        await _newer(notes, bot, await Person(servers).begin(), heard)
    finally:
        await dispatcher.stop_polling()
        await polling


def _dispatcher(heard: Heard) -> Dispatcher:
    async def stopped(update: MessageGenerationStopped) -> None:
        heard.stopped.set_result(update)

    async def summoned(message: Message) -> None:
        heard.guest.set_result(message)

    async def asked(query: InlineQuery) -> None:
        content = InputTextMessageContent(message_text=query.query)
        article = InlineQueryResultArticle(id="1", title="t", input_message_content=content)
        heard.inline.set_result(await query.answer([article], cache_time=1))

    dispatcher = Dispatcher()
    dispatcher.message.register(_start, Command("start"))
    dispatcher.message.register(_echo)
    dispatcher.callback_query.register(_pressed, F.data == "hour")
    dispatcher.inline_query.register(asked)
    dispatcher.stopped_message_generation.register(stopped)
    dispatcher.guest_message.register(summoned)
    return dispatcher


async def _start(message: Message) -> None:
    await message.answer("<b>bold</b> &amp; <i>italic</i>", parse_mode="HTML", reply_markup=KEYBOARD)


async def _pressed(query: CallbackQuery) -> None:
    await query.answer("one hour")
    if isinstance(query.message, Message):
        await query.message.edit_text("changed", reply_markup=KEYBOARD)


async def _echo(message: Message) -> None:
    await message.reply(f"you said {message.text}")


async def _conversation(notes: Notes, person: Person, inline: "asyncio.Future[bool]") -> None:
    await person.say("/start")
    card = await notes.ask("command is answered", person.hear(), lambda m: m["text"] == "bold & italic")
    if card is None:
        return
    await notes.ask("button is pressed", person.press(card), lambda _: True)
    await notes.ask("edit shows", _until(person, card["message_id"], "changed"))
    said = await person.say("merhaba ş 👉")
    await notes.ask(
        "reply names what it answers",
        person.hear(),
        lambda m: m["reply_to_message"]["message_id"] == said["message_id"],
    )
    await person.inline("btc")
    await notes.ask("inline query is answered", asyncio.wait_for(inline, 10))


async def _until(person: Person, message_id: int, text: str) -> bool:
    while (await person.look(message_id))["text"] != text:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.05)
    return True


async def _newer(notes: Notes, bot: Bot, person: Person, heard: Heard) -> None:
    """What came in 2026: messages for one person alone, drafts with a stop, guests."""
    group = await person.group()
    alone = EphemeralMessageParameters(receiver_user_id=person.id)
    target = {"chat_id": group, "receiver_user_id": person.id, "ephemeral_message_id": 1}
    await notes.ask(
        "a message for one person alone has its own id",
        _in_time(lambda: bot.send_message(group, "a", ephemeral_message_parameters=alone)),
        lambda m: (m.message_id, m.ephemeral_message_id, m.receiver_user.id) == (0, 1, person.id),
    )
    await notes.ask(
        "edit_ephemeral_message_text",
        _in_time(lambda: bot.edit_ephemeral_message_text(text="b", reply_markup=KEYBOARD, **target)),
    )
    await notes.ask("delete_ephemeral_message", _in_time(lambda: bot.delete_ephemeral_message(**target)))
    await notes.ask(
        "send_message_draft",
        _in_time(lambda: bot.send_message_draft(person.id, 5, text="half", can_stop=True)),
    )
    await person.stop(5)
    await notes.ask(
        "a stop arrives", asyncio.wait_for(heard.stopped, 10), lambda update: update.draft_id == 5
    )
    await person.summon(f"@{(await bot.me()).username} btc")
    guest = await notes.ask(
        "a guest's message arrives", asyncio.wait_for(heard.guest, 10), lambda m: m.guest_query_id
    )
    if guest is not None:
        article = InlineQueryResultArticle(
            id="1", title="t", input_message_content=InputTextMessageContent(message_text="card")
        )
        await notes.ask(
            "answer_guest_query",
            _in_time(lambda: bot.answer_guest_query(guest.guest_query_id, article)),
            lambda sent: sent.inline_message_id,
        )


async def _methods(notes: Notes, bot: Bot, person: Person) -> None:
    chat, picture = person.id, BufferedInputFile(png(), "chart.png")
    sent: list[Message] = []

    def kept(message: Message) -> bool:
        sent.append(message)
        return True

    calls: dict[str, tuple[Callable[[], Awaitable[Any]], Callable[[Any], object]]] = {
        "get_me": (bot.me, lambda me: me.is_bot),
        "set_my_commands": (
            lambda: bot.set_my_commands([BotCommand(command="t", description="trend")]),
            bool,
        ),
        "get_my_commands": (bot.get_my_commands, lambda rows: rows[0].command == "t"),
        "get_chat": (lambda: bot.get_chat(chat), lambda told: told.id == chat),
        "send_chat_action": (lambda: bot.send_chat_action(chat, "typing"), bool),
        "send_photo": (lambda: bot.send_photo(chat, picture, caption="*c*", parse_mode="MarkdownV2"), kept),
        "send_message with a time": (
            lambda: bot.send_message(
                chat, '<tg-time unix="1700000000" format="wDT">then</tg-time>', parse_mode="HTML"
            ),
            lambda m: m.entities[0].type == "date_time",
        ),
        "set_message_reaction": (
            lambda: bot.set_message_reaction(chat, sent[0].message_id, [ReactionTypeEmoji(emoji="👍")]),
            bool,
        ),
        "edit_message_caption": (
            lambda: bot.edit_message_caption(chat_id=chat, message_id=sent[0].message_id, caption="d"),
            lambda m: m.caption == "d",
        ),
        "get_file": (lambda: bot.get_file(sent[0].photo[-1].file_id), lambda file: file.file_path),
        "copy_message": (lambda: bot.copy_message(chat, chat, sent[0].message_id), lambda m: m.message_id),
        "send_media_group": (
            lambda: bot.send_media_group(
                chat, [InputMediaPhoto(media=picture), InputMediaPhoto(media=picture)]
            ),
            lambda messages: len(messages) == 2,
        ),
        "delete_message": (lambda: bot.delete_message(chat, sent[0].message_id), bool),
        "get_webhook_info": (bot.get_webhook_info, lambda info: info.url == ""),
    }
    for name, (call, holds) in calls.items():
        await notes.ask(name, _in_time(call), holds)


async def _in_time(call: Callable[[], Awaitable[Any]]) -> Any:
    """Make a call; Telegram takes one message a second in a chat, and says how long to wait when it is more."""
    for _ in range(3):
        try:
            return await call()
        except TelegramRetryAfter as refusal:
            await asyncio.sleep(refusal.retry_after)
    return await call()


def png() -> bytes:
    """A black picture, made by hand."""
    rows = b"".join(b"\0" + b"\0" * SIDE for _ in range(SIDE))
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


if __name__ == "__main__":
    run(meet, "aiogram")
