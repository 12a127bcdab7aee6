"""Updates through a real Telegram to a receiver: polling, webhook, faults, and one bad update among good ones."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
from telegram.ext import ExtBot

from bot.telegram.receive.update_receiver import UpdateReceiver
from bot.telegram.receive.webhook import Webhook
from bot.telegram.request import AiohttpRequest
from bot.telegram.send.limiter import PerChatRateLimiter
from handlers.ports import CallbackQuery, ChatRef, IncomingMessage, InlineQuery, Undeliverable
from tests.bot.conftest import InstantClock, People, bot_on
from tests.support.limits import PATIENCE_S
from utils.http.errors import Misconfigured
from utils.sandbox.telegram.server import TelegramSandbox


class Receiver:
    """Notes what came; a message `boom` raises, `gone` cannot be answered, `wait` holds until released."""

    def __init__(self) -> None:
        self.got: asyncio.Queue[IncomingMessage | CallbackQuery | InlineQuery] = asyncio.Queue()
        self.release = asyncio.Event()

    async def on_message(self, incoming: IncomingMessage) -> None:
        if incoming.text == "/boom":
            raise ZeroDivisionError("a fault in a handler")
        if incoming.text == "/gone":
            raise Undeliverable(incoming.chat.chat_id, "blocked", gone=True)
        if incoming.text == "/wait":
            await self.release.wait()
        await self.got.put(incoming)

    async def on_callback_query(self, press: CallbackQuery) -> None:
        await self.got.put(press)

    async def on_inline_query(self, ask: InlineQuery) -> None:
        await self.got.put(ask)

    async def next(self) -> IncomingMessage | CallbackQuery | InlineQuery:
        return await asyncio.wait_for(self.got.get(), PATIENCE_S)


@contextlib.asynccontextmanager
async def running(transport: UpdateReceiver) -> AsyncIterator["asyncio.Task[None]"]:
    await transport.open()
    receiving = asyncio.ensure_future(transport.run())
    try:
        yield receiving
    finally:
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)
        await transport.close()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def transport(
    telegram: TelegramSandbox, session: aiohttp.ClientSession, instant_clock: InstantClock, receiver: Receiver
) -> UpdateReceiver:
    return UpdateReceiver(bot_on(telegram, session, instant_clock), receiver, instant_clock)


async def test_messages_presses_and_inline_queries_arrive_in_our_shapes(
    transport: UpdateReceiver, receiver: Receiver, people: People, api: ExtBot[int]
) -> None:
    ada = await people.join(first_name="Ada", last_name="L", language_code="tr")
    async with running(transport):
        asked = await people.say(ada, "/t btc")
        message = await receiver.next()
        assert isinstance(message, IncomingMessage)
        assert (message.text, message.message_id, message.chat) == ("/t btc", asked, ada)
        assert (message.person.name, message.person.language) == ("Ada L", "tr")
        sent = await api.send_message(ada.chat_id, "card")
        await api.edit_message_reply_markup(
            ada.chat_id, sent.message_id, reply_markup=None
        ) if False else None
        press = {"from": ada.chat_id, "chat": ada.chat_id, "message": sent.message_id, "data": "1|r|t"}
        await people.call("POST", "/callbacks", press)
        pressed = await receiver.next()
        assert isinstance(pressed, CallbackQuery)
        assert pressed.data == "1|r|t"
        assert pressed.message is not None
        assert pressed.message.message_id == sent.message_id
        await people.call("POST", "/inline", {"from": ada.chat_id, "query": "btc 4h"})
        inline = await receiver.next()
        assert isinstance(inline, InlineQuery)
        assert inline.text == "btc 4h"


async def test_a_topic_is_kept_and_a_plain_reply_is_no_topic(
    transport: UpdateReceiver, receiver: Receiver, people: People
) -> None:
    ada = await people.join()
    forum = await people.group(is_forum=True, topics=["Markets"])
    group = await people.group()
    state = await people.call("GET", "/state")
    topic = next(c for c in state["chats"] if c["id"] == forum.chat_id)["topics"][0]["message_thread_id"]
    async with running(transport):
        await people.say(forum, "/t", thread=topic, **{"from": ada.chat_id})
        first = await receiver.next()
        await people.say(group, "/t", **{"from": ada.chat_id})
        second = await receiver.next()
    assert isinstance(first, IncomingMessage)
    assert isinstance(second, IncomingMessage)
    assert first.chat == ChatRef(forum.chat_id, "supergroup", topic)
    assert second.chat == ChatRef(group.chat_id, "supergroup", None)


async def test_a_bad_update_stops_no_other(
    transport: UpdateReceiver, receiver: Receiver, people: People
) -> None:
    ada = await people.join()
    async with running(transport):
        await people.say(ada, "/wait")
        await people.say(ada, "/boom")
        await people.say(ada, "/gone")
        await people.call("POST", "/updates", {"raw": {"poll": {"nonsense": True}}})
        await people.say(ada, "/t")
        last = await receiver.next()
        assert isinstance(last, IncomingMessage)
        assert last.text == "/t"
        assert transport.failed == 1
        assert transport.poller is not None
        assert transport.poller.unreadable == 1
        receiver.release.set()
        await receiver.next()


async def test_polling_survives_errors_and_says_so_meanwhile(
    transport: UpdateReceiver, receiver: Receiver, people: People, instant_clock: InstantClock
) -> None:
    ada = await people.join()
    async with running(transport):
        await people.fault({"status": {"code": 500}}, count=3, method="getUpdates")
        await people.say(ada, "/one")
        await receiver.next()
        await people.say(ada, "/two")
        await receiver.next()
    assert instant_clock.slept >= 1 + 2 + 4
    assert transport.poller is not None
    assert transport.poller.last_error is None


async def test_start_waits_for_telegram(
    transport: UpdateReceiver, receiver: Receiver, people: People, instant_clock: InstantClock
) -> None:
    ada = await people.join()
    await people.fault({"status": {"code": 502}}, count=2, method="getMe")
    async with running(transport):
        await people.say(ada, "/t")
        await receiver.next()
    assert instant_clock.slept == pytest.approx(3.0)


async def test_a_refused_token_is_a_misconfiguration_that_does_not_show_it(
    session: aiohttp.ClientSession, receiver: Receiver, instant_clock: InstantClock
) -> None:
    server = TelegramSandbox("127.0.0.1:0", token="1:right")
    await server.start()
    wrong = "2:wrong-token-of-somebody-else"
    bot: ExtBot[int] = ExtBot(
        wrong,
        base_url=server.api_url,
        request=AiohttpRequest(session),
        get_updates_request=AiohttpRequest(session),
        rate_limiter=PerChatRateLimiter(instant_clock),
    )
    transport = UpdateReceiver(bot, receiver, instant_clock)
    with pytest.raises(Misconfigured) as caught:
        await transport.open()
    await transport.close()
    await server.stop()
    assert "TELEGRAM_BOT_TOKEN" in caught.value.what_to_do
    assert wrong not in f"{caught.value} {caught.value.what_to_do}"


async def test_what_was_fetched_does_not_come_again(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    receiver: Receiver,
    people: People,
) -> None:
    ada = await people.join()
    for text in ("/one", "/two"):
        async with running(UpdateReceiver(bot_on(telegram, session, instant_clock), receiver, instant_clock)):
            await people.say(ada, text)
            got = await receiver.next()
            assert isinstance(got, IncomingMessage)
            assert got.text == text
    assert receiver.got.empty()


async def test_close_does_not_wait_for_an_answer_that_hangs(
    transport: UpdateReceiver, receiver: Receiver, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram.receive.update_receiver.DRAIN_S", 0.05)
    ada = await people.join()
    async with running(transport):
        await people.say(ada, "/wait")
        await people.say(ada, "/after")
        await receiver.next()
    assert receiver.got.empty()


async def test_webhook_delivers_with_its_secret(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    receiver: Receiver,
    people: People,
) -> None:
    ada = await people.join()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/hook"
    webhook = Webhook(url, "127.0.0.1", port, "s3cret")
    async with running(
        UpdateReceiver(bot_on(telegram, session, instant_clock), receiver, instant_clock, webhook=webhook)
    ):
        await people.say(ada, "/t")
        got = await receiver.next()
        async with session.post(url, json={"update_id": 1}) as forged:
            assert forged.status == 403
    assert isinstance(got, IncomingMessage)
    assert got.text == "/t"


async def test_a_webhook_that_cannot_listen_is_a_misconfiguration(
    telegram: TelegramSandbox, session: aiohttp.ClientSession, instant_clock: InstantClock, receiver: Receiver
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        webhook = Webhook(f"http://127.0.0.1:{port}/hook", "127.0.0.1", port, None)
        transport = UpdateReceiver(
            bot_on(telegram, session, instant_clock), receiver, instant_clock, webhook=webhook
        )
        with pytest.raises(Misconfigured) as caught:
            await transport.open()
        await transport.close()
    assert "WEBHOOK_BIND" in caught.value.what_to_do
