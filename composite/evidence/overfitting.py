"""The probability of backtest overfitting: how often the variant that was best on one half is below the median of all
on the other.

Bailey, Borwein, López de Prado and Zhu (2017), combinatorially symmetric cross-validation: the span is cut into equal
blocks of time, and every choice of half of them is once the sample on which the best variant is chosen.
"""

from itertools import combinations
from typing import Final, NamedTuple

import numpy as np

from analysis.arrays import Floats

BLOCKS: Final = 16
AT_ONCE: Final = 1024


class Overfitting(NamedTuple):
    """``probability`` in [0, 1]; the mean Sharpe ratio of the chosen variants ``inside`` and ``outside``, per bar."""

    probability: float
    inside: float
    outside: float


def overfitting_probability(returns: Floats, blocks: int = BLOCKS) -> Overfitting | None:
    """Return it for the returns (n, m) of m variants over the same bars; ``None`` below 2 variants or 2 bars a block.

    A row with an unknown return counts for none of them. ``ValueError`` where the number of blocks is odd.
    """
    if blocks % 2:
        raise ValueError(f"the number of blocks must be even, was {blocks}")
    known = returns[np.isfinite(returns).all(axis=1)]
    if returns.shape[1] < 2 or len(known) < 2 * blocks:
        return None
    count = len(known) // blocks
    cut = known[: count * blocks].reshape(blocks, count, -1)
    sums, squares = cut.sum(axis=1), (cut**2).sum(axis=1)
    chosen = _halves(blocks)
    below, inside, outside = [], [], []
    for start in range(0, len(chosen), AT_ONCE):
        part = chosen[start : start + AT_ONCE]
        first = _sharpes(part, sums, squares, count)
        second = _sharpes(1 - part, sums, squares, count)
        best = first.argmax(axis=1)
        each = np.arange(len(best))
        below.append(_rank_below_median(second, second[each, best]))
        inside.append(first[each, best])
        outside.append(second[each, best])
    return Overfitting(*(float(np.concatenate(column).mean()) for column in (below, inside, outside)))


def _halves(blocks: int) -> Floats:
    """Every choice of half the blocks, (choices, blocks), 1 where chosen."""
    choices = list(combinations(range(blocks), blocks // 2))
    chosen = np.zeros((len(choices), blocks))
    np.put_along_axis(chosen, np.array(choices), 1.0, axis=1)
    return chosen


def _sharpes(chosen: Floats, sums: Floats, squares: Floats, count: int) -> Floats:
    n = chosen.sum(axis=1, keepdims=True) * count
    mean = chosen @ sums / n
    spread = np.sqrt(np.maximum(chosen @ squares / n - mean**2, 0.0))
    return np.where(spread > 0, mean / np.where(spread > 0, spread, 1.0), 0.0)


def _rank_below_median(all_of: Floats, best: Floats) -> Floats:
    """1 where the chosen one's relative rank is at or below the middle (logit <= 0), half where it is tied there."""
    below = (all_of < best[:, None]).sum(axis=1) + 0.5 * ((all_of == best[:, None]).sum(axis=1) - 1)
    share = (below + 1) / (all_of.shape[1] + 1)
    return np.where(share < 0.5, 1.0, np.where(share == 0.5, 0.5, 0.0))
