"""Trades of one hour: self-exciting arrivals whose signs persist and push the price, bridged onto the path."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.sandbox.exchange.market.factor import FloatArray
from utils.sandbox.exchange.market.intervals import MINUTE_MS, IntArray
from utils.sandbox.exchange.market.minutes import MinutePlan

BRANCHING_RATIO = 0.5
"""Share of trades that an earlier trade set off."""
OFFSPRING_DELAY_MS = 1_500.0
SAME_SIGN = 0.8
"""Chance that an offspring trade takes the side of its parent."""
IMPACT_SIGMA = 0.6
"""Signed, square-root-of-size push of a trade, in units of the minute's volatility over sqrt(trades)."""
UNSIGNED_SIGMA = 0.8


@dataclass(frozen=True, slots=True)
class RawTrades:
    """Trades before events and ids: UTC ms, price in ticks, lots, whether the taker sold."""

    time: IntArray
    price: IntArray
    lots: IntArray
    buyer_maker: NDArray[np.bool_]


def make_trades(plan: MinutePlan, first_open_ms: int, spread: int, rng: np.random.Generator) -> RawTrades:
    """All trades of the minutes in `plan` (one row of work per minute, padded to the busiest one).

    Every minute has exactly the planned number of trades and lots. Buys happen at the ask, sells at the bid,
    `spread` ticks apart around the mid price.
    """
    width = int(plan.trades.max())
    valid = np.arange(width) < plan.trades[:, None]
    offsets, signs = _arrivals(plan, width, valid, rng)
    lots = _split_lots(plan, valid, rng)
    mid = np.exp(_mid_path(plan, signs, lots, valid, rng))
    bid = np.maximum(np.floor(mid - 0.5 * (spread - 1)), 1).astype(np.int64)
    price = np.where(signs > 0, bid + spread, bid)
    opens = first_open_ms + MINUTE_MS * np.arange(len(plan.trades))[:, None]
    return RawTrades(
        time=(opens + offsets.astype(np.int64))[valid],
        price=price[valid],
        lots=lots[valid],
        buyer_maker=(signs < 0)[valid],
    )


def _arrivals(
    plan: MinutePlan, width: int, valid: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Offsets in ms inside the minute (ascending) and signs (+1 buy, -1 sell), both (minutes, width)."""
    shape = valid.shape
    rows = np.arange(shape[0])[:, None]
    parents = np.maximum(np.ceil(plan.trades * (1 - BRANCHING_RATIO)), 1).astype(np.int64)[:, None]
    is_parent = np.arange(width) < parents
    parent = (rng.random(shape) * parents).astype(np.int64)
    own_time = rng.random(shape) * MINUTE_MS
    own_sign = np.where(rng.random(shape) < plan.buy_share[:, None], 1.0, -1.0)
    born = own_time[rows, parent] + rng.exponential(OFFSPRING_DELAY_MS, shape)
    inherits = rng.random(shape) < SAME_SIGN
    offsets = np.where(is_parent, own_time, np.mod(born, MINUTE_MS))
    signs = np.where(~is_parent & inherits, own_sign[rows, parent], own_sign)
    order = np.argsort(np.where(valid, offsets, np.inf), axis=1, kind="stable")
    return offsets[rows, order], signs[rows, order]


def _split_lots(plan: MinutePlan, valid: NDArray[np.bool_], rng: np.random.Generator) -> IntArray:
    """Lots per trade, at least one each, that add up to the planned lots of the minute."""
    weights = rng.exponential(1.0, valid.shape) * valid
    spare = (plan.lots - plan.trades)[:, None]
    extra = np.floor(weights / weights.sum(axis=1, keepdims=True) * spare).astype(np.int64)
    lots = (extra + 1) * valid
    lots[:, 0] += plan.lots - lots.sum(axis=1)
    return np.asarray(lots)


def _mid_path(
    plan: MinutePlan, signs: FloatArray, lots: IntArray, valid: NDArray[np.bool_], rng: np.random.Generator
) -> FloatArray:
    """Log mid price in ticks after each trade: impact plus noise, bent so that the minute ends on the path."""
    count = plan.trades[:, None]
    relative = np.sqrt(lots / np.maximum(plan.lots[:, None] / count, 1.0))
    push = IMPACT_SIGMA * signs * relative + UNSIGNED_SIGMA * rng.standard_normal(valid.shape)
    walk = np.cumsum(push * valid, axis=1) * (plan.sigma[:, None] / np.sqrt(count))
    progress = np.minimum(np.arange(1, valid.shape[1] + 1) / count, 1.0)
    missing = (plan.after - plan.before)[:, None] - walk[:, -1:]
    return np.asarray(plan.before[:, None] + walk + progress * missing)
