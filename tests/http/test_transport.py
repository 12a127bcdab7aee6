"""Transport faults on real sockets, told in the error tree without addresses that may hold secrets."""

import asyncio
import socket

import aiohttp
import pytest
from aiohttp import test_utils, web

from tests.binance_api.exchange import Canned, Exchange, SkippingClock, serving
from tests.support.limits import PATIENCE_S
from utils.http.errors import Misconfigured, Retryable
from utils.http.session import USER_AGENT, open_session
from utils.http.transport import Transport


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def ask(url: str, *, proxy: str | None = None, timeout_s: float = PATIENCE_S) -> bytes:
    async with open_session() as session:
        transport = Transport(session, timeout_s=timeout_s, proxy=proxy)
        return (await transport.get(url, {}, source="s")).body


async def test_an_answer_is_returned_whatever_its_status() -> None:
    async with serving(Exchange(SkippingClock())) as exchange, open_session() as session:
        exchange.canned.append(Canned(503, "later", {"Retry-After": "7"}))
        reply = await Transport(session, timeout_s=PATIENCE_S).get(
            exchange.url + "/x", {"a": "ş 1"}, source="s"
        )
        assert (reply.status, reply.body, reply.headers["retry-after"]) == (503, b"later", "7")
        assert exchange.calls == [("/x", {"a": "ş 1"})]
        assert session.headers["User-Agent"] == USER_AGENT


async def test_a_silent_server_times_out() -> None:
    async with serving(Exchange(SkippingClock())) as exchange:
        exchange.canned.append(Canned(silent=True))
        with pytest.raises(Retryable, match=r"no answer within 0\.05 s"):
            await ask(exchange.url + "/x", timeout_s=0.05)


async def test_a_body_cut_short_is_a_passing_fault() -> None:
    async with serving(Exchange(SkippingClock())) as exchange:
        exchange.canned.append(Canned(body="[[1", cut=True))
        with pytest.raises(Retryable, match="cut short"):
            await ask(exchange.url + "/x")


async def test_a_connection_closed_without_an_answer_is_a_passing_fault() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Retryable, match=r"without an answer|connection failed"):
            await ask(f"http://127.0.0.1:{port}/x")


async def test_a_refused_connection_is_a_passing_fault() -> None:
    with pytest.raises(Retryable, match="refused"):
        await ask(f"http://127.0.0.1:{free_port()}/x")


async def test_a_name_that_does_not_resolve_is_a_passing_fault() -> None:
    with pytest.raises(Retryable, match="could not be resolved"):
        await ask("http://nowhere.invalid/x")


async def test_a_dead_proxy_is_told_without_its_password() -> None:
    with pytest.raises(Retryable, match="proxy could not be reached") as raised:
        await ask("http://127.0.0.1:1/x", proxy=f"http://me:hush@127.0.0.1:{free_port()}")
    assert "hush" not in str(raised.value)


async def test_an_address_that_is_none_needs_a_person() -> None:
    with pytest.raises(Misconfigured) as raised:
        await ask("http:///nothing")
    assert raised.value.what_to_do == "correct the configured address"


async def test_plain_http_behind_https_needs_a_person() -> None:
    async with serving(Exchange(SkippingClock())) as exchange:
        with pytest.raises(Misconfigured, match="secure connection"):
            await ask(exchange.url.replace("http:", "https:") + "/x")


async def test_a_redirect_is_not_followed() -> None:
    async with serving(Exchange(SkippingClock())) as exchange:
        exchange.canned.append(Canned(302, "", {"Location": exchange.url + "/elsewhere"}))
        async with aiohttp.ClientSession() as session:
            reply = await Transport(session, timeout_s=PATIENCE_S).get(exchange.url + "/x", {}, source="s")
        assert reply.status == 302
        assert len(exchange.calls) == 1


async def test_text_parameters_are_sent_byte_for_byte() -> None:
    query = "symbol=%EF%BC%91&sign=a%2Fb%2B%3D&plain=x+y~%7E"
    seen: list[tuple[str, str, str | None]] = []

    async def note(request: web.Request) -> web.Response:
        seen.append((request.method, request.rel_url.raw_query_string, request.headers.get("X-Key")))
        return web.Response(text="{}")

    app = web.Application()
    app.router.add_route("*", "/x", note)
    async with test_utils.TestServer(app) as server, open_session() as session:
        transport = Transport(session, timeout_s=PATIENCE_S)
        await transport.send("PUT", str(server.make_url("/x")), query, source="s", headers={"X-Key": "k"})
    assert seen == [("PUT", query, "k")]


async def test_a_request_with_headers_keeps_its_address_out_of_the_error() -> None:
    url = f"http://127.0.0.1:{free_port()}/x"
    async with open_session() as session:
        transport = Transport(session, timeout_s=PATIENCE_S)
        with pytest.raises(Retryable, match="refused") as raised:
            await transport.send("GET", url, "signature=abc", source="s", headers={"X-Key": "k"})
        assert raised.value.__cause__ is None
        assert raised.value.__suppress_context__
        with pytest.raises(Misconfigured, match="not a url"):
            await transport.send("GET", "http://[::1/x", "a=b", source="s", headers={"X-Key": "k"})
