"""Running totals kept at the end of every step of time: any window of whole steps is one subtraction.

An event adds to the totals, O(1). The total of the last n steps is what has been added since the end of the step before
them: nothing inside the window is read again, and what leaves it leaves exactly.
"""

from array import array
from collections.abc import Callable

import numpy as np

from analysis.arrays import Floats, Times

SECOND_MS = 1000


class StepTotals:
    """``width`` totals, and what they were at the end of each of the newest ``steps`` steps of ``step_ms``.

    Call ``open`` with the time of an event, then add to ``now[i]``. A price held in ``now[i]`` serves too: its
    difference over a window is its change. Rounding is that of the totals, 1e-16 of all that was ever added.
    ``border``, if given, is called with the end (UTC ms) of what is closed, to bring totals up to that moment first.
    """

    __slots__ = ("_border", "_ends", "_first", "_next_ms", "_size", "_step_ms", "_width", "now", "step")

    def __init__(
        self,
        width: int,
        steps: int,
        *,
        step_ms: int = SECOND_MS,
        border: Callable[[int], None] | None = None,
    ) -> None:
        if min(width, steps, step_ms) < 1:
            raise ValueError(
                f"width, steps and step_ms must be at least 1, were {width}, {steps} and {step_ms}"
            )
        self.now = [0.0] * width
        self.step = -1
        self._width = width
        self._size = steps + 1
        self._step_ms = step_ms
        self._first = -1
        self._next_ms = 0
        self._border = border
        self._ends = array("d", bytes(8 * width * self._size))

    @property
    def steps(self) -> int:
        """How many closed steps are kept, beside the open one."""
        return self._size - 1

    def open(self, time_ms: int) -> None:
        """Close the steps before that of ``time_ms`` (UTC ms); an event of an earlier step counts in the open one."""
        if time_ms < self._next_ms:
            return
        step = time_ms // self._step_ms
        if self.step < 0:
            self._first = step
            self._keep(step - 1)
        else:
            self._close_until(step)
        self.step = step
        self._next_ms = (step + 1) * self._step_ms

    def _close_until(self, step: int) -> None:
        for ended in range(max(self.step, step - self._size), step):
            if self._border is not None:
                self._border((ended + 1) * self._step_ms)
            self._keep(ended)

    def _keep(self, step: int) -> None:
        start = step % self._size * self._width
        self._ends[start : start + self._width] = array("d", self.now)

    def covered(self, steps: int) -> int:
        """Return how many of the last ``steps`` steps are known, the open one among them."""
        return 0 if self.step < 0 else min(steps, self.step - self._first + 1)

    def window(self, steps: int) -> list[float]:
        """Return what was added in the last ``steps`` steps, the open one among them, or since the beginning.

        Raises ``ValueError`` for more steps than are kept.
        """
        known = self.covered(self._checked(steps))
        if known == 0:
            return [0.0] * self._width
        start = (self.step - known) % self._size * self._width
        before = self._ends[start : start + self._width]
        return [total - earlier for total, earlier in zip(self.now, before, strict=True)]

    def at_ends(self, steps: int) -> Floats:
        """Return the totals at the end of the last ``steps`` closed steps and of the one before: (n + 1, width).

        Oldest first; fewer rows at the beginning, none before the first event. Differences of rows are the steps.
        """
        known = self.covered(self._checked(steps) + 1)
        slots = np.arange(self.step - known, self.step) % self._size
        return np.frombuffer(self._ends, np.float64).reshape(self._size, self._width)[slots]

    def numbers(self, steps: int) -> Times:
        """Return the numbers (UTC ms // ``step_ms``) of the last ``steps`` closed steps that are known, (n)."""
        known = max(0, self.covered(self._checked(steps) + 1) - 1)
        return np.arange(self.step - known, self.step, dtype=np.int64)

    def _checked(self, steps: int) -> int:
        if not 1 <= steps < self._size:
            raise ValueError(f"{self._size - 1} steps are kept, {steps} were asked")
        return steps
