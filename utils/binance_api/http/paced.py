"""REST requests of the streams (snapshots, gaps) within a share of the weight, so that user requests keep the rest."""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from utils.binance_api.http.rest import Fetched, RestClient
from utils.binance_api.urls import Endpoint
from utils.binance_api.weights import POOLS, Pool
from utils.binance_api.wire import Decodes
from utils.clock import Clock
from utils.http.limiter import WeightBudget
from utils.priority import urgent

T = TypeVar("T")

STREAM_SHARE: Final = 0.4
"""The share of a pool that the streams may use; with it, starting hundreds of books takes minutes."""


class PacedRest:
    """Sends requests, delayed while the share of their pool is used up."""

    def __init__(
        self, rest: RestClient, clock: Clock, now_ms: Callable[[], int], *, share: float = STREAM_SHARE
    ) -> None:
        self._rest = rest
        self._clock = clock
        self._budgets: Mapping[Pool, WeightBudget] = {
            pool: WeightBudget(f"streams.{pool}", rule.limit, rule.window_ms, now_ms, share=share)
            for pool, rule in POOLS.items()
        }

    async def get(
        self, endpoint: Endpoint, params: Mapping[str, str | int], decoder: Decodes[T]
    ) -> Fetched[T]:
        """Wait until the request fits the share, then send it; raises the errors of ``RestClient.get``."""
        budget, cost = self._budgets[endpoint.pool], endpoint.weight.of(params)
        while (wait_ms := budget.wait_ms(cost)) > 0:
            await self._clock.sleep(wait_ms / 1000)
        reservation = budget.reserve(cost)
        try:
            with urgent():  # books and tapes serve many, whoever opened them
                return await self._rest.get(endpoint, params, decoder)
        finally:
            budget.release(reservation)
