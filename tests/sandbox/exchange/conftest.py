"""An exchange on real sockets whose time stands still."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.support.clock import FakeClock
from utils.sandbox.exchange import ExchangeSandbox
from utils.sandbox.exchange.market.simulated import SimulatedMarket

NOW_MS = 1_795_178_096_789
"""2026-11-20T12:34:56.789Z."""


class Client:
    """Asks the sandbox and hands back (status, JSON, headers)."""

    def __init__(self, session: aiohttp.ClientSession, sandbox: ExchangeSandbox) -> None:
        self.session = session
        self.sandbox = sandbox

    async def ask(self, path: str, **query: object) -> tuple[int, Any, dict[str, str]]:
        base = self.sandbox.spot_url
        if path.startswith(("/fapi", "/dapi", "/futures")):
            base = self.sandbox.futures_url
        elif path.startswith("/eapi"):
            base = self.sandbox.options_url
        params = {name: str(value) for name, value in query.items()}
        async with self.session.get(base + path, params=params) as response:
            body = await response.json(content_type=None) if response.status != 404 else await response.text()
            return response.status, body, {k.lower(): v for k, v in response.headers.items()}

    async def get(self, path: str, **query: object) -> Any:
        status, body, _ = await self.ask(path, **query)
        assert status == 200, body
        return body

    async def control(self, method: str, path: str, **body: object) -> tuple[int, Any]:
        url = f"{self.sandbox.spot_url}/_sandbox{path}"
        async with self.session.request(method, url, json=body or None) as response:
            return response.status, await response.json()


@pytest.fixture(scope="session")
def market() -> SimulatedMarket:
    """A market that only reading tests share, so that its paths are drawn once."""
    return SimulatedMarket(1, NOW_MS)


@pytest.fixture
def clock() -> FakeClock:
    """The moment at which the exchange stands."""
    return FakeClock(NOW_MS)


@pytest.fixture
async def exchange(clock: FakeClock) -> AsyncIterator[ExchangeSandbox]:
    """An exchange with a market of its own."""
    sandbox = ExchangeSandbox(clock=clock)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def own_client(exchange: ExchangeSandbox) -> AsyncIterator[Client]:
    """Asks an exchange that the test may change."""
    async with aiohttp.ClientSession() as session:
        yield Client(session, exchange)


@pytest.fixture
async def client(own_client: Client, market: SimulatedMarket) -> Client:
    """Asks an exchange with the shared market, which the test must not change."""
    own_client.sandbox.market = market
    return own_client
