"""Premium and funding of the simulated perpetuals."""

import numpy as np

from utils.sandbox.exchange.market.coins import Coin
from utils.sandbox.exchange.market.contract import PremiumState
from utils.sandbox.exchange.market.factor import FloatArray
from utils.sandbox.exchange.market.funding import Settlement, funding_rate, funding_rates
from utils.sandbox.exchange.market.instrument import SPOT, Instrument
from utils.sandbox.exchange.market.intervals import HOUR_MS, MINUTE_MS, IntArray
from utils.sandbox.exchange.market.room import Room

SETTLEMENT_JITTER_MS = 16
"""Settlements are stamped some milliseconds after the full hour (spec/market-data.md)."""


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
        settled, coming = self._around(coin, now_ms)
        return PremiumState(mark, index, self._rate(spot, settled, now_ms, coming), coming)

    def funding(self, coin: Coin, now_ms: int) -> list[Settlement]:
        """All settlements up to now, ascending."""
        spot = self._room.instrument(SPOT, coin)
        before, times = self._schedule(coin, now_ms)
        if not len(times):
            return []
        stamps = times + (times // HOUR_MS + coin.key) % SETTLEMENT_JITTER_MS
        marks = self._mark_prices(spot, times)
        rates = self._rates(spot, before, times)
        return [
            Settlement(stamp, rate, mark)
            for stamp, rate, mark in zip(stamps.tolist(), rates.tolist(), marks.tolist(), strict=True)
            if stamp <= now_ms
        ]

    def hours(self, coin: Coin) -> int:
        """Hours between settlements, as last ordered."""
        ordered = self._room.events(coin).funding
        return ordered[-1][1] if ordered else coin.funding_hours

    def _schedule(self, coin: Coin, now_ms: int) -> tuple[IntArray, IntArray]:
        """Moments of settlement up to now, and for each the one before."""
        since = self._room.listed_ms(coin)
        spans = [(since, coin.funding_hours), *self._room.events(coin).funding]
        ends = [start for start, _ in spans[1:]] + [now_ms + 1]
        parts = [
            np.arange(
                (start // (hours * HOUR_MS) + 1) * hours * HOUR_MS, end, hours * HOUR_MS, dtype=np.int64
            )
            for (start, hours), end in zip(spans, ends, strict=True)
        ]
        times = np.concatenate(parts)
        return np.r_[since, times[:-1]][: len(times)], times

    def _around(self, coin: Coin, now_ms: int) -> tuple[int, int]:
        """The last settlement and the coming one."""
        span = self.hours(coin) * HOUR_MS
        ordered = self._room.events(coin).funding
        if not ordered:
            return now_ms // span * span, now_ms // span * span + span
        _, times = self._schedule(coin, now_ms)
        return int(times[-1]), (now_ms // span + 1) * span

    def _basis(self, instrument: Instrument, now_ms: int) -> float:
        minute = np.array([(now_ms - self._room.genesis_ms) / MINUTE_MS])
        return float(instrument.path.basis_at(minute)[0])

    def _rate(self, spot: Instrument, from_ms: int, to_ms: int, settled_ms: int) -> float:
        """The rate of the interval from one settlement to the one at `settled_ms`, as known at `to_ms`."""
        first, last = ((time - self._room.genesis_ms) // HOUR_MS for time in (from_ms, to_ms))
        samples = spot.path.basis(first + 1, last + 1)
        if not len(samples):
            samples = spot.path.basis(first, first + 1)
        return funding_rate(samples, max(1, (settled_ms - from_ms) // HOUR_MS))

    def _rates(self, spot: Instrument, before: IntArray, times: IntArray) -> FloatArray:
        """The rates settled at `times`, each from the moment `before`; intervals of equal length together.

        Both are full hours, so that every interval has a premium of its own.
        """
        first, last = ((moments - self._room.genesis_ms) // HOUR_MS for moments in (before, times))
        basis, rates = spot.path.basis(int(first[0]) + 1, int(last[-1]) + 1), np.empty(len(times))
        for hours in np.unique(last - first).tolist():
            rows = np.flatnonzero(last - first == hours)
            premiums = basis[(first[rows] - first[0])[:, None] + np.arange(hours)]
            rates[rows] = funding_rates(premiums, hours)
        return rates

    def _mark_prices(self, spot: Instrument, times: IntArray) -> FloatArray:
        coin = spot.path.coin
        minute = (times - self._room.genesis_ms) // MINUTE_MS
        level = spot.path.level(minute - 1)
        level += self._room.events(coin).shift(times)
        basis = spot.path.basis_at(minute.astype(np.float64))
        return np.asarray(np.exp(level) * coin.price * coin.pack * (1.0 + basis))
