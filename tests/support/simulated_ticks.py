"""A simulated symbol's ticks with known effects: what is traded moves the mid, the state of the touch leans it."""

from dataclasses import dataclass

import numpy as np

from analysis.sources.live_ticks import TicksNow
from analysis.sources.tick_state import TickState
from utils.binance_api.streams.events import AggTrade, BookTickerUpdate
from utils.binance_api.touch import Touch

TICK = 0.1
STEP_MS = 100
DELAY_MS = 25
START_MS = 1_700_000_000_000


@dataclass(frozen=True, slots=True)
class Effects:
    """The truth: bps per signed million USDT, bps per unit of imbalance and step, noise (bps) per step."""

    impact: float = 8.0
    lean: float = 0.03
    noise: float = 0.05


def simulated_state(seconds: int, effects: Effects = Effects(), seed: int = 1) -> tuple[TickState, int]:
    """Return the state after so many seconds of quotes and trades, and the moment (UTC ms)."""
    rng = np.random.default_rng(seed)
    steps = seconds * 1000 // STEP_MS
    notional = rng.lognormal(9.0, 1.2, steps) * rng.choice([-1, 0, 1], steps, p=(0.25, 0.5, 0.25))
    wave = np.convolve(rng.normal(size=steps + 19), np.ones(20) / np.sqrt(20), "valid")
    imbalance = np.tanh(wave)
    drift = effects.impact * notional / 1e6 + effects.lean * np.concatenate([[0.0], imbalance[:-1]])
    mids = 60_000.0 * np.exp(np.cumsum(drift + effects.noise * rng.normal(size=steps)) / 1e4)
    state = TickState(TICK)
    for step in range(steps):
        time = START_MS + step * STEP_MS
        if notional[step]:
            value = float(notional[step])
            price = float(mids[max(step - 1, 0)] + np.sign(value) * TICK / 2)
            state.trade(trade_of(step, time, price, value), time + DELAY_MS)
        touch = _touch(float(mids[step]), float(imbalance[step]))
        state.quote(quote_of(step, time + 10, touch), touch, time + 10 + DELAY_MS)
    return state, START_MS + steps * STEP_MS


def now_of(state: TickState, at_ms: int, seconds: int) -> TicksNow:
    """Return the state read at a moment, live for so many seconds."""
    state.advance(at_ms)
    delay = state.delayed.delays.quantiles(0.5, 0.95)
    return TicksNow(
        state=state,
        as_of=at_ms,
        quotes_s=float(seconds),
        trades_s=float(seconds),
        live_s=float(seconds),
        book=None,
        delay_ms=None if delay is None else (delay[0], delay[1]),
        missing={},
        stamps=(),
        age_ms=None if state.received_ms is None else float(at_ms - state.received_ms),
    )


def _touch(mid: float, imbalance: float) -> Touch:
    bid = np.floor(mid / TICK) * TICK
    return Touch(float(bid), 5.0 * (1 + imbalance) + 0.01, float(bid + TICK), 5.0 * (1 - imbalance) + 0.01)


def trade_of(number: int, time: int, price: float, notional: float) -> AggTrade:
    """A trade, bought where its notional (quote units) is positive."""
    return AggTrade(
        symbol="BTCUSDT",
        event_ms=time,
        trade_id=number,
        price=price,
        quantity=abs(notional) / price,
        first_trade_id=number,
        last_trade_id=number,
        trade_ms=time,
        buyer_is_maker=notional < 0,
    )


def quote_of(number: int, time: int, touch: Touch) -> BookTickerUpdate:
    """The best quotes as the exchange sends them."""
    return BookTickerUpdate(
        symbol="BTCUSDT",
        update_id=number,
        bid=touch.bid,
        bid_quantity=touch.bid_quantity,
        ask=touch.ask,
        ask_quantity=touch.ask_quantity,
        event_ms=time,
        transaction_ms=time,
    )
