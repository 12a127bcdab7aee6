"""Open interest, positioning ratios and liquidations of the simulated perpetuals up to any moment."""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from utils.sandbox.exchange.market.bars import Bars, aggregate
from utils.sandbox.exchange.market.coins import Coin
from utils.sandbox.exchange.market.contract import LAST, Liquidation, Positioning
from utils.sandbox.exchange.market.crowd import Ratios, ratios
from utils.sandbox.exchange.market.factor import FloatArray
from utils.sandbox.exchange.market.instrument import FUTURES, Instrument
from utils.sandbox.exchange.market.intervals import DAY_MS, MINUTE_MS, IntArray
from utils.sandbox.exchange.market.population import LONG, OPENED_SHARE, STEP, STEP_MS, Forced, Population
from utils.sandbox.exchange.market.room import Room

WARM_UP_MS = 36 * DAY_MS
"""A month of statistics, and some days before in which the first holders are replaced."""
SLIPPAGE = 0.0008
"""How far beyond its trigger a liquidation fills on average."""


@dataclass(slots=True)
class _Kept:
    population: Population
    tape_from_ms: int
    ratios: Ratios | None = None


class Holders:
    """One population per perpetual, made on first use and carried forward."""

    def __init__(self, room: Room, seed: int) -> None:
        self._room = room
        self._seed = seed
        self._kept: dict[str, _Kept] = {}

    def population(self, coin: Coin, now_ms: int) -> Population:
        """The holders after the last full five minutes."""
        return self._brought_up(coin, now_ms).population

    def open_interest(self, coin: Coin, now_ms: int) -> float:
        """Contracts held now."""
        kept = self._brought_up(coin, now_ms)
        bars = self._steps(coin, kept.population.next_ms, now_ms)
        held = kept.population.open_interest - self._ordered(coin, now_ms)
        if len(bars):
            held += OPENED_SHARE * float(bars.volume.sum()) * self._lot(coin)
            held -= sum(one.contracts for one in self._touched(coin, kept.population, bars))
        return max(held, 0.0)

    def positioning(self, coin: Coin, now_ms: int) -> Positioning:
        """Open interest and ratios at the end of every five minutes of the last month."""
        kept = self._brought_up(coin, now_ms)
        population = kept.population
        times = np.array(population.times, dtype=np.int64)
        prices = self._closes(coin, times)
        if kept.ratios is None or len(kept.ratios.accounts) != len(times):
            kept.ratios = ratios(times, np.log(prices), [self._seed, 9, coin.key])
        held = np.array(population.held)
        for moment, side_contracts in self._orders(coin):
            held[times >= moment] -= side_contracts
        shares = kept.ratios
        return Positioning(
            times,
            np.maximum(held, 0.0),
            np.maximum(held, 0.0) * prices,
            shares.accounts,
            shares.top_accounts,
            shares.top_positions,
            coin.supply,
        )

    def liquidations(self, coin: Coin, after_ms: int, to_ms: int) -> list[Liquidation]:
        """Liquidations with `after_ms < time <= to_ms`, ascending. None before single trades begin."""
        population = self._brought_up(coin, to_ms).population
        first = max(after_ms, self._room.tape_from_ms) // STEP_MS * STEP_MS
        forced = population.forced[bisect_left(population.forced, first, key=lambda one: one.step_ms) :]
        unfinished = self._steps(coin, population.next_ms, to_ms)
        if len(unfinished):
            forced += self._touched(coin, population, unfinished)
        found = [*self._timed(coin, forced, to_ms), *self._room.events(coin).liquidations]
        return sorted((one for one in found if after_ms < one.time_ms <= to_ms), key=lambda one: one.time_ms)

    def forget(self, coin: Coin) -> None:
        """Make a population anew: the events have changed."""
        self._kept.pop(coin.base, None)

    def _brought_up(self, coin: Coin, now_ms: int) -> _Kept:
        kept = self._kept.get(coin.base)
        last_full = now_ms // STEP_MS * STEP_MS
        stale = kept is None or kept.tape_from_ms != self._room.tape_from_ms
        if kept is None or stale or kept.population.next_ms > last_full:
            kept = self._kept[coin.base] = self._new(coin, now_ms)
        if kept.population.next_ms < last_full:
            bars = self._steps(coin, kept.population.next_ms, last_full - 1)
            kept.population.live(bars, self._tick(coin), self._lot(coin))
            kept.population.next_ms = last_full
        return kept

    def _new(self, coin: Coin, now_ms: int) -> _Kept:
        second_step = (self._room.listed_ms(coin) // STEP_MS + 2) * STEP_MS
        start_ms = max((now_ms - WARM_UP_MS) // DAY_MS * DAY_MS, second_step)
        first = self._steps(coin, start_ms, min(start_ms + DAY_MS - 1, now_ms))
        price = float(first.open[0]) * self._tick(coin)
        per_step = float(first.volume.mean()) * self._lot(coin)
        return _Kept(Population(price, per_step, start_ms), self._room.tape_from_ms)

    def _steps(self, coin: Coin, first_ms: int, last_ms: int) -> Bars:
        minutes = self._room.history(FUTURES, coin, LAST).minutes(first_ms, last_ms)
        return aggregate(minutes, STEP)

    def _touched(self, coin: Coin, population: Population, bars: Bars) -> list[Forced]:
        tick = self._tick(coin)
        low, high = float(bars.low.min()) * tick, float(bars.high.max()) * tick
        return population.touched(population.next_ms, low, high)

    def _timed(self, coin: Coin, forced: list[Forced], to_ms: int) -> list[Liquidation]:
        """Each at the moment of the first trade that touched its price."""
        by_step: dict[int, list[Forced]] = {}
        for one in forced:
            by_step.setdefault(one.step_ms, []).append(one)
        found: list[Liquidation] = []
        tick = self._tick(coin)
        for step_ms, group in by_step.items():
            trades = self._room.tape(FUTURES, coin).between(step_ms, min(step_ms + STEP_MS - 1, to_ms))
            if not len(trades):
                continue
            prices = trades.price * tick
            lows, highs = np.minimum.accumulate(prices), np.maximum.accumulate(prices)
            for one in group:
                reached = lows <= one.trigger if one.side == LONG else highs >= one.trigger
                if reached[-1]:
                    found.append(_liquidation(one, int(trades.time[int(np.argmax(reached))])))
        return found

    def _closes(self, coin: Coin, times: IntArray) -> FloatArray:
        """Prices at moments five minutes apart."""
        bars = self._steps(coin, int(times[0]) - STEP_MS, int(times[-1]) - 1)
        row = np.searchsorted(bars.open_time, times - MINUTE_MS, side="right") - 1
        return np.asarray(bars.close[np.maximum(row, 0)] * self._tick(coin))

    def _orders(self, coin: Coin) -> list[tuple[int, float]]:
        return [(one.time_ms, one.contracts) for one in self._room.events(coin).liquidations]

    def _ordered(self, coin: Coin, to_ms: int) -> float:
        """Contracts that ordered liquidations have taken."""
        return sum(amount for moment, amount in self._orders(coin) if moment <= to_ms)

    def _tick(self, coin: Coin) -> float:
        return float(10.0 ** -self._instrument(coin).tick_digits)

    def _lot(self, coin: Coin) -> float:
        return float(10.0 ** -self._instrument(coin).lot_digits)

    def _instrument(self, coin: Coin) -> Instrument:
        return self._room.instrument(FUTURES, coin)


def _liquidation(forced: Forced, time_ms: int) -> Liquidation:
    """`price` is the bankruptcy price, `average` the fill between it and the trigger."""
    sign = -1.0 if forced.side == LONG else 1.0
    bankruptcy = forced.entry * (1.0 + sign / forced.leverage)
    average = forced.trigger * (1.0 + sign * SLIPPAGE)
    return Liquidation(time_ms, forced.side == LONG, forced.contracts, bankruptcy, average)
