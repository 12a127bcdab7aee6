"""Sends bounded requests to Deribit's public API: in number, time and size, with a pause after too many of them.

:mod:`utils.http.limiter` bounds requests per second, :mod:`utils.http.transport` time, bytes and an outage.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

import aiohttp
import msgspec

from utils.binance_api.wire import Decodes
from utils.clock import Clock
from utils.http.errors import Retryable, SourceError, Unavailable, fault_of
from utils.http.limiter import CircuitBreaker, WeightBudget, acquire
from utils.http.retry import Retrier, RetryPolicy
from utils.http.transitions import Transitions
from utils.http.transport import Params, Transport
from utils.http.watched import held_back_of
from utils.options_api.deribit_wire import Refusal, refusal

T = TypeVar("T")

NAME: Final = "deribit"
REQUESTS_PER_S: Final = 20
"""For callers without a key (docs.deribit.com, rate limits)."""
SECOND_MS: Final = 1_000


@dataclass(frozen=True, slots=True)
class DeribitTuning:
    """``timeout_s`` of one request, ``max_wait_s`` of one call with retries and waits, and how retries pause.

    It is a further source: whoever waits for an answer is not kept long by it.
    """

    timeout_s: float = 4.0
    max_wait_s: float = 6.0
    retry: RetryPolicy = field(default_factory=lambda: RetryPolicy(attempts=2))


USUAL: Final = DeribitTuning()


class DeribitClient:
    """Asks public methods by name; requests are counted in ``requests`` by (source, outcome).

    ``now_ms`` is market time (UTC ms), ``rng`` only jitters retries.
    """

    def __init__(
        self,
        url: str,
        *,
        session: aiohttp.ClientSession,
        clock: Clock,
        now_ms: Callable[[], int],
        rng: random.Random,
        proxy: str | None,
        tuning: DeribitTuning,
    ) -> None:
        self._url = url.rstrip("/")
        self._transport = Transport(session, timeout_s=tuning.timeout_s, proxy=proxy, clock=clock)
        self._clock = clock
        self._now_ms = now_ms
        self._budget = WeightBudget(NAME, REQUESTS_PER_S, SECOND_MS, now_ms)
        self._breaker = CircuitBreaker(NAME, clock)
        self._retrier = Retrier(tuning.retry, clock, rng, tuning.max_wait_s, tuning.max_wait_s / 2)
        self.transitions = Transitions()
        self.requests: Counter[tuple[str, str]] = Counter()

    @property
    def held_back(self) -> Mapping[tuple[str, str], bool]:
        """Whether requests are held back, by why."""
        silent = self._transport.left_alone(self._url)
        return held_back_of(NAME, forbidden=self._breaker.wait_s > 0, silent=silent)

    async def get(self, method: str, params: Params, decoder: Decodes[T]) -> T:
        """Return a decoded answer; transient faults are retried a bounded number of times.

        Raises the errors of :mod:`utils.options_api.deribit_wire`.
        """
        source = source_of(method)
        try:
            value = await self._retrier.run(lambda left: self._once(method, params, decoder, source, left))
        except SourceError as error:
            self.transitions.failed(error)
            raise
        self.transitions.answered(source)
        return value

    async def _once(
        self, method: str, params: Params, decoder: Decodes[T], source: str, max_wait_s: float
    ) -> T:
        try:
            value = await self._sent(method, params, decoder, source, max_wait_s)
        except SourceError as error:
            self.requests[source, fault_of(error)] += 1
            raise
        self.requests[source, "ok"] += 1
        return value

    async def _sent(
        self, method: str, params: Params, decoder: Decodes[T], source: str, max_wait_s: float
    ) -> T:
        permit = await acquire(
            [(self._budget, 1)], self._breaker, self._clock, source=source, max_wait_s=max_wait_s
        )
        try:
            reply = await self._transport.get(f"{self._url}/api/v2/public/{method}", params, source=source)
        finally:
            permit.release()
        refused = refusal(reply, source)
        if refused is not None:
            self._pause(refused)
            raise refused.error
        try:
            return decoder.decode(reply.body)
        except msgspec.ValidationError as error:
            raise Unavailable(source, f"the answer has an unexpected shape: {error}") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Retryable(source, "the answer is not complete json") from error

    def _pause(self, refused: Refusal) -> None:
        if refused.pause_s > 0:
            until_ms = self._now_ms() + round(refused.pause_s * 1000)
            self._breaker.trip(refused.pause_s, until_ms=until_ms, reason=refused.error.detail)


def source_of(method: str) -> str:
    """Return the name of a method in answers and errors."""
    return f"{NAME}.{method}"
