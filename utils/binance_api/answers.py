"""Values with the time that they describe."""

from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

ROWS_BESIDE: Final = 20
"""What an answer takes beside its rows."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A value with the time that it describes.

    ``as_of`` is the exchange's own stamp, or, where it sends none, the time at which the request was sent (ms, exchange
    time), so that a value never counts as newer than it is. ``source`` names the endpoint.
    """

    value: T
    as_of: int
    source: str
    fetched_at: int

    def age_ms(self, now: int) -> int:
        """Return the age of the value (ms) at ``now`` (ms, exchange time)."""
        return now - self.as_of


def rows_of(answer: Answer[Any]) -> int:
    """Return about how many rows' worth of memory an answer takes, 100 to 250 bytes each."""
    rows = len(answer.value) if isinstance(answer.value, list) else 0
    return rows + ROWS_BESIDE


def with_value(answer: Answer[Any], value: T) -> Answer[T]:
    """Return the answer with another value and the same times."""
    return Answer(value, answer.as_of, answer.source, answer.fetched_at)


@dataclass(frozen=True, slots=True, eq=False)
class Depth:
    """An order book snapshot: ``bids`` and ``asks`` are float64[n, 2] of (price, base quantity), best first."""

    symbol: str
    last_update_id: int
    bids: NDArray[np.float64]
    asks: NDArray[np.float64]
