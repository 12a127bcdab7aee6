"""What the taker volume of closed bars says: imbalance beside its own mean, and what of it the price did not follow.

A bar's imbalance is (2 * taker buying - volume) / volume. Its long-run mean differs from coin to coin and is not zero,
so it is read less its trailing mean. The return of the same bar follows it (correlation 0.4 to 0.5), the next bar's
does not: both numbers describe.
"""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.features.robust import CLIP
from analysis.features.windows import divide, lag, rolling_sum


@dataclass(frozen=True, slots=True, eq=False)
class BarFlow:
    """Per bar (n), in deviations of the bars before it: ``imbalance``, and ``absorption`` of the flow by the book."""

    imbalance: Floats
    absorption: Floats


def bar_flow(taker: Floats, volume: Floats, returns: Floats, window: int, least: int) -> BarFlow:
    """Return both for taker buying and volume in one unit and the log returns of the same bars, (n) each.

    ``imbalance``: x, the imbalance less its mean, over its deviation, both of the past ``window`` bars without the
    bar itself. ``absorption``: the residual e of the regression of the return r on x through the origin, b = sum(r x) /
    sum(x^2) of the same past bars (the signed-trade regression of Hasbrouck 1991, on whole bars), over that
    regression's own deviation; counted where e opposes x, and no further than the flow itself is unusual: sign(e)
    min(|z_e|, |z_x|), else 0. Above zero takers sold and the price fell less than that explains, or rose; below zero
    they bought and it rose less. No published indicator has this form. Both are clipped at 6, NaN where fewer than
    ``least`` of the past bars are known, where nothing was traded, and where the past does not vary.
    """
    raw = divide(2 * taker - volume, volume)
    past = _Past(window, least)
    centred = raw - past.mean(raw)
    size = np.sqrt(np.maximum(past.mean(raw**2) - past.mean(raw) ** 2, 0.0))
    flow = np.clip(divide(centred, np.where(size > SMALLEST, size, np.nan)), -CLIP, CLIP)
    pairs = np.where(np.isfinite(centred), returns, np.nan)
    moves, products = past.mean(pairs**2), past.mean(pairs * centred)
    squares = past.mean(np.where(np.isfinite(pairs), centred, np.nan) ** 2)
    slope = divide(products, squares)
    deviation = np.sqrt(np.maximum(moves - slope * products, 0.0))
    unexplained = np.clip(divide(returns - slope * centred, deviation), -CLIP, CLIP)
    held = np.sign(unexplained) * np.minimum(np.abs(unexplained), np.abs(flow))
    return BarFlow(flow, np.where(unexplained * flow < 0, held, 0.0 * held))


SMALLEST = 1e-7
"""Deviation of the imbalance below which it does not vary: rounding."""


@dataclass(frozen=True, slots=True)
class _Past:
    """Means over the bars before each bar."""

    window: int
    least: int

    def mean(self, values: Floats) -> Floats:
        known = np.isfinite(values)
        total, count = (self._sum(column) for column in (np.where(known, values, 0.0), known * 1.0))
        return lag(divide(total, np.where(count >= self.least, count, np.nan)), 1)

    def _sum(self, values: Floats) -> Floats:
        """Return sums of the last ``window`` values; before the first one stand zeros."""
        before = np.zeros(self.window - 1)
        return rolling_sum(np.concatenate([before, values]), self.window)[self.window - 1 :]
