"""Stoikov's (2018) microprice: the expected mid after the next moves, from states of imbalance and spread.

"The micro-price: a high-frequency estimator of future prices", Quantitative Finance 18(12). A state is a class of
imbalance and a spread in ticks. G1 is the expected first mid move from a state, G* the expected sum of all of them.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.windows import divide

IMBALANCE_CLASSES: Final = 10
SPREAD_CLASSES: Final = 3
"""One tick, two ticks, and wider."""
STEPS: Final = 6
"""Mid moves that are followed: further ones change the result by less than 1e-3 of a tick on real books."""
HALF_MOVE: Final = 0.25
"""Ticks from which a change of the mid counts: it moves by halves of a tick."""
LEAST_MOVES: Final = 100
"""Mid moves seen, below which no estimate is given."""
STATES: Final = IMBALANCE_CLASSES * SPREAD_CLASSES

Rows = NDArray[np.intp]
_MIRROR: Final = np.arange(STATES).reshape(SPREAD_CLASSES, IMBALANCE_CLASSES)[:, ::-1].ravel()


def imbalance_states(
    bid: Floats, bid_quantity: Floats, ask: Floats, ask_quantity: Floats, tick: float
) -> Rows:
    """Return the state of each quote (n), spread class * 10 + imbalance class; prices and ``tick`` in quote units.

    An unknown quote (NaN) has the first state: its mid is unknown too.
    """
    share = np.nan_to_num(divide(bid_quantity, bid_quantity + ask_quantity))
    imbalance = np.minimum((share * IMBALANCE_CLASSES).astype(np.intp), IMBALANCE_CLASSES - 1)
    ticks = np.nan_to_num(np.rint((ask - bid) / tick))
    spread = np.clip(ticks, 1, SPREAD_CLASSES).astype(np.intp) - 1
    return np.asarray(spread * IMBALANCE_CLASSES + imbalance, np.intp)


def mid_adjustments(states: Rows, mid: Floats, tick: float) -> Floats | None:
    """Return microprice - mid by state, in ticks, (30), from consecutive quotes: states (n) and mids (n, quote units).

    Every transition counts together with its mirror image (imbalance and move with the sign turned), as in the paper,
    so that a balanced book has no drift. Transitions from or to an unknown mid (NaN) do not count. ``None`` below 100
    moves of the mid; 0 for states that no move has left.
    """
    moves = np.diff(mid) / tick
    did = np.abs(moves) >= HALF_MOVE
    if np.count_nonzero(did) < LEAST_MOVES:
        return None
    cells = states[:-1] * STATES + states[1:]
    did_not = np.isfinite(moves) & ~did
    stayed, moved = (
        _symmetric(np.bincount(cells[rows], minlength=STATES**2).reshape(STATES, STATES))
        for rows in (did_not, did)
    )
    sums = np.asarray(np.bincount(states[:-1][did], moves[did], STATES), np.float64)
    return expected_moves(stayed, moved, sums - sums[_MIRROR])


def _symmetric(counts: NDArray[np.intp]) -> Floats:
    return np.asarray(counts + counts[np.ix_(_MIRROR, _MIRROR)], np.float64)


def expected_moves(stayed: Floats, moved: Floats, move_sums: Floats, steps: int = STEPS) -> Floats:
    """Return the expected sum of the next ``steps`` mid moves by state, in the unit of the moves, (k).

    ``stayed`` and ``moved`` (k, k) count transitions without and with a mid move, ``move_sums`` (k) the moves out of
    each state. With Q, T the transition probabilities and r the mean move per transition: G1 = (1 - Q)^-1 r,
    B = (1 - Q)^-1 T, G* = G1 + B G1 + B^2 G1 + ...
    """
    total = np.where(moved.sum(axis=1) > 0, stayed.sum(axis=1) + moved.sum(axis=1), np.inf)
    solve = np.linalg.inv(np.eye(len(total)) - stayed / total[:, None])
    first, step = solve @ (move_sums / total), solve @ (moved / total[:, None])
    result, term = first, first
    for _ in range(steps - 1):
        term = step @ term
        result = result + term
    return np.asarray(result, dtype=np.float64)
