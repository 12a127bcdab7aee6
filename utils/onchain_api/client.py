"""Sends bounded requests to one on-chain provider: in number, time and size, unchanged answers by their ETag.

:mod:`utils.http.limiter` bounds requests by the provider's limits, :mod:`utils.http.transport` time, bytes and an
outage. Keys travel in headers alone, so that no address, log line or error can hold one.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import aiohttp
import msgspec

from utils.binance_api.wire import Decodes
from utils.caching import LruMap
from utils.clock import Clock
from utils.http.errors import Retryable, SourceError, Unavailable, fault_of
from utils.http.limiter import CircuitBreaker, WeightBudget, acquire
from utils.http.retry import Retrier, RetryPolicy
from utils.http.transitions import Transitions
from utils.http.transport import Params, Reply, Transport
from utils.http.watched import held_back_of
from utils.onchain_api.errors import Names, Refused, refusal

T = TypeVar("T")

KEPT_BODIES: Final = 8
"""Answers kept to be compared by their ETag."""
LARGEST_KEPT: Final = 4_000_000
"""Bytes beyond which an answer is not kept."""


@dataclass(frozen=True, slots=True)
class DailyTuning:
    """``timeout_s`` of one request, ``max_wait_s`` of one call with retries and waits, and how retries pause.

    It is a further source: whoever waits for an answer is not kept long by it.
    """

    timeout_s: float = 6.0
    max_wait_s: float = 10.0
    retry: RetryPolicy = field(default_factory=lambda: RetryPolicy(attempts=2))


USUAL: Final = DailyTuning()


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``requests`` in a window of ``window_ms``."""

    requests: int
    window_ms: int


@dataclass(frozen=True, slots=True)
class Network:
    """What every provider's client is made with; ``now_ms`` is market time (UTC ms), ``rng`` only jitters retries."""

    session: aiohttp.ClientSession
    clock: Clock
    now_ms: Callable[[], int]
    rng: random.Random
    proxy: str | None = None
    tuning: DailyTuning = USUAL


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer and the ETag that it came with."""

    etag: str
    body: bytes


class DailyClient:
    """Asks one provider; requests are counted in ``requests`` by (source, outcome)."""

    def __init__(
        self,
        name: str,
        url: str,
        names: Names,
        limits: Sequence[Limit],
        network: Network,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._name, self._url, self._names = name, url.rstrip("/"), names
        tuning = network.tuning
        self._headers = dict(headers or {})
        self._transport = Transport(
            network.session, timeout_s=tuning.timeout_s, proxy=network.proxy, clock=network.clock
        )
        self._network = network
        self._budgets = [
            WeightBudget(f"{name}.{limit.window_ms}", limit.requests, limit.window_ms, network.now_ms)
            for limit in limits
        ]
        self._breaker = CircuitBreaker(name, network.clock)
        self._retrier = Retrier(
            tuning.retry, network.clock, network.rng, tuning.max_wait_s, tuning.max_wait_s / 2
        )
        self._kept: LruMap[str, Kept] = LruMap(KEPT_BODIES)
        self.transitions = Transitions()
        self.requests: Counter[tuple[str, str]] = Counter()

    @property
    def failing(self) -> tuple[str, ...]:
        """The sources whose last call failed."""
        return self.transitions.failing

    @property
    def held_back(self) -> Mapping[tuple[str, str], bool]:
        """Whether requests are held back, by provider and why."""
        silent = self._transport.left_alone(self._url)
        return held_back_of(self._name, forbidden=self._breaker.wait_s > 0, silent=silent)

    def now_ms(self) -> int:
        """Return market time (UTC ms)."""
        return self._network.now_ms()

    async def get(self, path: str, params: Params, decoder: Decodes[T], *, cost: int = 1) -> T:
        """Return the decoded answer of ``path`` under the provider's address.

        ``cost`` is what the request counts in the provider's limits. Transient faults are retried a bounded number of
        times. Raises the errors of :mod:`utils.onchain_api.errors`,
        ``Unavailable`` for another shape, and what ``decoder`` raises of the tree.
        """
        source = f"{self._name}{path.replace('/', '.')}"
        try:
            body = await self._retrier.run(lambda left: self._once(path, params, source, left, cost))
            value = self._decoded(body, decoder, source)
        except SourceError as error:
            self.requests[source, fault_of(error)] += 1
            self.transitions.failed(error)
            raise
        self.requests[source, "ok"] += 1
        self.transitions.answered(source)
        return value

    def refused(self, refused: Refused) -> SourceError:
        """Note a refusal that came inside a body; return its error."""
        if refused.pause_s > 0:
            until_ms = self.now_ms() + round(refused.pause_s * 1000)
            self._breaker.trip(refused.pause_s, until_ms=until_ms, reason=refused.error.detail)
        return refused.error

    async def _once(self, path: str, params: Params, source: str, max_wait_s: float, cost: int) -> bytes:
        permit = await acquire(
            [(budget, cost) for budget in self._budgets],
            self._breaker,
            self._network.clock,
            source=source,
            max_wait_s=max_wait_s,
        )
        try:
            reply, kept = await self._asked(path, params, source)
        finally:
            permit.release()
        refused = refusal(reply, source, self._names)
        if refused is not None:
            raise self.refused(refused)
        return self._body(path, params, reply, kept, source)

    async def _asked(self, path: str, params: Params, source: str) -> tuple[Reply, Kept | None]:
        kept = self._kept.get(_key(path, params))
        headers = self._headers | ({} if kept is None else {"If-None-Match": kept.etag})
        reply = await self._transport.send(
            "GET", f"{self._url}{path}", params, source=source, headers=headers or None
        )
        return reply, kept

    def _body(self, path: str, params: Params, reply: Reply, kept: Kept | None, source: str) -> bytes:
        if reply.status == 304:
            if kept is None:
                raise Unavailable(source, "the answer is said to be unchanged, and none is known")
            return kept.body
        etag = reply.headers.get("ETag", "")
        if etag and len(reply.body) <= LARGEST_KEPT:
            self._kept.put(_key(path, params), Kept(etag, reply.body))
        return reply.body

    def _decoded(self, body: bytes, decoder: Decodes[T], source: str) -> T:
        try:
            return decoder.decode(body)
        except msgspec.ValidationError as error:
            raise Unavailable(source, f"the answer has an unexpected shape: {error}") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Retryable(source, "the answer is not complete json") from error


def _key(path: str, params: Params) -> str:
    return f"{path}?{'&'.join(f'{name}={value}' for name, value in sorted(params.items()))}"
