"""The account's streams against the sandbox's sockets: let in by every kind of key, kept, made anew, refused."""

import asyncio
import logging
import random
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from tests.support.clock import FakeClock
from tests.support.limits import PATIENCE_S
from utils.binance_api.account.futures_stream import RENEW_S
from utils.binance_api.account.spot_stream import BUSY_S
from utils.binance_api.account.user_stream import KEY_PAUSE_S, PROBE_S, UserEvent, UserStream
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.http.signing import credentials
from utils.binance_api.streams.connection import REPLY_S
from utils.binance_api.streams.supervisor import StreamUrls
from utils.binance_api.urls import BinanceUrls
from utils.http.errors import Misconfigured, SourceError
from utils.sandbox.exchange import ExchangeSandbox

NOW_MS = 1_795_178_096_789
KEY, SECRET, WRONG = ("contractreader" * 5)[:64], "contractsecret" * 4, "mistakensecret" * 4
FIRST_PAUSE_S = 1
SPOT, FUTURES = 0, 1


class HeardClock(FakeClock):
    """A fake clock that tells who goes to sleep for how long, so that time moves on only when all is at rest."""

    def __init__(self, now_ms: int) -> None:
        super().__init__(now_ms)
        self._naps: asyncio.Queue[int] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        self._naps.put_nowait(round(seconds))
        await super().sleep(seconds)

    async def nap(self, seconds: float) -> None:
        """Wait until somebody goes to sleep for so many seconds."""
        async with asyncio.timeout(PATIENCE_S):
            while await self._naps.get() != seconds:
                pass

    async def pass_by(self, seconds: float) -> None:
        """Let a nap of so many seconds begin and pass."""
        await self.nap(seconds)
        await self.advance(round(seconds * 1000))


class Owner:
    """A listener whose news can be waited for."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[UserEvent] = asyncio.Queue()
        self._lives: asyncio.Queue[None] = asyncio.Queue()
        self.lives = 0

    def user_event(self, event: UserEvent) -> None:
        self._events.put_nowait(event)

    def user_live(self) -> None:
        self.lives += 1
        self._lives.put_nowait(None)

    async def event(self) -> UserEvent:
        async with asyncio.timeout(PATIENCE_S):
            return await self._events.get()

    async def live(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self._lives.get()


@dataclass
class Secrets:
    """Texts that must not be told, and the errors in which they are looked for."""

    texts: set[str] = field(default_factory=lambda: {KEY, SECRET, WRONG})
    errors: list[SourceError] = field(default_factory=list)


@pytest.fixture(autouse=True)
def secrets(caplog: pytest.LogCaptureFixture) -> Iterator[Secrets]:
    """Whatever a test does, neither logs nor errors tell a key, a secret or a listen key."""
    kept = Secrets()
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logs:
        yield kept
    told = "".join(line for error in kept.errors for line in traceback.format_exception(error))
    told += f"{logs}{caplog.text}" + "".join(f"{vars(error)}" for error in kept.errors)
    assert [text for text in kept.texts if text in told or text[:16] in told] == []


@dataclass
class AccountExchange:
    """The sandbox, its clock, and what the owner of the account is told."""

    sandbox: ExchangeSandbox
    clock: HeardClock
    session: aiohttp.ClientSession
    secrets: Secrets
    owner: Owner = field(default_factory=Owner)

    async def control(self, method: str, path: str, body: dict[str, Any]) -> None:
        url = f"{self.sandbox.spot_url}/_sandbox{path}"
        async with self.session.request(method, url, json=body) as response:
            assert response.status == 200, await response.text()

    async def put(self, free: str = "1", **key: Any) -> None:
        """Set the account; a spot and a futures balance change with ``free``."""
        rows = [{"asset": "BTC", "free": free}, {"asset": "USDT", "free": free, "market": "futures"}]
        known = {"api_key": KEY, **(key or {"secret": SECRET})}
        await self.control("PUT", "/account", {"key": known, "balances": rows})

    async def close_sockets(self) -> None:
        """Close what is open with code 1001."""
        open_now = self.sandbox.connections.describe()
        assert open_now
        for one in open_now:
            await self.control("POST", f"/connections/{one['id']}/close", {"code": 1001})

    def listen_key(self) -> str:
        """The listen key that is alive; from now on it is a secret of the test."""
        accounts = self.sandbox.accounts
        text = accounts.listen_key(accounts.caller(KEY, "futures"), self.sandbox.clock.now_ms()).text
        self.secrets.texts.add(text)
        return text

    def asked(self) -> Counter[tuple[str, str]]:
        """Requests and handshakes that the sandbox saw, by method and path."""
        return Counter((call.method, call.path) for call in self.sandbox.calls.after())

    def opened(self) -> int:
        """Sockets opened so far."""
        return sum(n for (_, path), n in self.asked().items() if "/ws" in path)

    @asynccontextmanager
    async def client(self, secret: str = SECRET, key: str = KEY) -> AsyncIterator[BinanceAggregator]:
        spot, futures = self.sandbox.spot_url, self.sandbox.futures_url
        sockets = [url.replace("http", "ws") for url in (spot, futures, f"{spot}/ws-api/v3")]
        made = BinanceAggregator(
            BinanceUrls(spot, futures, self.sandbox.options_url),
            session=self.session,
            clock=self.clock,
            rng=random.Random(1),
            credentials=credentials(key, secret),
            stream_urls=StreamUrls(*sockets),
        )
        await made.open()
        yield made
        await made.close()

    @asynccontextmanager
    async def stream(self, market: int, secret: str = SECRET, key: str = KEY) -> AsyncIterator[UserStream]:
        """The account's stream of a market, running."""
        async with self.client(secret, key) as client:
            made = client.streams.account(self.owner)[market]
            task = asyncio.create_task(made.run())
            yield made
            assert not task.done(), task
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def failure(self, stream: UserStream) -> SourceError:
        """Why the stream is down."""
        assert stream.fault is not None
        self.secrets.errors.append(stream.fault)
        return stream.fault

    async def hears(self, market: int, free: str) -> None:
        """Change the account; the owner is told the new balance."""
        await self.put(free)
        event = await self.owner.event()
        kinds = ("outboundAccountPosition", "ACCOUNT_UPDATE")
        assert event.kind == kinds[market]
        body = event.body
        told = body["B"][0]["f"] if market == SPOT else body["a"]["B"][0]["wb"]
        assert float(told) == float(free)


