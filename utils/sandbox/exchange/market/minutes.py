"""One-minute bars of the past, made block by block from the path: extremes, turnover and taker share."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np

from utils.sandbox.exchange.market.bars import Bars
from utils.sandbox.exchange.market.factor import FloatArray
from utils.sandbox.exchange.market.instrument import Instrument
from utils.sandbox.exchange.market.intervals import MINUTE_MS, IntArray

BLOCK_DAYS = 30
BLOCK_MINUTES = BLOCK_DAYS * 1_440
KEPT_BLOCKS = 24

SHARE_PER_SIGMA = 0.12
"""Taker-buy share above one half for a minute that rises by one standard deviation."""
SHARE_NOISE = 0.08
"""Standard deviation of the share that has nothing to do with the price."""
MAX_LOTS = 2**40


@dataclass(frozen=True, slots=True)
class MinutePlan:
    """What each minute of a stretch will be: log prices (in ticks) and whole ticks at its ends, volatility, lots,
    trades, share."""

    before: FloatArray
    after: FloatArray
    opened: IntArray
    closed: IntArray
    sigma: FloatArray
    lots: IntArray
    trades: IntArray
    buy_share: FloatArray

    def part(self, index: slice) -> "MinutePlan":
        """A stretch of the plan."""
        return MinutePlan(
            self.before[index],
            self.after[index],
            self.opened[index],
            self.closed[index],
            self.sigma[index],
            self.lots[index],
            self.trades[index],
            self.buy_share[index],
        )


class MinuteBlocks:
    """Plans and bars per (instrument, block of 30 days), the most recent ones kept."""

    def __init__(self, seed: int, genesis_ms: int) -> None:
        self._seed = seed
        self._genesis_ms = genesis_ms
        self._plans: OrderedDict[tuple[str, str, int], MinutePlan] = OrderedDict()
        self._bars: OrderedDict[tuple[str, str, int], Bars] = OrderedDict()

    def plan(self, instrument: Instrument, block: int) -> MinutePlan:
        """The plan of one block; the block must lie inside the path."""
        key = (instrument.kind, instrument.symbol, block)
        if key not in self._plans:
            self._plans[key] = make_plan(instrument, block, self._rng(instrument, block, 0))
            _trim(self._plans)
        return self._plans[key]

    def bars(self, instrument: Instrument, block: int) -> Bars:
        """The one-minute bars of one block."""
        key = (instrument.kind, instrument.symbol, block)
        if key not in self._bars:
            rng = self._rng(instrument, block, 1)
            opens = self._genesis_ms + MINUTE_MS * np.arange(
                block * BLOCK_MINUTES, (block + 1) * BLOCK_MINUTES
            )
            self._bars[key] = bars_of_plan(self.plan(instrument, block), opens, rng)
            _trim(self._bars)
        return self._bars[key]

    def _rng(self, instrument: Instrument, block: int, use: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, 3, *instrument.seed_key, block, use])


def make_plan(instrument: Instrument, block: int, rng: np.random.Generator) -> MinutePlan:
    """Turnover follows volatility and the size of the move; the taker share follows its direction."""
    first = block * BLOCK_MINUTES
    log_price = instrument.log_price(first - 1, first + BLOCK_MINUTES - 1)
    hours = BLOCK_MINUTES // 60
    sigma = np.repeat(instrument.path.sigma(first // 60, hours), 60)
    moved = np.diff(log_price) / sigma
    liveliness = np.repeat(instrument.path.activity(first // 60, hours), 60)
    size = np.abs(moved)
    np.minimum(size, 6.0, out=size)
    size -= 0.8
    size *= 0.3
    liveliness += size
    liveliness += 0.45 * rng.standard_normal(BLOCK_MINUTES, dtype=np.float32)
    tick_lot = 10.0 ** -(instrument.tick_digits + instrument.lot_digits)
    price = np.exp(log_price)
    lots = np.exp(liveliness - 0.1)
    lots *= instrument.usd_per_minute
    lots /= price[1:] * tick_lot
    whole_lots = np.clip(np.rint(lots, out=lots), 1, MAX_LOTS, out=lots).astype(np.int64)
    trades = np.exp(0.6 * liveliness)
    trades *= instrument.trades_per_minute
    most = np.minimum(4.0 * instrument.trades_per_minute, lots)
    np.minimum(np.maximum(np.rint(trades, out=trades), 1.0, out=trades), most, out=trades)
    ends = whole_ticks(price)
    share = 0.5 + SHARE_PER_SIGMA * moved + SHARE_NOISE * rng.standard_normal(BLOCK_MINUTES, dtype=np.float32)
    return MinutePlan(
        before=log_price[:-1],
        after=log_price[1:],
        opened=ends[:-1],
        closed=ends[1:],
        sigma=sigma,
        lots=whole_lots,
        trades=trades.astype(np.int64),
        buy_share=np.clip(share, 0.04, 0.96),
    )


def bars_of_plan(plan: MinutePlan, opens: IntArray, rng: np.random.Generator) -> Bars:
    """Bars whose extremes are those of a Brownian bridge between the two ends of each minute.

    The maximum of a bridge from a to c over unit time with deviation s is
    (a + c + sqrt((c - a)^2 - 2 s^2 ln U)) / 2 with U uniform (Karatzas and Shreve, 1991, section 4.3).
    """
    span = (plan.after - plan.before) ** 2
    middle = plan.before + plan.after
    spread = 2 * plan.sigma**2
    high = middle + _beyond(span, spread, rng)
    low = middle - _beyond(span, spread, rng)
    high *= 0.5
    low *= 0.5
    open_, close = plan.opened, plan.closed
    high_ticks = np.maximum(whole_ticks(np.exp(high, out=high)), np.maximum(open_, close))
    low_ticks = np.minimum(whole_ticks(np.exp(low, out=low)), np.minimum(open_, close))
    taker = np.rint(plan.lots * plan.buy_share).astype(np.int64)
    typical = (open_ + close + high_ticks + low_ticks) / 4
    return Bars(
        open_time=opens.astype(np.int64),
        open=open_,
        high=high_ticks,
        low=low_ticks,
        close=close,
        volume=plan.lots,
        quote=np.rint(typical * plan.lots).astype(np.int64),
        trades=plan.trades,
        taker_base=taker,
        taker_quote=np.rint(typical * taker).astype(np.int64),
    )


def whole_ticks(price: FloatArray) -> IntArray:
    """Whole ticks, at least one, nearest to prices in ticks."""
    return np.maximum(np.rint(price), 1).astype(np.int64)


def _beyond(span: FloatArray, spread: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The square root in the formula of `bars_of_plan`, with a draw for each minute."""
    drawn = np.subtract(1.0, rng.random(len(span)))
    np.log(drawn, out=drawn)
    drawn *= spread
    np.subtract(span, drawn, out=drawn)
    return np.sqrt(drawn, out=drawn)


def _trim(kept: OrderedDict[tuple[str, str, int], Any]) -> None:
    while len(kept) > KEPT_BLOCKS:
        kept.popitem(last=False)
