"""A score held as a position, bar by bar, so that its fees and its Sharpe ratio can be counted.

Long in the top fifth of the trailing ranks, short in the bottom fifth, else flat: entered at the next open, and left
when the rank leaves. A rule to compare variants by, not advice.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats

SHARE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Costs:
    """Of trading: ``fee`` a side as a fraction, ``funding`` per bar that a long pays and a short receives."""

    fee: float = 0.0005
    funding: float = 0.0


def positions(ranks: Floats, share: float = SHARE) -> Floats:
    """Return 1, -1 or 0 per bar (n, k), decided at its close; 0 where the rank is unknown."""
    return np.where(ranks >= 1 - share, 1.0, 0.0) - np.where(ranks <= share, 1.0, 0.0)


def net_returns(position: Floats, opened: Floats, costs: Costs, funding: Floats | None = None) -> Floats:
    """Return the mean net log return over symbols (n) of holding ``position`` from the next open to the one after.

    ``funding`` (n, k) is what a long pays in the bar after each row, by default ``costs.funding``. A change of
    position pays the fee on its size. NaN where no symbol has both opens.
    """
    move = np.full(opened.shape, np.nan)
    move[:-2] = np.log(opened[2:]) - np.log(opened[1:-1])
    paid = position * (costs.funding if funding is None else funding)
    changed = np.abs(np.diff(position, axis=0, prepend=0.0))
    net = position * move - paid - costs.fee * changed
    known = np.isfinite(net)
    count = known.sum(axis=1)
    total = np.where(known, net, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