@pytest.fixture
async def exchange(secrets: Secrets) -> AsyncIterator[AccountExchange]:
    clock = HeardClock(NOW_MS)
    sandbox = ExchangeSandbox(clock=clock)
    await sandbox.start()
    async with aiohttp.ClientSession() as session:
        made = AccountExchange(sandbox, clock, session, secrets)
        await made.put()
        yield made
    await sandbox.stop()


@pytest.mark.parametrize("market", [SPOT, FUTURES])
async def test_a_change_of_the_account_reaches_the_listener(exchange: AccountExchange, market: int) -> None:
    async with exchange.stream(market) as stream:
        await exchange.owner.live()
        assert stream.connected
        if market == FUTURES:
            exchange.listen_key()
        await exchange.clock.advance(100)
        for free in ("7", "8.5"):
            await exchange.hears(market, free)
            await exchange.clock.advance(100)
        assert stream.counts["events"] == 2


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
async def test_spot_lets_key_pairs_in(exchange: AccountExchange, kind: str) -> None:
    private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    private = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ed25519.Ed25519PrivateKey.generate()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = private.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    plain = serialization.NoEncryption()
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    await exchange.put(public_key=public)
    async with exchange.stream(SPOT, pem.decode()):
        await exchange.owner.live()
        await exchange.put("3", public_key=public)
        assert (await exchange.owner.event()).body["B"] == [
            {"a": "BTC", "f": "3.00000000", "l": "0.00000000"}
        ]


@pytest.mark.parametrize("market", [SPOT, FUTURES])
async def test_a_closed_socket_is_opened_again_with_a_fresh_timestamp(
    exchange: AccountExchange, market: int
) -> None:
    async with exchange.stream(market) as stream:
        await exchange.owner.live()
        await exchange.clock.advance(20_000)  # the first timestamp is now too old to be accepted again
        await exchange.close_sockets()
        await exchange.clock.nap(FIRST_PAUSE_S)
        assert not stream.connected
        exchange.failure(stream)
        await exchange.clock.advance(1000)
        await exchange.owner.live()
        assert (stream.counts["ended"], stream.fault) == (1, None)
        await exchange.clock.advance(100)
        await exchange.hears(market, "9")


async def minutes_pass(exchange: AccountExchange, seconds: float) -> None:
    """Let quiet time go by: after each silence the stream asks whether the exchange is there, and is answered."""
    end_s = exchange.clock.monotonic() + seconds
    while exchange.clock.monotonic() < end_s:
        await exchange.clock.pass_by(PROBE_S)
        await exchange.clock.nap(REPLY_S)  # it has asked
        await exchange.clock.pass_by(REPLY_S)  # it has been answered: what is left of the time for the answer


async def test_the_listen_key_is_renewed_every_half_hour(exchange: AccountExchange) -> None:
    async with exchange.stream(FUTURES):
        await exchange.owner.live()
        key = exchange.listen_key()
        await minutes_pass(exchange, 2.2 * RENEW_S)  # beyond the hour that an unrenewed key lives
        assert exchange.asked()["PUT", "/fapi/v1/listenKey"] == 2
        assert exchange.asked()["POST", "/fapi/v1/listenKey"] == 1
        await exchange.hears(FUTURES, "4")
        assert exchange.owner.lives == 1
        assert exchange.listen_key() == key


