"""Premium, funding and open interest of the simulated perpetuals."""

import numpy as np

from utils.sandbox.exchange.market.coins import Coin
from utils.sandbox.exchange.market.contract import PremiumState
from utils.sandbox.exchange.market.factor import MINUTES_PER_DAY, FloatArray
from utils.sandbox.exchange.market.funding import Settlement, funding_rate
from utils.sandbox.exchange.market.instrument import FUTURES, SPOT, Instrument
from utils.sandbox.exchange.market.intervals import HOUR_MS, MINUTE_MS, IntArray
from utils.sandbox.exchange.market.room import Room

SETTLEMENT_JITTER_MS = 16
"""Settlements are stamped some milliseconds after the full hour (spec/market-data.md)."""
OPEN_INTEREST_PER_BASIS = 120.0


class Perpetuals:
    """What follows from the basis, as one worker asks for it."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def premium(self, coin: Coin, now_ms: int) -> PremiumState:
        """Mark and index now, and the running rate of the coming settlement."""
        spot = self._room.instrument(SPOT, coin)
        price, _ = self._room.last_trade(SPOT, coin, now_ms)
        index = float(price) * 10.0**-spot.tick_digits * coin.pack
        mark = index * (1.0 + self._basis(spot, now_ms))
        span = coin.funding_hours * HOUR_MS
        settled = now_ms // span * span
        return PremiumState(mark, index, self._rate(spot, settled, now_ms), settled + span)

    def funding(self, coin: Coin, now_ms: int) -> list[Settlement]:
        """All settlements up to now, ascending."""
        spot = self._room.instrument(SPOT, coin)
        span = coin.funding_hours * HOUR_MS
        first = (self._room.listed_ms(coin) // span + 1) * span
        times = np.arange(first, now_ms + 1, span, dtype=np.int64)
        stamps = times + (times // span + coin.key) % SETTLEMENT_JITTER_MS
        marks = self._mark_prices(spot, times)
        return [
            Settlement(int(stamp), self._rate(spot, int(time) - span, int(time)), float(mark))
            for time, stamp, mark in zip(times, stamps, marks, strict=True)
            if stamp <= now_ms
        ]

    def open_interest(self, coin: Coin, now_ms: int) -> float:
        """Contract units: about a day's turnover, more of it when the basis is high."""
        perpetual = self._room.instrument(FUTURES, coin)
        turnover = perpetual.usd_per_minute * MINUTES_PER_DAY
        stretch = float(np.exp(0.2 + OPEN_INTEREST_PER_BASIS * self._basis(perpetual, now_ms)))
        return turnover * stretch / self.premium(coin, now_ms).mark

    def _basis(self, instrument: Instrument, now_ms: int) -> float:
        minute = np.array([(now_ms - self._room.genesis_ms) / MINUTE_MS])
        return float(instrument.path.basis_at(minute)[0])

    def _rate(self, spot: Instrument, from_ms: int, to_ms: int) -> float:
        first, last = ((time - self._room.genesis_ms) // HOUR_MS for time in (from_ms, to_ms))
        samples = spot.path.basis(first + 1, last + 1)
        if not len(samples):
            samples = spot.path.basis(first, first + 1)
        return funding_rate(samples, spot.path.coin.funding_hours)

    def _mark_prices(self, spot: Instrument, times: IntArray) -> FloatArray:
        coin = spot.path.coin
        minute = (times - self._room.genesis_ms) // MINUTE_MS
        level = spot.path.level(minute - 1)
        level += self._room.events(coin).shift(times)
        basis = spot.path.basis_at(minute.astype(np.float64))
        return np.asarray(np.exp(level) * coin.price * coin.pack * (1.0 + basis))
