"""Positioning statistics as arrays: each row with its stamp and the time from which it was known."""

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

S = TypeVar("S", bound="Statistic")


@dataclass(frozen=True, slots=True, eq=False)
class Statistic:
    """Rows oldest first; all arrays have the same length n.

    ``stamp`` is the exchange's own stamp (ms), ``known_at`` the time from which the row was available (ms).
    """

    symbol: str
    period: str
    stamp: NDArray[np.int64]
    known_at: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.stamp)

    def known(self: S, as_of: int) -> S:
        """Return only what was known at ``as_of`` (ms)."""
        return self._pick(slice(0, int(np.searchsorted(self.known_at, as_of, side="right"))))

    def tail(self: S, n: int) -> S:
        """Return the newest ``n`` rows."""
        return self._pick(slice(max(0, len(self) - n), len(self)))

    def since(self: S, stamp: int) -> S:
        """Return the rows with this stamp (ms) or a later one."""
        return self._pick(slice(int(np.searchsorted(self.stamp, stamp)), len(self)))

    @property
    def nbytes(self) -> int:
        """The size of all columns."""
        return sum(column.nbytes for column in _columns(self).values())

    def _pick(self: S, part: slice) -> S:
        return replace(self, **{name: column[part] for name, column in _columns(self).items()})


def union(ours: S, theirs: S) -> S:
    """Return the rows of both in order of stamps; ``ours`` wins where both have one."""
    _, first = np.unique(np.concatenate([ours.stamp, theirs.stamp]), return_index=True)
    others = _columns(theirs)
    joined: dict[str, Any] = {
        name: np.concatenate([column, others[name]])[first] for name, column in _columns(ours).items()
    }
    return replace(ours, **joined)


def _columns(rows: Statistic) -> dict[str, Any]:
    return {f.name: getattr(rows, f.name) for f in fields(rows) if f.name not in ("symbol", "period")}


@dataclass(frozen=True, slots=True, eq=False)
class OpenInterestHistory(Statistic):
    """``open_interest`` in base units, ``value_usd`` in quote units, ``supply`` in coins (NaN: not known)."""

    open_interest: NDArray[np.float64]
    value_usd: NDArray[np.float64]
    supply: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RatioHistory(Statistic):
    """``ratio`` longs per short; ``long_share`` and ``short_share`` as fractions of one."""

    ratio: NDArray[np.float64]
    long_share: NDArray[np.float64]
    short_share: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TakerHistory(Statistic):
    """Taker ``buy_volume`` and ``sell_volume`` in base units, ``ratio`` buy per sell volume.

    The stamp is the *start* of the period, so a row is known one period later.
    """

    ratio: NDArray[np.float64]
    buy_volume: NDArray[np.float64]
    sell_volume: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class BasisHistory(Statistic):
    """``basis`` = futures price minus index price (quote units), ``basis_rate`` the same as a fraction of the index."""

    index_price: NDArray[np.float64]
    futures_price: NDArray[np.float64]
    basis: NDArray[np.float64]
    basis_rate: NDArray[np.float64]
