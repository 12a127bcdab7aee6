"""What reaches the HTTP API beneath HTTP: silence, crowds, nonsense, and names that are not this machine's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from bot.http_api.connections import ConnectionLimits
from tests.bot.http_api.conftest import Api, Setting
from tests.support.clock import FakeClock
from tests.support.limits import PATIENCE_S

GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
GET_DOCS = b"GET /docs HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@asynccontextmanager
async def connected(api: Api) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, _, port = api.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.close()


async def answered(api: Api, sent: bytes) -> bytes:
    """What comes until the server closes the connection."""
    async with connected(api) as (reader, writer), asyncio.timeout(PATIENCE_S):
        writer.write(sent)
        return await reader.read()


class TestSilence:
    @pytest.fixture
    def setting(self) -> Setting:
        return Setting(limits=ConnectionLimits(silence_s=0.2))

    @pytest.mark.parametrize("sent", [b"", b"G", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "])
    async def test_a_connection_without_a_whole_request_is_closed(self, api: Api, sent: bytes) -> None:
        assert await answered(api, sent) == b""

    async def test_a_second_request_that_does_not_end_is_closed(self, api: Api) -> None:
        assert (await answered(api, GET + b"\r\n" + GET)).count(b"HTTP/1.1 200") == 1


class TestCrowd:
    @pytest.fixture
    def setting(self) -> Setting:
        return Setting(limits=ConnectionLimits(most=3))

    async def test_the_one_that_was_idle_for_longest_makes_room(self, api: Api) -> None:
        async with (
            connected(api) as (first, held),
            connected(api) as (second, _),
            connected(api) as (third, _),
        ):
            held.write(b"GET / HTTP/1.1\r\nX-Slow: ")
            await held.drain()
            assert await answered(api, GET + b"Connection: close\r\n\r\n") != b""
            async with asyncio.timeout(PATIENCE_S):
                assert await first.read() == b""
            assert not second.at_eof()
            assert not third.at_eof()


NONSENSE = {
    "no request": b"hello\r\n\r\n",
    "a nul in a header": GET + b"X-Bad: a\x00b\r\n\r\n",
    "a nul in the path": b"GET /\x00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "a header without a name": GET + b": x\r\n\r\n",
    "two lengths": GET + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "no version": b"GET / HTTP/9\r\n\r\n",
    "a long line": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
    "many headers": GET + b"X-A: b\r\n" * 2_000 + b"\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@pytest.mark.parametrize("sent", NONSENSE.values(), ids=list(NONSENSE))
async def test_nonsense_is_the_clients_fault_and_leaves_no_traceback(
    api: Api, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as logs:
        answer = await answered(api, sent)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 400 Bad Request", b"HTTP/1.0 400 Bad Request"))
    assert b"application/problem+json" in head
    assert b"nosniff" in head
    assert b'"status":400' in body
    assert [(line["event"], line["count"]) for line in logs] == [("malformed requests", 1)]
    assert not [record for record in caplog.records if record.exc_info]


async def test_nonsense_is_logged_once_a_minute_with_its_number(api: Api, clock: FakeClock) -> None:
    with capture_logs() as logs:
        for _ in range(4):
            await answered(api, b"hello\r\n\r\n")
        await clock.advance(59_000)
        await answered(api, b"hello\r\n\r\n")
        assert [line["count"] for line in logs] == [1]
        await clock.advance(1_000)
        await answered(api, b"hello\r\n\r\n")
    assert [line["count"] for line in logs] == [1, 5]


HOSTS = [
    ("127.0.0.1", 200),
    ("127.0.0.1:8080", 200),
    ("127.8.9.1", 200),
    ("localhost:8080", 200),
    ("LOCALHOST.", 200),
    ("[::1]:8080", 200),
    ("evil.example", 421),
    ("evil.example:8080", 421),
    ("127.0.0.1.evil.example", 421),
    ("localhost.evil.example", 421),
    ("192.168.1.7:8080", 421),
    ("[::1", 421),
    ("", 421),
]


@pytest.mark.parametrize(("host", "status"), HOSTS)
async def test_on_loopback_only_names_of_this_machine_are_served(api: Api, host: str, status: int) -> None:
    for path in ("/healthz", "/analysis/trend?symbol=BTCUSDT"):
        got, _, _ = await api.get(path, Host=host)
        assert got == status
    assert bool(api.runner.asked) is (status == 200)


class TestWithToken:
    @pytest.fixture
    def setting(self) -> Setting:
        return Setting(token="right-token")

    async def test_bytes_that_are_no_text_are_a_wrong_token(
        self, api: Api, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = await answered(
            api, GET_DOCS + b"Authorization: Bearer \xff\xfe\r\nConnection: close\r\n\r\n"
        )
        assert answer.startswith(b"HTTP/1.1 401")
        assert not [record for record in caplog.records if record.exc_info]

    async def test_the_token_opens_another_name(self, api: Api) -> None:
        headers = {"Host": "bot.example", "Authorization": "Bearer right-token"}
        assert (await api.get("/analysis/trend?symbol=BTCUSDT", **headers))[0] == 200


class TestBeyondLoopback:
    @pytest.fixture
    def setting(self) -> Setting:
        return Setting(token="right-token", required=True)

    async def test_any_name_is_served(self, api: Api) -> None:
        assert (await api.get("/healthz", Host="bot.example"))[0] == 200
