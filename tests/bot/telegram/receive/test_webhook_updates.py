"""Updates through the webhook: its secret, bodies that are no updates, and an address that is taken."""

import asyncio
import socket

import aiohttp
import pytest

from bot.telegram.receive.update_receiver import UpdateReceiver
from bot.telegram.receive.webhook import SECRET_HEADER, Webhook
from handlers.ports import IncomingMessage
from tests.bot.conftest import InstantClock, People, bot_on
from tests.bot.telegram.receive.conftest import RecordingHandler, running
from utils.http.errors import Misconfigured
from utils.sandbox.telegram.server import TelegramSandbox


async def status_of_secret(port: int, secret: bytes) -> int:
    """Return the status of a delivery with a secret that no client library would send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = b"POST /hook HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 2\r\n"
    writer.write(head + SECRET_HEADER.encode() + b": " + secret + b"\r\n\r\n{}")
    status = int((await reader.readline()).split()[1])
    writer.close()
    await writer.wait_closed()
    return status


async def test_webhook_delivers_with_its_secret(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    handler: RecordingHandler,
    people: People,
) -> None:
    ada = await people.join()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/hook"
    webhook, known = Webhook(url, "127.0.0.1", port, "s3cret"), {SECRET_HEADER: "s3cret"}
    async with running(
        UpdateReceiver(bot_on(telegram, session, instant_clock), handler, instant_clock, webhook=webhook)
    ):
        await people.say(ada, "/t")
        got = await handler.next()
        async with session.post(url, json={"update_id": 1}) as forged:
            assert forged.status == 403
        assert await status_of_secret(port, b"\xff") == 403
        async with session.post(url, data=b"[" * 100_000, headers=known) as deep:
            assert deep.status == 400
        strange = known | {"Content-Type": "application/json; charset=none-such"}
        async with session.post(url, data=b"{}", headers=strange) as unknown:
            assert unknown.status == 400
    assert isinstance(got, IncomingMessage)
    assert got.text == "/t"


async def test_a_webhook_that_cannot_listen_is_a_misconfiguration(
    telegram: TelegramSandbox,
    session: aiohttp.ClientSession,
    instant_clock: InstantClock,
    handler: RecordingHandler,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        webhook = Webhook(f"http://127.0.0.1:{port}/hook", "127.0.0.1", port, "s3cret")
        receiver = UpdateReceiver(
            bot_on(telegram, session, instant_clock), handler, instant_clock, webhook=webhook
        )
        with pytest.raises(Misconfigured) as caught:
            await receiver.open()
        await receiver.close()
    assert "WEBHOOK_BIND" in caught.value.what_to_do