async def test_an_expired_listen_key_is_replaced(exchange: AccountExchange) -> None:
    async with exchange.stream(FUTURES) as stream:
        await exchange.owner.live()
        old = exchange.listen_key()
        later = exchange.sandbox.clock.now_ms() + 61 * 60_000
        await exchange.control("PUT", "/clock", {"now": later})
        await exchange.clock.nap(FIRST_PAUSE_S)
        assert "listenKeyExpired" in exchange.failure(stream).detail
        await exchange.clock.advance(1000)
        await exchange.owner.live()
        await exchange.control("PUT", "/clock", {"now": later + 5_000})
        await exchange.hears(FUTURES, "5")
        accounts = exchange.sandbox.accounts
        assert accounts.heard(old, later) is None
        assert exchange.listen_key() != old


REFUSALS = [
    (SPOT, KEY, WRONG, -1022, "BINANCE_API_SECRET"),
    (SPOT, "somebodyelsesnow" * 4, SECRET, -2015, "API management"),
    (FUTURES, "somebodyelsesnow" * 4, SECRET, -2015, "API management"),
    (FUTURES, "not-a-key", SECRET, -2014, "BINANCE_API_KEY"),
]


@pytest.mark.parametrize(("market", "key", "secret", "code", "todo"), REFUSALS)
async def test_a_refused_key_is_for_a_person_to_mend(
    exchange: AccountExchange, market: int, key: str, secret: str, code: int, todo: str
) -> None:
    exchange.secrets.texts.add(key)
    async with exchange.stream(market, secret, key) as stream:
        for tries in (1, 2):
            await exchange.clock.nap(KEY_PAUSE_S)
            fault = exchange.failure(stream)
            assert isinstance(fault, Misconfigured)
            assert (fault.code, stream.counts["ended"], stream.connected) == (code, tries, False)
            assert todo in fault.what_to_do
            seen = dict(exchange.asked())
            await exchange.clock.advance(round(KEY_PAUSE_S * 1000) - 1)
            assert dict(exchange.asked()) == seen  # it is not knocked at the door meanwhile
            await exchange.clock.advance(1)
        assert exchange.owner.lives == 0


async def test_a_mended_key_is_let_in_without_a_restart(exchange: AccountExchange) -> None:
    async with exchange.stream(SPOT, WRONG) as stream:
        await exchange.clock.nap(KEY_PAUSE_S)
        await exchange.put(secret=WRONG)
        await exchange.clock.advance(round(KEY_PAUSE_S * 1000))
        await exchange.owner.live()
        assert stream.fault is None


async def test_a_clock_that_went_wrong_is_measured_anew(exchange: AccountExchange) -> None:
    async with exchange.client() as client:
        stream = client.streams.account(exchange.owner)[SPOT]
        await exchange.control("PUT", "/clock", {"now": NOW_MS - 30_000})
        task = asyncio.create_task(stream.run())
        await exchange.clock.nap(FIRST_PAUSE_S)
        assert exchange.failure(stream).code == -1021
        async with asyncio.timeout(PATIENCE_S):
            while abs(client.clock_offset_ms or 0) < 20_000:  # noqa: ASYNC110 - measured over a real socket
                await asyncio.sleep(0)
        await exchange.clock.advance(1000)
        await exchange.owner.live()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_spent_request_limit_is_waited_for(exchange: AccountExchange) -> None:
    async with exchange.client() as client:
        stream = client.streams.account(exchange.owner)[SPOT]
        used = exchange.sandbox.charge("spot", "127.0.0.1", 1)
        exchange.sandbox.charge(
            "spot", "127.0.0.1", 6000 - 3 - used
        )  # enough for the handshake, not for a request
        task = asyncio.create_task(stream.run())
        await exchange.clock.nap(BUSY_S)
        assert exchange.failure(stream).code == -1003
        await exchange.clock.advance(round(BUSY_S * 1000))
        await exchange.owner.live()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_refused_handshake_does_not_tell_the_listen_key(exchange: AccountExchange) -> None:
    fault = {"match": {"kind": "ws"}, "fault": {"status": {"code": 503}}, "count": 1}
    await exchange.control("POST", "/faults", fault)
    async with exchange.stream(FUTURES) as stream:
        await exchange.clock.nap(FIRST_PAUSE_S)
        exchange.listen_key()
        assert exchange.failure(stream).code == 503
        await exchange.clock.advance(1000)
        await exchange.owner.live()
        assert exchange.opened() == 2
