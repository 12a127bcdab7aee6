"""The exchange's limits: one weight budget per pool and one circuit breaker per host, updated from response headers."""

from collections.abc import Callable, Mapping
from typing import get_args

from utils.binance_api.urls import Endpoint, Product
from utils.binance_api.weights import POOLS, Params, Pool, PoolLimit
from utils.clock import Clock
from utils.http.limiter import GUARD_MS, SAFE_SHARE, CircuitBreaker, Permit, WeightBudget, acquire

USED_WEIGHT_HEADERS = ("X-MBX-USED-WEIGHT-1M", "X-MBX-USED-WEIGHT")
"""Used weight of the running minute, per IP (spot and USD-M general information pages)."""


class BinanceLimiter:
    """Grants permits for requests; ``now_ms`` is exchange time, in whose calendar minutes weights are counted."""

    def __init__(
        self,
        clock: Clock,
        now_ms: Callable[[], int],
        *,
        pools: Mapping[Pool, PoolLimit] = POOLS,
        share: float = SAFE_SHARE,
        guard_ms: int = GUARD_MS,
    ) -> None:
        self._clock = clock
        self._now_ms = now_ms
        self._budgets: dict[Pool, WeightBudget] = {
            pool: WeightBudget(pool, rule.limit, rule.window_ms, now_ms, share=share, guard_ms=guard_ms)
            for pool, rule in pools.items()
        }
        self._breakers: dict[Product, CircuitBreaker] = {
            product: CircuitBreaker(product, clock) for product in get_args(Product)
        }

    async def acquire(self, endpoint: Endpoint, params: Params, *, max_wait_s: float) -> Permit:
        """Wait until the request fits; raises ``Unavailable`` if that would take longer than ``max_wait_s``."""
        costs = [(self._budgets[endpoint.pool], endpoint.weight.of(params))]
        breaker = self._breakers[endpoint.market]
        return await acquire(costs, breaker, self._clock, source=endpoint.source, max_wait_s=max_wait_s)

    def release(self, endpoint: Endpoint, permit: Permit, headers: Mapping[str, str] | None) -> None:
        """Release a permit with the response's headers, ``None`` if there was no response."""
        reads = headers is not None and endpoint.reports_weight
        permit.release(used_weight(headers) if reads and headers is not None else None)

    def trip(self, market: Product, until_ms: int, reason: str) -> None:
        """Block every call to a product's host until ``until_ms`` (exchange time)."""
        self._breakers[market].trip((until_ms - self._now_ms()) / 1000, until_ms=until_ms, reason=reason)

    def set_limit(self, pool: Pool, limit: int) -> None:
        """Set the limit that the exchange announces in ``exchangeInfo.rateLimits``; 0 is ignored."""
        if limit > 0:
            self._budgets[pool].limit = limit

    def is_blocked(self, market: Product) -> bool:
        """Return whether calls to a product's host are blocked now."""
        return self._breakers[market].wait_s > 0

    def ceilings(self) -> dict[Pool, int]:
        """Return the most that is used of every pool's limit in one window."""
        return {pool: budget.ceiling for pool, budget in self._budgets.items()}

    def used(self) -> dict[Pool, tuple[int, int]]:
        """Return (used, limit) of every pool's current window."""
        return {pool: (budget.used, budget.limit) for pool, budget in self._budgets.items()}


def used_weight(headers: Mapping[str, str]) -> int | None:
    """Return the reported weight; the letter case of header names differs between products and proxies."""
    lowered = {name.lower(): value for name, value in headers.items()}
    for name in USED_WEIGHT_HEADERS:
        text = lowered.get(name.lower(), "").strip()
        if text.isascii() and text.isdigit():
            return int(text)
    return None
