"""One side of an order book: a dict of quantities and a sorted list of prices whose end is the best price."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from math import inf
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Level = tuple[float, float]
"""Price and absolute quantity in base units (contracts for options); quantity 0 deletes the price."""
Levels = Sequence[Sequence[float]] | NDArray[np.float64]
"""Levels of a snapshot: pairs of (price, quantity), or an array of shape (n, 2)."""

MAX_LEVELS = 5000
"""Levels kept of a completely known side: the deepest snapshot of the exchange (spot ``limit=5000``)."""
MIN_LEVELS = 1000
"""Least levels kept of a side that the snapshot truncated; otherwise as many as the snapshot had."""
_SLACK = 1.25


class Ladder:
    """Prices of one side, ``sign`` +1 for bids (highest is best) or -1 for asks (lowest is best).

    Keys in the sorted list are ``sign * price``, so that the best is last on both sides and changes near it, which are
    the most frequent, move little memory. ``known_to`` is the worst price up to which every level is known: a truncated
    snapshot says nothing about prices beyond its last level. Levels beyond it are known only once they change; they are
    kept while they are among the best ``capacity`` levels, otherwise removed and counted in ``pruned``.
    """

    __slots__ = ("_keys", "_known_key", "_quantities", "_sign", "capacity", "pruned")

    def __init__(self, sign: Literal[1, -1]) -> None:
        self._sign = sign
        self._quantities: dict[float, float] = {}
        self._keys: list[float] = []
        self._known_key = -inf
        self.capacity = MAX_LEVELS
        self.pruned = 0

    def __len__(self) -> int:
        return len(self._keys)

    def load(self, levels: Levels, *, complete: bool) -> None:
        """Replace all levels by a snapshot; ``complete`` means that no level exists beyond its last one."""
        sign = self._sign
        pairs = levels.tolist() if isinstance(levels, np.ndarray) else levels
        self._quantities = {float(price): float(quantity) for price, quantity in pairs if quantity}
        self._keys = sorted(sign * price for price in self._quantities)
        self._known_key = -inf if complete or not self._keys else self._keys[0]
        self.capacity = MAX_LEVELS if complete else min(MAX_LEVELS, max(MIN_LEVELS, len(self._keys)))
        self._prune()

    def update(self, levels: Iterable[Level]) -> None:
        """Apply absolute quantities; deleting a price that is absent is normal and has no effect."""
        quantities, keys, sign = self._quantities, self._keys, self._sign
        for price, quantity in levels:
            if quantity:
                if price not in quantities:
                    insort(keys, sign * price)
                quantities[price] = quantity
            elif price in quantities:
                del quantities[price]
                del keys[bisect_left(keys, sign * price)]
        if len(keys) > self.capacity * _SLACK:
            self._prune()

    def _prune(self) -> None:
        """Keep the best ``capacity`` levels; removing a known level moves ``known_to`` towards the best price."""
        excess = len(self._keys) - self.capacity
        if excess <= 0:
            return
        for key in self._keys[:excess]:
            del self._quantities[self._sign * key]
        del self._keys[:excess]
        self.pruned += excess
        self._known_key = max(self._known_key, self._keys[0])

    @property
    def complete(self) -> bool:
        """Whether every level of this side is known; an empty side then has no orders."""
        return self._known_key == -inf

    @property
    def known_to(self) -> float:
        """The worst price up to which every level is known: 0 for complete bids, infinity for complete asks."""
        if self.complete:
            return 0.0 if self._sign == 1 else inf
        return self._sign * self._known_key

    def covers(self, price: float) -> bool:
        """Whether every level from the best to ``price`` is known."""
        return self._sign * price >= self._known_key

    def best(self) -> Level | None:
        """Return the best level, or ``None`` when the side is empty."""
        if not self._keys:
            return None
        price = self._sign * self._keys[-1]
        return price, self._quantities[price]

    def walk(self) -> Iterator[Level]:
        """Yield levels from the best to the worst; valid until the next update."""
        sign, quantities = self._sign, self._quantities
        for key in reversed(self._keys):
            price = sign * key
            yield price, quantities[price]

    def known(self) -> NDArray[np.float64]:
        """Return the completely known levels, (k, 2) of price and quantity, best first."""
        keys = self._keys[bisect_left(self._keys, self._known_key) :]
        prices = [self._sign * key for key in reversed(keys)]
        quantities = [self._quantities[price] for price in prices]
        return np.column_stack([np.array(prices, np.float64), np.array(quantities, np.float64)])

    def top(self, count: int) -> list[Level]:
        """Return at most ``count`` best levels, best first, in time proportional to ``count``."""
        sign, quantities = self._sign, self._quantities
        if count <= 0:
            return []
        return [(price, quantities[price]) for price in [sign * key for key in self._keys[: -count - 1 : -1]]]

    def within(self, limit_price: float) -> list[Level]:
        """Return the levels not worse than ``limit_price``, best first."""
        return self.top(len(self._keys) - bisect_left(self._keys, self._sign * limit_price))
