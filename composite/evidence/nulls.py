"""Markets without anything to forecast, made from real bars: what the same pipeline says about them is its bias.

- random walk: independent normal log returns of the sample's variance, ranges scaled with them;
- blocks: the real bars in another order, runs of them kept together, so that what lasts longer than a run is gone;
- signs: each bar turned over at random, so that volatility stays as it was and no direction lasts.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.stationary_bootstrap import stationary_rows
from utils.binance_api.bars import Bars

MEAN_BLOCK: Final = 50
"""Bars that a run of shuffled ones has on average."""


def random_walk(bars: Bars, seed: int) -> Bars:
    """Return bars at the same times whose log returns are independent and normal, with the sample's deviation."""
    generator = np.random.default_rng(seed)
    steps = np.diff(np.log(bars.close))
    sigma = float(steps.std())
    close = sigma * generator.standard_normal(len(bars))
    close[0] = 0.0
    reach = sigma * np.abs(generator.standard_normal((2, len(bars)))) / 2
    shapes = np.column_stack(
        [np.zeros(len(bars)), np.maximum(close, 0) + reach[0], np.minimum(close, 0) - reach[1], close]
    )
    return _rebuilt(bars, shapes)


def shuffled_blocks(bars: Bars, seed: int) -> Bars:
    """Return the same bars in the order of one stationary bootstrap, volumes with them, times as they were."""
    rows = stationary_rows(len(bars), MEAN_BLOCK, 1, seed)[0]
    return _rebuilt(bars, _shapes(bars)[rows], rows)


def shuffled_signs(bars: Bars, seed: int) -> Bars:
    """Return the same bars, each turned upside down about its former close with chance one half."""
    turned = np.random.default_rng(seed).random(len(bars)) < 0.5
    shapes = _shapes(bars)
    opened, high, low, close = shapes[turned].T
    shapes[turned] = np.column_stack([-opened, -low, -high, -close])
    return _rebuilt(bars, shapes, flipped=turned)


NULLS: Final[Mapping[str, Callable[[Bars, int], Bars]]] = {
    "random walk": random_walk,
    "shuffled blocks": shuffled_blocks,
    "shuffled signs": shuffled_signs,
}


def reversed_signal(score: Floats) -> Floats:
    """Return a score (n, k) backwards in time: as persistent as it was, and about nothing that comes after."""
    return score[::-1]


def _shapes(bars: Bars) -> Floats:
    """Log open, high, low and close of each bar over the close before it, (n, 4); the first over its own open."""
    before = np.log(np.concatenate([bars.open[:1], bars.close[:-1]]))
    logs = np.log(np.column_stack([bars.open, bars.high, bars.low, bars.close]))
    return np.asarray(logs - before[:, None])


def _rebuilt(
    bars: Bars,
    shapes: Floats,
    rows: NDArray[np.int64] | None = None,
    flipped: NDArray[np.bool_] | None = None,
) -> Bars:
    path = np.log(bars.open[0]) + np.concatenate([[0.0], np.cumsum(shapes[:-1, 3])])
    prices = np.exp(path[:, None] + shapes)
    at = np.arange(len(bars)) if rows is None else rows
    base, quote = bars.taker_base[at], bars.taker_quote[at]
    if flipped is not None:
        base = np.where(flipped, bars.volume[at] - base, base)
        quote = np.where(flipped, bars.quote_volume[at] - quote, quote)
    return replace(
        bars,
        open=prices[:, 0],
        high=prices.max(axis=1),
        low=prices.min(axis=1),
        close=prices[:, 3],
        volume=bars.volume[at],
        quote_volume=bars.quote_volume[at],
        taker_base=base,
        taker_quote=quote,
        trades=bars.trades[at],
    )
