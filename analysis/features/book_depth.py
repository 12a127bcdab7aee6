"""How a book leans and how deep it is: imbalance by levels, bands and distance, cost to fill, elasticity of depth.

Every measure takes both sides as (bids, asks), as ladders or as the known levels, (k, 2) of price and quantity, best
first. What the kept book does not reach is ``None``, never a part of it.
"""

from typing import Final

import numpy as np

from analysis.arrays import Floats
from utils.binance_api.book.ladder import Ladder
from utils.binance_api.book.measures import Aggressor, balance, depth_within, level_imbalance, sweep_cost
from utils.binance_api.touch import Touch
from utils.units import BASIS_POINTS

Sides = tuple[Ladder, Ladder]
DECAY_BPS: Final = 10.0
"""Distance from the mid at which an order weighs 1/e of one at the mid."""
GRID: Final = 25
"""Distances, evenly spaced by their logarithm, over which the elasticity is estimated."""
LEAST_SPAN: Final = 2.0
"""Least ratio of the farthest to the nearest distance that has an elasticity."""


def touch_of(sides: Sides) -> Touch | None:
    """Return the best quotes, ``None`` where a side is empty or the book crossed."""
    bid, ask = sides[0].best(), sides[1].best()
    return Touch(*bid, *ask) if bid is not None and ask is not None and bid[0] < ask[0] else None


def reach_bps(sides: Sides, touch: Touch) -> float:
    """Return the distance from the mid up to which both sides are known, in bps; infinite for complete sides."""
    bids, asks = sides
    low = touch.mid - bids.known_to if not bids.complete else np.inf
    return float(min(low, asks.known_to - touch.mid) / touch.mid * BASIS_POINTS)


def levels_balance(sides: Sides, levels: int) -> float | None:
    """Return (B - A) / (B + A) of the best levels, in [-1, 1]; ``None`` where a side is known to fewer."""
    if any(len(side) < levels and not side.complete for side in sides):
        return None
    return level_imbalance(*sides, levels)


def band_balance(sides: Sides, touch: Touch, bps: float) -> float | None:
    """Return (B - A) / (B + A) within ``bps`` of the mid; ``None`` where the book does not reach, or nothing rests."""
    found = depth_within(*sides, touch, bps)
    return found.imbalance if found.complete else None


def weighted_balance(bids: Floats, asks: Floats, touch: Touch, reach: float) -> float | None:
    """Return (B - A) / (B + A) of known levels with weights exp(-distance / 10 bps), up to the reach of both (bps)."""
    return balance(*(_weighted(levels, touch.mid, reach) for levels in (bids, asks)))


def fill_cost(sides: Sides, touch: Touch, notional: float, side: Aggressor) -> float | None:
    """Return what filling ``notional`` quote units costs against the mid (bps); ``None`` where it does not fit."""
    return sweep_cost(sides[1] if side == "buy" else sides[0], touch, notional, side)


def elasticity(levels: Floats, touch: Touch) -> float | None:
    """Return d ln(cumulative depth) / d ln(distance from the mid) of one side, by least squares.

    1 is a book of even density, below 1 one that thins out away from the touch. ``None`` where the known levels span
    less than a doubling of the distance.
    """
    distance = np.abs(levels[:, 0] - touch.mid)
    if len(distance) < 3 or distance[-1] < LEAST_SPAN * distance[0]:
        return None
    grid = np.geomspace(distance[0], distance[-1], GRID)
    depth = np.cumsum(levels[:, 1])[np.searchsorted(distance, grid * (1 + 1e-12), side="right") - 1]
    return _slope(np.log(grid), np.log(depth))


def _slope(x: Floats, y: Floats) -> float:
    x = x - x.mean()
    return float(x @ y / (x @ x))


def _weighted(levels: Floats, mid: float, reach: float) -> float:
    distance = np.abs(levels[:, 0] - mid) / mid * BASIS_POINTS
    return float(levels[:, 1] @ (np.exp(-distance / DECAY_BPS) * (distance <= reach + 1e-9)))
