"""Sends requests: rate-limited, signed where needed, retried on transient faults, checked and decoded."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar, get_args

import msgspec

from utils.binance_api.http.errors import error_reply
from utils.binance_api.http.limiter import BinanceLimiter
from utils.binance_api.http.signing import Credentials
from utils.binance_api.urls import BinanceUrls, Endpoint, Product
from utils.binance_api.weights import Params
from utils.binance_api.wire import Decodes
from utils.clock import Clock
from utils.http.errors import Misconfigured, Retryable, SourceError, Unavailable, fault_of
from utils.http.retry import Retrier, RetryPolicy
from utils.http.transitions import Transitions
from utils.http.transport import Reply, Transport
from utils.http.watched import held_back_of
from utils.priority import Attention

T = TypeVar("T")

MAX_WAIT_S = 65.0
"""Longest wait of a call: one full weight window and the guards around it."""
RECV_WINDOW_MS = 5000
"""How long after its timestamp the exchange accepts a signed request (its default; at most 60 000)."""


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """A decoded response; the time it describes lies between ``sent_at`` and ``fetched_at`` (exchange time, ms)."""

    value: T
    source: str
    sent_at: int
    fetched_at: int


class RestClient:
    """The exchange's REST interface; counts requests by (source, outcome) in ``requests``.

    Without ``credentials`` requests to private endpoints are never sent. ``attention`` knows who waits for an answer:
    background work's requests wait for a quiet moment.
    """

    def __init__(
        self,
        urls: BinanceUrls,
        transport: Transport,
        limiter: BinanceLimiter,
        *,
        clock: Clock,
        now_ms: Callable[[], int],
        rng: random.Random,
        policy: RetryPolicy,
        max_wait_s: float = MAX_WAIT_S,
        attention: Attention | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        self._urls = urls
        self._credentials = credentials
        self._transport = transport
        self._limiter = limiter
        self._now_ms = now_ms
        self._attention = attention or Attention(clock)
        self._retrier = Retrier(policy, clock, rng, max_wait_s)
        self.transitions = Transitions()
        self.requests: Counter[tuple[str, str]] = Counter()

    @property
    def held_back(self) -> dict[tuple[str, str], bool]:
        """Whether requests are held back, by product and why: see :class:`utils.providers.WatchedSource`."""
        found: dict[tuple[str, str], bool] = {}
        for product in get_args(Product):
            silent = self._transport.left_alone(self._urls.base(product))
            found |= held_back_of(product, forbidden=self._limiter.is_blocked(product), silent=silent)
        return found

    async def get(
        self, endpoint: Endpoint, params: Params, decoder: Decodes[T], *, once: bool = False
    ) -> Fetched[T]:
        """Return the decoded response.

        Raises the errors of :mod:`utils.binance_api.http.errors`. Transient faults are retried a bounded number of
        times (not with ``once``) before the last one is raised. Private endpoints raise ``Misconfigured`` without
        sending anything if there is no key or the host serves public data only.
        """
        if endpoint.access != "public":
            self._require_private(endpoint)
        try:
            async with self._attention.request():
                if once:
                    fetched = await self._once(endpoint, params, decoder, 0.0)
                else:
                    fetched = await self._retrier.run(
                        lambda left: self._once(endpoint, params, decoder, left)
                    )
        except SourceError as error:
            self.transitions.failed(error)
            raise
        self.transitions.answered(endpoint.source)
        return fetched

    async def _once(
        self, endpoint: Endpoint, params: Params, decoder: Decodes[T], max_wait_s: float
    ) -> Fetched[T]:
        try:
            sent_at, reply = await self._send(endpoint, params, max_wait_s)
            value = self._read(endpoint, reply, decoder)
        except SourceError as error:
            self.requests[endpoint.source, fault_of(error)] += 1
            raise
        self.requests[endpoint.source, "ok"] += 1
        return Fetched(value, endpoint.source, sent_at, self._now_ms())

    async def _send(self, endpoint: Endpoint, params: Params, max_wait_s: float) -> tuple[int, Reply]:
        permit = await self._limiter.acquire(endpoint, params, max_wait_s=max_wait_s)
        headers = None
        try:
            sent_at = self._now_ms()
            reply = await self._exchange(endpoint, params, sent_at)
            headers = reply.headers
        finally:
            self._limiter.release(endpoint, permit, headers)
        return sent_at, reply

    async def _exchange(self, endpoint: Endpoint, params: Params, timestamp_ms: int) -> Reply:
        url = self._urls.base(endpoint.market) + endpoint.path
        query: Params | str = params
        headers: dict[str, str] | None = None
        if endpoint.access != "public":
            key = self._require_private(endpoint)
            headers = key.headers
            if endpoint.access == "signed":  # after the wait for a permit, which would age the timestamp
                query = key.query(params, timestamp_ms, RECV_WINDOW_MS)
        return await self._transport.send(
            endpoint.method, url, query, source=endpoint.source, headers=headers
        )

    def _require_private(self, endpoint: Endpoint) -> Credentials:
        if self._credentials is None:
            todo = "set BINANCE_API_KEY and BINANCE_API_SECRET to a key with read permission only"
            raise Misconfigured(endpoint.source, "reading an account needs an api key", what_to_do=todo)
        if self._urls.public_only(endpoint.market):
            todo = "set BINANCE_SPOT_REST_URL to https://api.binance.com, which also serves public data"
            raise Misconfigured(
                endpoint.source, "the configured host serves public market data only", what_to_do=todo
            )
        return self._credentials

    def _read(self, endpoint: Endpoint, reply: Reply, decoder: Decodes[T]) -> T:
        rejected = error_reply(reply, endpoint.source, self._now_ms())
        if rejected is not None:
            if rejected.blocked_until_ms is not None:
                self._limiter.trip(endpoint.market, rejected.blocked_until_ms, rejected.error.detail)
            raise rejected.error
        try:
            return decoder.decode(reply.body)
        except msgspec.ValidationError as error:
            detail = f"the answer has an unexpected shape: {error}"
            raise Unavailable(endpoint.source, detail) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Retryable(endpoint.source, "the answer is not complete json") from error
