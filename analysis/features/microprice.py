"""Stoikov's (2018) microprice: the expected mid after the next moves, from states of imbalance and spread.

"The micro-price: a high-frequency estimator of future prices", Quantitative Finance 18(12). A state is a class of
imbalance and a spread in ticks. G1 is the expected first mid move from a state, G* the expected sum of all of them.
"""

from array import array
from typing import Final

import numpy as np

from analysis.arrays import Floats
from utils.binance_api.touch import Touch

IMBALANCE_CLASSES: Final = 10
SPREAD_CLASSES: Final = 3
"""One tick, two ticks, and wider."""
STEPS: Final = 6
"""Mid moves that are followed: further ones change the result by less than 1e-3 of a tick on real books."""
LEAST_MOVES: Final = 100
"""Mid moves seen, below which no estimate is given."""
REFIT_MOVES: Final = 100
REFIT_SHARE: Final = 0.1
STATES: Final = IMBALANCE_CLASSES * SPREAD_CLASSES


class MicropriceModel:
    """Counts transitions between states as quotes arrive, each O(1), and solves for the microprice when asked.

    Every transition is counted with its mirror image (imbalance and move with the sign turned), as in the paper, so
    that a balanced book has no drift. ``tick_size`` in quote units. The estimate in force is renewed from all
    counts so far whenever the moves have grown by ``REFIT_MOVES`` and by ``REFIT_SHARE``.
    """

    __slots__ = (
        "_estimate",
        "_move_sums",
        "_moved",
        "_refit_at",
        "_state",
        "_stayed",
        "_tick",
        "_touch",
        "moves",
    )

    def __init__(self, tick_size: float) -> None:
        self._tick = tick_size
        self._touch: Touch | None = None
        self._state = 0
        self._stayed = array("q", [0]) * (STATES * STATES)
        self._moved = array("q", [0]) * (STATES * STATES)
        self._move_sums = array("d", [0.0]) * STATES
        self._estimate: list[float] | None = None
        self._refit_at = LEAST_MOVES
        self.moves = 0

    def add(self, touch: Touch) -> None:
        """Add one quote in the order of updates."""
        before, previous, self._touch = self._touch, self._state, touch
        if before is not None and before.bid == touch.bid and before.ask == touch.ask:
            self._state = previous - previous % IMBALANCE_CLASSES + _imbalance_class(touch)
            self._stayed[previous * STATES + self._state] += 1
            return
        self._state = self.state_of(touch)
        if before is None:
            return
        cell = previous * STATES + self._state
        move = (touch.bid + touch.ask - before.bid - before.ask) / (2.0 * self._tick)
        if abs(move) < 0.25:  # the mid moves by half ticks
            self._stayed[cell] += 1
            return
        self._moved[cell] += 1
        self._move_sums[previous] += move
        self.moves += 1
        if self.moves >= self._refit_at:
            self._estimate = self._solved()
            self._refit_at = self.moves + max(REFIT_MOVES, int(REFIT_SHARE * self.moves))

    def lost(self) -> None:
        """Forget the newest quote: quotes may be missing from now on."""
        self._touch = None

    def state_of(self, touch: Touch) -> int:
        """Return the state of a quote: spread class * 10 + imbalance class."""
        ticks = round((touch.ask - touch.bid) / self._tick)
        return (min(max(ticks, 1), SPREAD_CLASSES) - 1) * IMBALANCE_CLASSES + _imbalance_class(touch)

    @property
    def deviation(self) -> float | None:
        """(Microprice - mid) / spread at the newest quote; ``None`` without one and below 100 mid moves."""
        touch, estimate = self._touch, self._estimate
        if touch is None or estimate is None:
            return None
        return estimate[self._state] * self._tick / (touch.ask - touch.bid)

    @property
    def adjustments(self) -> Floats | None:
        """Microprice - mid by state, in ticks, (30), as estimated last; ``None`` below 100 mid moves.

        States that were never left by a move have the adjustment 0.
        """
        return None if self._estimate is None else np.array(self._estimate)

    def _solved(self) -> list[float]:
        stayed = _symmetric(np.array(self._stayed, np.float64).reshape(STATES, STATES))
        moved = _symmetric(np.array(self._moved, np.float64).reshape(STATES, STATES))
        sums = np.array(self._move_sums)
        found: list[float] = expected_moves(stayed, moved, sums - sums[_MIRROR]).tolist()
        return found


_MIRROR: Final = np.arange(STATES).reshape(SPREAD_CLASSES, IMBALANCE_CLASSES)[:, ::-1].ravel()


def _imbalance_class(touch: Touch) -> int:
    total = touch.bid_quantity + touch.ask_quantity
    found = int(touch.bid_quantity / total * IMBALANCE_CLASSES) if total else 0
    return found if found < IMBALANCE_CLASSES else IMBALANCE_CLASSES - 1


def _symmetric(counts: Floats) -> Floats:
    return np.asarray(counts + counts[np.ix_(_MIRROR, _MIRROR)])


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
