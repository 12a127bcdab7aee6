"""The Bot API transport: uploads, timeouts, and which failures are safe to repeat."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import InputMediaPhoto
from telegram.error import BadRequest, InvalidToken, NetworkError, TelegramError
from telegram.ext import ExtBot

from bot.telegram.request import AiohttpRequest, NotSent, RequestTimeouts, ResponseLost
from bot.telegram.send.api_errors import ApiErrorKind, error_kind
from tests.bot.conftest import People, png
from tests.support.limits import PATIENCE_S
from utils.sandbox.telegram.server import TelegramSandbox

Answerer = Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]


class Server:
    """A server on loopback whose response a test chooses."""

    def __init__(self) -> None:
        self.answer: Answerer = self._nothing
        self.url = ""

    async def _nothing(self, _: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "result": True})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        return await self.answer(request)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", made.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
def request_on(session: aiohttp.ClientSession) -> AiohttpRequest:
    return AiohttpRequest(
        session, timeouts=RequestTimeouts(connect=PATIENCE_S, write=1.0, upload=1.0, read=1.0)
    )


async def test_a_picture_and_its_words_arrive_unchanged(
    api: ExtBot[int], people: People, telegram: TelegramSandbox, session: aiohttp.ClientSession
) -> None:
    ada = await people.join()
    picture = png(77, 32)
    sent = await api.send_photo(
        ada.chat_id, picture, caption='İstanbul ₺ <&> "x"\n2', filename="grafik ğ.png"
    )
    assert sent.caption == 'İstanbul ₺ <&> "x"\n2'
    async with session.get(f"{telegram.control_url}/files/{sent.photo[-1].file_id}") as answer:
        assert await answer.read() == picture
    await api.edit_message_media(InputMediaPhoto(png(5), caption="new"), ada.chat_id, sent.message_id)
    assert await people.texts(ada) == ["new"]


async def test_without_a_response_in_time_the_response_is_lost(
    server: Server, request_on: AiohttpRequest
) -> None:
    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    server.answer = hang
    with pytest.raises(ResponseLost) as caught:
        await request_on.post(f"{server.url}/bot1:x/sendMessage")
    assert error_kind(caught.value) is ApiErrorKind.RESPONSE_LOST


async def test_an_incomplete_response_is_lost(server: Server, request_on: AiohttpRequest) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "1000"})
        await answer.prepare(request)
        await answer.write(b'{"ok":')
        assert request.transport is not None
        request.transport.close()
        return answer

    server.answer = cut
    with pytest.raises(ResponseLost):
        await request_on.post(f"{server.url}/bot1:x/sendMessage")


async def test_a_response_that_is_no_json_is_lost(server: Server, request_on: AiohttpRequest) -> None:
    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>welcome to the hotel</html>")

    server.answer = page
    with pytest.raises(TelegramError) as caught:
        await request_on.post(f"{server.url}/bot1:x/sendMessage")
    assert error_kind(caught.value) is ApiErrorKind.RESPONSE_LOST


async def test_without_a_connection_nothing_is_sent(request_on: AiohttpRequest) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotSent) as caught:
        await request_on.post(f"http://127.0.0.1:{port}/bot123456:secret/logOut")
    assert "secret" not in str(caught.value)


async def test_an_unknown_host_name_means_nothing_is_sent(request_on: AiohttpRequest) -> None:
    with pytest.raises(NotSent):
        await request_on.post("http://no-such-host.invalid/bot1:x/logOut")


@pytest.mark.parametrize(
    ("status", "description", "kind"),
    [
        (400, "Bad Request: can't parse entities: x", BadRequest),
        (401, "Unauthorized", InvalidToken),
        (500, "Internal Server Error", NetworkError),
    ],
)
async def test_error_responses_raise_the_librarys_errors(
    server: Server, request_on: AiohttpRequest, status: int, description: str, kind: type[Exception]
) -> None:
    async def refuse(_: web.Request) -> web.StreamResponse:
        body = {"ok": False, "error_code": status, "description": description}
        return web.json_response(body, status=status)

    server.answer = refuse
    with pytest.raises(kind):
        await request_on.post(f"{server.url}/bot1:x/sendMessage")


async def test_requests_go_through_the_proxy(server: Server, session: aiohttp.ClientSession) -> None:
    asked: list[str] = []

    async def note(request: web.Request) -> web.StreamResponse:
        asked.append(str(request.url.host))
        return web.json_response({"ok": True, "result": True})

    server.answer = note
    through = AiohttpRequest(session, proxy=server.url)
    assert await through.post("http://telegram.invalid/bot1:x/logOut") is True
    assert asked == ["telegram.invalid"]
