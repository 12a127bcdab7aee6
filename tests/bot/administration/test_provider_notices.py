"""Administrators hear of providers beyond the exchange too: of their servers that fail, and of their return."""

import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import pytest

from bot.administration.notices import (
    DEGRADED_AFTER_S,
    LOOK_S,
    RECOVERED_AFTER_S,
    NoticeKind,
    Notices,
    failing_of,
)
from tests.support.clock import FakeClock
from tests.support.limits import PATIENCE_S
from utils.http.errors import SourceError
from utils.http.retry import RetryPolicy
from utils.http.session import open_session
from utils.onchain_api.client import DailyTuning, Network
from utils.onchain_api.coinmetrics import CoinMetrics
from utils.onchain_api.facts import FLOWS
from utils.onchain_api.reader import HELD_S, OnchainReader
from utils.options_api.deribit import Deribit
from utils.options_api.deribit_client import DeribitTuning
from utils.sandbox.deribit import DeribitSandbox
from utils.sandbox.exchange import ExchangeSandbox
from utils.sandbox.onchain import OnchainSandbox

NOW: Final = 1_795_178_096_789
ONCE: Final = RetryPolicy(attempts=1)
FAULT: Final[dict[str, Any]] = {"fault": {"not_json": {}}, "count": None}


@dataclass
class Watched:
    """Both providers as the process reads them, and what administrators were told."""

    onchain: OnchainReader
    deribit: Deribit
    servers: dict[str, str]
    session: aiohttp.ClientSession
    clock: FakeClock
    told: list[tuple[NoticeKind, tuple[str, ...]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.notices = Notices(lambda: failing_of(self.onchain, self.deribit), self._tell, self.clock)

    async def _tell(self, kind: NoticeKind, sources: Sequence[str]) -> None:
        self.told.append((kind, tuple(sources)))

    def asking(self, name: str) -> Callable[[], Awaitable[object]]:
        if name == "deribit":
            return lambda: self.deribit.option_chain("BTC")
        return lambda: self.onchain.topic(FLOWS, "BTC", as_of=None)

    async def break_down(self, name: str) -> None:
        await self._control(name, "POST", FAULT)

    async def mend(self, name: str) -> None:
        await self._control(name, "DELETE", None)

    async def _control(self, name: str, method: str, body: object) -> None:
        async with self.session.request(method, f"{self.servers[name]}/_sandbox/faults", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def pass_s(self, seconds: float, ask: Callable[[], Awaitable[object]] | None) -> None:
        """Let time pass; somebody asks once in a while, with or without an answer."""
        for step in range(round(seconds / LOOK_S)):
            if ask is not None and step % round((HELD_S + LOOK_S) / LOOK_S) == 0:
                with contextlib.suppress(SourceError):
                    await ask()
            await self.clock.advance(round(1000 * LOOK_S))
            await self.notices.look()


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    clock, rng = FakeClock(NOW), random.Random(1)
    exchange = ExchangeSandbox(clock=clock)
    options, chain = DeribitSandbox(exchange), OnchainSandbox(exchange)
    async with AsyncExitStack() as stack:
        for server in (exchange, options, chain):
            await server.start()
            stack.push_async_callback(server.stop)
        session = await stack.enter_async_context(open_session())
        network = Network(session, clock, clock.now_ms, rng, tuning=DailyTuning(PATIENCE_S, PATIENCE_S, ONCE))
        provider = CoinMetrics(chain.addresses["coinmetrics"], network)
        onchain = OnchainReader([provider], lambda: None, clock=clock, now_ms=clock.now_ms)
        stack.push_async_callback(onchain.close)
        deribit = Deribit(
            options.url,
            session=session,
            clock=clock,
            now_ms=clock.now_ms,
            rng=rng,
            tuning=DeribitTuning(PATIENCE_S, PATIENCE_S, ONCE),
        )
        stack.push_async_callback(deribit.close)
        servers = {"deribit": options.url, "coinmetrics": chain.url}
        yield Watched(onchain, deribit, servers, session, clock)


@pytest.mark.parametrize("name", ["deribit", "coinmetrics"])
async def test_a_provider_that_fails_is_told_of_once_and_so_is_its_return(
    watched: Watched, name: str
) -> None:
    ask = watched.asking(name)
    await watched.break_down(name)
    await watched.pass_s(4 * DEGRADED_AFTER_S, ask)
    assert [kind for kind, _ in watched.told] == ["degraded"]
    assert all(source.startswith(f"{name}.") for source in watched.told[0][1])
    await watched.mend(name)
    await watched.pass_s(2 * RECOVERED_AFTER_S, ask)
    assert watched.told[1:] == [("recovered", watched.told[0][1])]


async def test_providers_that_answer_are_told_of_to_nobody(watched: Watched) -> None:
    for name in watched.servers:
        await watched.pass_s(2 * RECOVERED_AFTER_S, watched.asking(name))
    assert watched.told == []
    assert {outcome for _, outcome in (*watched.onchain.requests, *watched.deribit.requests)} == {"ok"}


async def test_a_failure_after_which_nobody_asks_again_is_no_outage(watched: Watched) -> None:
    await watched.break_down("coinmetrics")
    with contextlib.suppress(SourceError):
        await watched.asking("coinmetrics")()
    assert watched.onchain.failing
    await watched.pass_s(4 * DEGRADED_AFTER_S, None)
    assert watched.told == []
