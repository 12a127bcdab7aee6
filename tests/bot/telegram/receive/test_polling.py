"""Polling Telegram for updates: the start, a webhook in the way, delays after errors, and nothing taken twice."""

import aiohttp
import pytest
from structlog.testing import capture_logs
from telegram.ext import ExtBot

from bot.telegram.receive.update_receiver import UpdateReceiver
from bot.telegram.request import AiohttpRequest
from bot.telegram.send.limiter import PerChatRateLimiter
from handlers.ports import IncomingMessage
from tests.bot.conftest import InstantClock, People, bot_on
from tests.bot.telegram.receive.conftest import RecordingHandler, running
from utils.http.errors import Misconfigured
from utils.sandbox.telegram.server import TelegramSandbox


async def test_polling_goes_on_after_errors_with_growing_delays(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People, instant_clock: InstantClock
) -> None:
    ada = await people.join()
    async with running(receiver):
        await people.fault({"status": {"code": 500}}, count=3, method="getUpdates")
        await people.say(ada, "/one")
        await handler.next()
        await people.say(ada, "/two")
        await handler.next()
    assert instant_clock.slept >= 1 + 2 + 4
    assert receiver.poller is not None
    assert receiver.poller.last_error is None


async def test_start_waits_for_telegram(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People, instant_clock: InstantClock
) -> None:
    ada = await people.join()
    await people.fault({"status": {"code": 502}}, count=2, method="getMe")
    async with running(receiver):
        await people.say(ada, "/t")
        await handler.next()
    assert instant_clock.slept == pytest.approx(3.0)


async def test_a_refused_token_is_a_misconfiguration_that_does_not_show_it(
    session: aiohttp.ClientSession, handler: RecordingHandler, instant_clock: InstantClock
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
    receiver = UpdateReceiver(bot, handler, instant_clock)
    with pytest.raises(Misconfigured) as caught:
        await receiver.open()
    await receiver.close()
    await server.stop()
    assert "TELEGRAM_BOT_TOKEN" in caught.value.what_to_do
    assert wrong not in f"{caught.value} {caught.value.what_to_do}"


async def test_fetched_updates_are_not_delivered_again(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    handler: RecordingHandler,
    people: People,
) -> None:
    ada = await people.join()
    for text in ("/one", "/two"):
        async with running(UpdateReceiver(bot_on(telegram, session, instant_clock), handler, instant_clock)):
            await people.say(ada, text)
            got = await handler.next()
            assert isinstance(got, IncomingMessage)
            assert got.text == text
    assert handler.got.empty()


async def test_polling_removes_a_webhook_first(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People, api: ExtBot[int]
) -> None:
    ada = await people.join()
    await api.set_webhook("http://127.0.0.1:9/hook")
    async with running(receiver):
        await people.say(ada, "/t")
        await handler.next()
    assert (await api.get_webhook_info()).url == ""


async def test_polling_waits_as_long_as_telegram_asks(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People, instant_clock: InstantClock
) -> None:
    ada = await people.join()
    await people.fault({"retry_after": {"s": 50}}, count=1, method="getUpdates")
    async with running(receiver):
        await people.say(ada, "/t")
        await handler.next()
    assert instant_clock.slept >= 50


async def test_the_delay_between_failed_polls_doubles_up_to_half_a_minute_and_starts_anew(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People, instant_clock: InstantClock
) -> None:
    ada = await people.join()
    await people.fault({"status": {"code": 500}}, count=7, method="getUpdates")
    with capture_logs() as logs:
        async with running(receiver):
            await people.say(ada, "/one")
            await handler.next()
            assert instant_clock.slept == 1 + 2 + 4 + 8 + 16 + 30 + 30
            await people.fault({"status": {"code": 500}}, count=1, method="getUpdates")
            for text in ("/two", "/three"):
                await people.say(ada, text)
                await handler.next()
    assert instant_clock.slept == 91 + 1
    warnings = [log for log in logs if log["event"] == "no updates from telegram, retrying"]
    assert len(warnings) == 2


async def test_another_process_polling_is_named_in_the_warning(
    receiver: UpdateReceiver, handler: RecordingHandler, people: People
) -> None:
    ada = await people.join()
    await people.fault({"status": {"code": 409}}, count=1, method="getUpdates")
    with capture_logs() as logs:
        async with running(receiver):
            await people.say(ada, "/t")
            await handler.next()
    (warning,) = [log for log in logs if log["event"] == "no updates from telegram, retrying"]
    assert "other process" in warning["hint"]
