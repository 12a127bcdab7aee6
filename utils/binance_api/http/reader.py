"""Base of the REST readers: shared parts, caching, and one request for concurrent equal questions."""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from utils.binance_api.answers import Answer
from utils.binance_api.http.clock_offset import ClockOffset
from utils.binance_api.http.limiter import BinanceLimiter
from utils.binance_api.http.rest import RestClient
from utils.binance_api.schemas import RateLimit
from utils.binance_api.urls import Endpoint
from utils.binance_api.weights import Pool
from utils.binance_api.wire import Decodes
from utils.caching import TtlCache
from utils.clock import Clock

T = TypeVar("T")

PRICES_TTL_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class ReaderParts:
    """The parts that all readers share; ``measure`` measures exchange time if due."""

    rest: RestClient
    cache: TtlCache[Hashable, Any]
    offset: ClockOffset
    limiter: BinanceLimiter
    clock: Clock
    measure: Callable[[], Awaitable[None]]


class Reader:
    """Reads some part of the exchange; without ``cached`` no response is kept. Raises :mod:`utils.http.errors`."""

    def __init__(self, parts: ReaderParts, *, cached: bool = True) -> None:
        self._parts = parts
        self._cached = cached

    async def _request(
        self,
        endpoint: Endpoint,
        params: Mapping[str, str | int],
        decoder: Decodes[T],
        stamp: Callable[[T], int | None] = lambda _: None,
        *,
        ttl_s: float = PRICES_TTL_S,
    ) -> Answer[T]:
        """Return a response younger than ``ttl_s`` seconds, shared by concurrent equal requests; 0 keeps nothing.

        ``as_of`` of the answer is what ``stamp`` reads from it, else the time the request was sent.
        """

        async def call() -> Answer[T]:
            await self._parts.measure()
            got = await self._parts.rest.get(endpoint, params, decoder)
            stamped = stamp(got.value)
            return Answer(got.value, got.sent_at if stamped is None else stamped, got.source, got.fetched_at)

        answer: Answer[T] = await self._parts.cache.fetch(
            (endpoint.source, tuple(sorted(params.items()))), ttl_s if self._cached else 0.0, call
        )
        return answer

    def _update_limits(self, pool: Pool, rules: Iterable[RateLimit]) -> None:
        """Set the weight per minute that the exchange announces."""
        for rule in rules:
            if (rule.rate_limit_type, rule.interval, rule.interval_num) == ("REQUEST_WEIGHT", "MINUTE", 1):
                self._parts.limiter.set_limit(pool, rule.limit)
