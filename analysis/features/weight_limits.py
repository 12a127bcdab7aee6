"""Limits of weights: long-only, none above a cap, none below the smallest position worth holding.

What the limits leave over stays in cash, so that weights and cash sum to 1.
"""

import numpy as np

from analysis.arrays import Floats


def capped(weights: Floats, cap: float) -> Floats:
    """Return weights (k, long-only) of at most ``cap``; what is cut off goes to the others in proportion.

    They sum to what they summed to, or to k * cap where the cap leaves no room for it.
    """
    total = min(float(weights.sum()), cap * int((weights > 0).sum()))
    full, result = np.zeros(len(weights), dtype=np.bool_), weights.copy()
    while (over := (result > cap) & ~full).any():
        full |= over
        rest = float(weights[~full].sum())
        left = max(total - cap * int(full.sum()), 0.0)
        result = np.where(full, cap, weights * (left / rest if rest > 0 else 0.0))
    return result


def without_small(weights: Floats, smallest: float, cap: float) -> Floats:
    """Return weights without positions below ``smallest``: the smallest goes first, its money to the others.

    One position stays whatever its size; all at most ``cap``.
    """
    result = capped(weights, cap)
    while True:
        held = result > 0
        small = held & (result < smallest)
        if not small.any() or int(held.sum()) < 2:
            return result
        last = int(np.argmin(np.where(held, result, np.inf)))
        kept = np.where(np.arange(len(result)) == last, 0.0, result)
        result = capped(kept * (float(result.sum()) / float(kept.sum())), cap)
