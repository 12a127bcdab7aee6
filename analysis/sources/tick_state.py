"""What is measured of a followed symbol as its ticks arrive: one state for all stream modules, bounded in memory.

Every formula is in ``analysis.features``; here is which of them run, over how long, and what each is fed. A reader
calls ``advance`` and then reads the windows it wants.
"""

from math import log, sqrt
from typing import Final

from analysis.features.delayed_flow import DelayedFlow, Delays
from analysis.features.depth_map import DepthMap
from analysis.features.level_flow import LEVELS, LevelFlow
from analysis.features.microprice import MicropriceModel
from analysis.features.quote_flow import QuoteFlow
from analysis.features.refill import RefillMeter
from analysis.features.step_totals import SECOND_MS, StepTotals
from analysis.features.survival import QuoteLives
from analysis.features.trade_flow import TradeFlow
from analysis.features.traded_spread import SpreadMeter, spot_quote_time
from utils.binance_api.book.book import OrderBook
from utils.binance_api.streams.events import AggTrade, BookTickerUpdate
from utils.binance_api.ticks.levels import BookLevels
from utils.binance_api.touch import Touch
from utils.binance_api.trades.agg_trades import AggTrades
from utils.units import BASIS_POINTS

HOUR_S: Final = 3600
QUARTER_S: Final = 900
SLOW_S: Final = 4 * HOUR_S
SLOW_STEP_MS: Final = 10_000
SETTLE_MS: Final = 1_000
"""Quotes arrive within this time: what waits for quotes of earlier moments goes on without."""
FLOW_TAU_MS: Final = 10_000.0
LATE_MS: Final = 1_000.0
"""Memory of the latency-adjusted flow, and the delay beyond which a message is left out of it."""
LIVES_KEPT: Final = 1_024
NEAR_LEVELS: Final = 5
"""Levels whose depth is watched for sweeps and refills."""


