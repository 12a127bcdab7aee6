"""Seeded ticks of a quarter of an hour through the accumulators, and minute bars before them."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from analysis.flow.inputs import PARTS, FlowInputs
from analysis.flow.reading import FlowReading, flow_reading
from analysis.framework.question import stamp
from analysis.sources.live_ticks import NOT_KEPT, TicksNow, live_notes
from analysis.sources.tick_state import TickState
from config.c_order import OrderFlowConfig
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars
from utils.binance_api.book.book import OrderBook
from utils.binance_api.streams.events import AggTrade, BookTickerUpdate, DepthUpdate
from utils.binance_api.ticks.levels import known_levels

SECONDS = 900
STEP_MS = 200
MID = 10_000.5
LEVELS = 80


def minute_bars(n: int = 700, seed: int = 21) -> Bars:
    """Minutes with taker volume that leans with the return."""
    bars = walk_bars(n, seed=seed, sigma=0.001, interval="1m", market="futures")
    rng = np.random.default_rng(seed)
    lean = np.clip(0.5 + 80 * np.log(bars.close / bars.open) + 0.1 * rng.standard_normal(n), 0.02, 0.98)
    taker = bars.volume * lean
    return replace(bars, taker_base=taker, taker_quote=taker * bars.close)


def level(rng: np.random.Generator, side: int, number: int, share: float = 1.0) -> tuple[float, float]:
    return MID + side * (0.5 + number), share * float(rng.uniform(0.5, 1.5)) * (1 + 0.05 * number)


def quote(number: int, time_ms: int, mid: float, lean: float) -> BookTickerUpdate:
    return BookTickerUpdate(
        symbol="BTCUSDT",
        update_id=number,
        bid=mid - 0.5,
        bid_quantity=1.0 + lean,
        ask=mid + 0.5,
        ask_quantity=1.0 - lean,
        event_ms=time_ms,
        transaction_ms=time_ms,
    )


def trade(number: int, time_ms: int, price: float, quantity: float, side: int) -> AggTrade:
    return AggTrade(
        symbol="BTCUSDT",
        event_ms=time_ms,
        trade_id=number,
        price=price,
        quantity=quantity,
        first_trade_id=number,
        last_trade_id=number,
        trade_ms=time_ms,
        buyer_is_maker=side < 0,
    )


def update(number: int, time_ms: int, rng: np.random.Generator, swept: tuple[float, float]) -> DepthUpdate:
    bids, asks = (
        [level(rng, s, k, share) for k in range(12)] for s, share in zip((-1, 1), swept, strict=True)
    )
    return DepthUpdate(
        symbol="BTCUSDT",
        event_ms=time_ms,
        first_id=number,
        final_id=number,
        previous_id=number - 1,
        bids=bids,
        asks=asks,
    )


@lru_cache(maxsize=4)
def followed(start_ms: int, seconds: int = SECONDS, seed: int = 3) -> tuple[TickState, OrderBook]:
    """Buyers press, each trade moves the mid by its side now and then, and a side is swept every half a minute."""
    rng = np.random.default_rng(seed)
    state, book = TickState(1.0), OrderBook("BTCUSDT", "futures")
    bids, asks = ([level(rng, side, k) for k in range(LEVELS)] for side in (-1, 1))
    book.snapshot(bids, asks, 10, limit=LEVELS)
    book.feed(update(11, start_ms, rng, (1.0, 1.0)))
    mid, lean = MID, 0.0
    for number, time in enumerate(range(start_ms, start_ms + 1000 * seconds, STEP_MS), 1):
        lean = float(np.clip(0.95 * lean + 0.2 * rng.standard_normal(), -0.9, 0.9))
        side = 1 if rng.random() < 0.55 + 0.3 * lean else -1
        mid += side if rng.random() < 0.1 else 0
        event = quote(number, time, mid, lean)
        state.quote(event, event.touch, time + 40)
        if rng.random() < 0.6:
            state.trade(trade(number, time + 60, mid + side / 2, float(rng.exponential()), side), time + 110)
        into = (time - start_ms) % 30_000
        thin = 0.1 if into < 1_000 + 200 * rng.integers(5) and time > start_ms + 25_000 else 1.0
        book.feed(update(11 + number, time + 20, rng, (thin, 1.0) if time // 30_000 % 2 else (1.0, thin)))
        state.book(time + 20, book)
        state.tick(time + 20, book)
    state.advance(start_ms + 1000 * seconds)
    return state, book


def ticks(as_of: int, seconds: int = SECONDS) -> TicksNow:
    state, book = followed(as_of - 1000 * seconds, seconds)
    return TicksNow(
        state=state,
        as_of=as_of,
        quotes_s=float(seconds),
        trades_s=float(seconds),
        live_s=float(seconds),
        book=known_levels(book),
        delay_ms=(40.0, 60.0),
        missing={},
        stamps=(),
        age_ms=20.0,
    )


def reading(as_of: int, config: OrderFlowConfig, seconds: int = SECONDS) -> FlowReading:
    return flow_reading(ticks(as_of, seconds), config)


def asked_bars(bars: Bars, n: int = 700, seed: int = 22) -> Bars:
    """Quarters of an hour with taker volume, the last one closing with the last of the minutes."""
    longer = walk_bars(n, seed=seed, sigma=0.004, interval="15m", market="futures")
    moved = int(bars.close_time[-1] - longer.close_time[-1])
    times = {name: getattr(longer, name) + moved for name in ("open_time", "close_time", "as_of")}
    rng = np.random.default_rng(seed)
    lean = np.clip(0.48 + 20 * np.log(longer.close / longer.open) + 0.1 * rng.standard_normal(n), 0.02, 0.98)
    taker = longer.volume * lean
    return replace(longer, **times, taker_base=taker, taker_quote=taker * longer.close)


def live_inputs(bars: Bars, config: OrderFlowConfig, seconds: int = SECONDS) -> FlowInputs:
    """Bars and the ticks up to their end."""
    flow = reading(bars.as_of, config, seconds)
    return FlowInputs(
        bars=bars, as_of=bars.as_of, price=MID, notes=live_notes(flow), stamps=(stamp(bars),), flow=flow
    )


def past_inputs(bars: Bars) -> FlowInputs:
    """Bars of a past moment."""
    missing = dict.fromkeys(PARTS, NOT_KEPT)
    return FlowInputs(
        bars=bars, as_of=bars.as_of, price=None, stamps=(stamp(bars),), missing=missing, flow=None
    )
