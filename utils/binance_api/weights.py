"""Weights of requests as data: the cost of a request and the pool that it is charged to.

Figures: Binance spot REST and USD-M futures REST documentation (state 2026), weights per IP address.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from utils.units import MINUTE_MS

Pool = Literal["spot", "futures", "options", "funding", "statistics"]
Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class PoolLimit:
    """``limit`` units per calendar window of ``window_ms``."""

    limit: int
    window_ms: int


POOLS: Mapping[Pool, PoolLimit] = {
    "spot": PoolLimit(6000, MINUTE_MS),  # REQUEST_WEIGHT of api/v3
    "futures": PoolLimit(2400, MINUTE_MS),  # REQUEST_WEIGHT of fapi, shared with dapi
    "options": PoolLimit(
        400, MINUTE_MS
    ),  # REQUEST_WEIGHT of eapi: 2400 by its sample, 400 by clients; see below
    "funding": PoolLimit(500, 5 * MINUTE_MS),  # requests, fundingRate and fundingInfo together
    "statistics": PoolLimit(1000, 5 * MINUTE_MS),  # requests, all of futures/data
}
"""Limits until ``exchangeInfo.rateLimits`` was read (spot, futures, options)."""


class Weight(Protocol):
    """The cost of one request with these parameters, in units of its pool."""

    def of(self, params: Params) -> int:
        """Return the cost."""
        ...


@dataclass(frozen=True, slots=True)
class Flat:
    """A fixed cost."""

    points: int

    def of(self, params: Params) -> int:
        """Return the fixed cost."""
        return self.points


@dataclass(frozen=True, slots=True)
class ByLimit:
    """By the ``limit`` parameter: ``steps`` are (largest limit, cost) ascending; ``default`` when absent."""

    steps: tuple[tuple[int, int], ...]
    default: int

    def of(self, params: Params) -> int:
        """Return the cost of the first step that holds the limit."""
        limit = int(params.get("limit", self.default))
        return next((cost for top, cost in self.steps if limit <= top), self.steps[-1][1])


@dataclass(frozen=True, slots=True)
class BySymbols:
    """``one`` with the ``symbol`` parameter, ``all`` without it."""

    one: int
    all: int

    def of(self, params: Params) -> int:
        """Return the cost of one or all symbols."""
        return self.one if "symbol" in params else self.all


SPOT_DEPTH = ByLimit(((100, 5), (500, 25), (1000, 50), (5000, 250)), default=100)
FUTURES_DEPTH = ByLimit(((50, 2), (100, 5), (500, 10), (1000, 20)), default=500)
FUTURES_KLINES = ByLimit(((99, 1), (499, 2), (1000, 5), (1500, 10)), default=500)


def cheapest_page(need: int, weight: Weight, max_limit: int) -> int:
    """Return the page size that fetches ``need`` rows with the least weight, then with the fewest requests.

    Futures klines cost 2 for 499 rows but 5 for 500, so long histories are read in pages of 499, or in larger ones
    where these cost no more. Source of the steps: ``FUTURES_KLINES``.
    """
    tops = [top for top, _ in weight.steps] if isinstance(weight, ByLimit) else []
    sizes = {min(size, need, max_limit) for size in (*tops, max_limit)}
    return min(sizes, key=lambda size: (*_bill(need, size, weight), -size))


def _bill(need: int, size: int, weight: Weight) -> tuple[int, int]:
    pages, rest = divmod(need, size)
    cost = pages * weight.of({"limit": size}) + (weight.of({"limit": rest}) if rest else 0)
    return cost, pages + (rest > 0)