class TickState:
    """The accumulators of one symbol; times are the exchange's (UTC ms).

    All reach back a quarter of an hour; ``hour_flow`` (signed notional, quote units) and ``hour_mid`` (log mid, bps)
    keep one number a second for a whole one, ``slow_mid`` and ``slow_flow`` (signed notional and its signed root) one
    every ``SLOW_STEP_MS`` for ``SLOW_S``.
    ``microprice`` is ``None`` where the price step is not known.
    ``quote_delays`` are those of quotes, ``delayed.delays`` those of trades: from the exchange's stamp to receipt.
    ``refill`` of bids and asks; ``received_ms`` is when the newest live event came, ``quoted_ms`` the
    exchange's time of the newest quote.
    """

    def __init__(self, tick_size: float | None) -> None:
        self.trades = TradeFlow(QUARTER_S)
        self.quotes = QuoteFlow(QUARTER_S)
        self.hour_flow = StepTotals(1, HOUR_S)
        self.hour_mid = StepTotals(1, HOUR_S)
        slow_steps = SLOW_S * SECOND_MS // SLOW_STEP_MS
        self.slow_mid = StepTotals(1, slow_steps, step_ms=SLOW_STEP_MS)
        self.slow_flow = StepTotals(2, slow_steps, step_ms=SLOW_STEP_MS)
        self.spreads = SpreadMeter(QUARTER_S)
        self.levels = LevelFlow(QUARTER_S)
        self.lives = QuoteLives(LIVES_KEPT)
        self.microprice = MicropriceModel(tick_size) if tick_size else None
        self.delayed = DelayedFlow(FLOW_TAU_MS, LATE_MS, QUARTER_S)
        self.quote_delays = Delays()
        self.depth = DepthMap()
        self.refill = RefillMeter(), RefillMeter()
        self.last_price: float | None = None
        self._mid = 0.0
        self.received_ms: int | None = None
        self.quoted_ms: int | None = None

    def history(self, trades: AggTrades) -> None:
        """Take the trades before the stream."""
        columns = (trades.time, trades.price, trades.visible, trades.side)
        for time, price, quantity, side in zip(*(column.tolist() for column in columns), strict=True):
            if quantity > 0.0:
                self._add(time, price, quantity, side)
        if len(trades):
            self.last_price = float(trades.price[-1])

    def trade(self, trade: AggTrade, received_ms: int | None) -> None:
        """Take one trade; the part of it that met RPI orders is in no visible book and is left out."""
        quantity = trade.quantity if trade.visible_quantity is None else trade.visible_quantity
        self.last_price = trade.price
        if quantity <= 0.0:
            return
        side = -1 if trade.buyer_is_maker else 1
        self._add(trade.trade_ms, trade.price, quantity, side)
        if received_ms is not None:
            self.received_ms = received_ms
            self.spreads.trade(trade.trade_ms, trade.price, quantity, side)
            delay = float(received_ms - trade.trade_ms)
            self.delayed.add(trade.trade_ms, trade.price * quantity, side, delay)

    def _add(self, time_ms: int, price: float, quantity: float, side: int) -> None:
        self.trades.add(time_ms, price, quantity, side)
        self.hour_flow.open(time_ms)
        self.slow_flow.open(time_ms)
        notional = price * quantity
        self.hour_flow.now[0] += side * notional
        slow = self.slow_flow.now
        slow[0] += side * notional
        slow[1] += side * sqrt(notional)

    def quote(self, update: BookTickerUpdate, touch: Touch, received_ms: int) -> None:
        """Take the newest best quotes; on spot, which sends no time, that of receipt stands for it."""
        self.received_ms, time_ms = received_ms, update.transaction_ms
        if time_ms is None:
            time_ms = spot_quote_time(received_ms, self.delayed.delays.smallest or 0.0)
        else:
            self.quote_delays.add(float(received_ms - time_ms))
        self.quoted_ms, mid = time_ms, touch.mid
        self.quotes.add(time_ms, touch)
        self._hold_mid(time_ms, mid)
        self.spreads.quote(time_ms, mid)
        self.lives.add(time_ms, touch)
        if self.microprice is not None:
            self.microprice.add(touch)
            self.quotes.hold_fair(self.microprice.deviation)

    def _hold_mid(self, time_ms: int, mid: float) -> None:
        hour, slow = self.hour_mid, self.slow_mid
        if hour.step < 0:  # the first steps begin at the first mid
            hour.now[0] = slow.now[0] = log(mid) * BASIS_POINTS
        hour.open(time_ms)
        slow.open(time_ms)
        if mid != self._mid:
            self._mid = mid
            hour.now[0] = slow.now[0] = log(mid) * BASIS_POINTS

    def quotes_lost(self, now_ms: int) -> None:
        """Count nothing that depends on quotes until the next one."""
        self.quotes.lost(now_ms)
        self.spreads.lost()
        self.lives.lost()
        if self.microprice is not None:
            self.microprice.lost()

    def book(self, event_ms: int, book: OrderBook) -> None:
        """Take the kept book after an update."""
        bids, asks = book.top(LEVELS)
        self.levels.add(event_ms, bids, asks)
        for meter, side in zip(self.refill, (bids, asks), strict=True):
            meter.add(event_ms, sum(quantity for _, quantity in side[:NEAR_LEVELS]))

    def book_lost(self) -> None:
        """Count nothing that depends on the book until its next update in sync."""
        self.levels.lost()
        for meter in self.refill:
            meter.lost()

    def tick(self, now_ms: int, book: OrderBook | None) -> None:
        """Sample the book where that is due."""
        if book is not None and self.depth.due(now_ms):
            self.depth.sample(*book.sides, book.best().mid, now_ms)

    def sample(self, levels: BookLevels, now_ms: int) -> None:
        """Sample a book that is not followed yet; nothing where a side of it is empty."""
        bids, asks = levels.sides()
        best = bids.best(), asks.best()
        if best[0] is not None and best[1] is not None:
            self.depth.sample(bids, asks, (best[0][0] + best[1][0]) / 2, now_ms)

    def advance(self, now_ms: int) -> None:
        """Let time pass to now, so that windows end with this second."""
        self.trades.advance(now_ms)
        self.quotes.advance(now_ms)
        for totals in (self.hour_flow, self.hour_mid, self.slow_mid, self.slow_flow):
            if totals.step >= 0:
                totals.open(now_ms)
        self.spreads.advance(now_ms - SETTLE_MS)
