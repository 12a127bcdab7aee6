"""An address that is not the Bot API's is named in one line, by a check and by the login, whatever it responds."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
from structlog.testing import capture_logs
from telegram.ext import ExtBot

from bot import check as checking
from bot.telegram.receive.update_receiver import UpdateReceiver
from bot.telegram.request import AiohttpRequest, RequestTimeouts
from bot.telegram.send.limiter import PerChatRateLimiter
from config.settings import Settings
from tests.bot.telegram.receive.conftest import RecordingHandler
from tests.support.clock import FakeClock
from tests.support.stream_exchange import eventually
from utils.clock import SystemClock

TOKEN = "123456789:AAF-abcdefghijklmnopqrstuvwxyz0123456"


def http(body: str, status: str = "200 OK", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body.encode())}\r\n{more}Connection: close\r\n\r\n"
    return (head + body).encode()


PAGE = "<!doctype html><title>Welcome</title>"
KINDS = {
    "another result": (http('{"ok":true,"result":{}}'), "JSON of another form"),
    "a truth": (http('{"ok":true,"result":true}'), "JSON of another form"),
    "no result": (http('{"ok":true}'), "JSON of another form"),
    "not ok": (http('{"ok":false}'), "JSON of another form"),
    "a list": (http("[]"), "JSON of another form"),
    "null": (http("null"), "JSON of another form"),
    "another api": (http('{"code":-1,"msg":"x"}', "404 Not Found"), "JSON of another form"),
    "a list of errors": (http("[]", "400 Bad Request"), "JSON of another form"),
    "odd parameters": (http('{"ok":false,"parameters":[1]}', "429 x"), "JSON of another form"),
    "a page": (http(PAGE), "a page"),
    "a page not found": (http(PAGE, "404 Not Found"), "a page"),
    "a broken gateway": (http(PAGE, "502 Bad Gateway"), "Bad Gateway (502)"),
    "a failing server": (http("null", "500 Oh"), "Internal Server Error (500)"),
    "an empty body": (http(""), "an empty body"),
    "text": (http("hello"), "no JSON"),
    "too deep": (http("[" * 50_000), "no JSON"),
    "a redirect": (http("", "302 Found", "Location: https://x.invalid/\r\n"), "a redirect"),
    "nothing": (b"", "no response"),
    "another protocol": (b"SSH-2.0-OpenSSH_9.6\r\n", "no response"),
}
PARAMETERS = pytest.mark.parametrize(("sent", "words"), KINDS.values(), ids=list(KINDS))


@pytest.fixture
async def address(sent: bytes) -> AsyncIterator[str]:
    """A server that sends these bytes to every request and closes the connection."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(sent)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def telegram_row(telegram: str, session: aiohttp.ClientSession) -> str:
    given = Settings.model_validate({"telegram_bot_token": TOKEN, "telegram_api_url": telegram})
    finding = checking.telegram_finding(given, session, SystemClock())
    return next(iter(checking.table([await checking.finding_of("telegram", finding)])))


@PARAMETERS
async def test_a_check_says_what_is_there(
    address: str,
    words: str,
    session: aiohttp.ClientSession,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    row = await telegram_row(address, session)
    assert "FAILS" in row
    assert words in row
    assert "\n" not in row
    assert "Traceback" not in capfd.readouterr().err + caplog.text
    assert not [record for record in caplog.records if record.name.startswith("telegram")]


async def test_a_check_waits_for_silence_no_longer_than_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "TIMEOUT_S", 1.0)

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with silent, aiohttp.ClientSession() as session:
        row = await telegram_row(f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}", session)
    assert "no answer in 1 s" in row


@PARAMETERS
async def test_the_login_says_it_once_and_goes_on(
    address: str, words: str, session: aiohttp.ClientSession, clock: FakeClock
) -> None:
    request = AiohttpRequest(session, timeouts=RequestTimeouts(connect=30.0))
    bot = ExtBot(
        TOKEN,
        base_url=f"{address}/bot",
        request=request,
        get_updates_request=request,
        rate_limiter=PerChatRateLimiter(clock),
    )
    receiver = UpdateReceiver(bot, RecordingHandler(), clock)
    with capture_logs() as logs:
        logging_in = asyncio.create_task(receiver.open())
        await eventually(lambda: bool(logs))
        for _ in range(3):
            await eventually(lambda: clock.sleeping > 0)
            await clock.advance(300_000)
        logging_in.cancel()
        await asyncio.wait({logging_in})
    (line,) = logs
    assert words in line["error"]
    assert TOKEN not in str(line)
