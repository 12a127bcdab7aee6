"""A coin's own path: its share of the factor (some of it late), its own wandering part and its futures basis."""

import numpy as np

from utils.sandbox.exchange.market.coins import Coin
from utils.sandbox.exchange.market.factor import (
    HOURS_PER_DAY,
    LONGEST_BLOCK,
    MINUTES_PER_DAY,
    MINUTES_PER_YEAR,
    FactorPath,
    FloatArray,
    SmallArray,
    ar1,
    recursion,
    stationary_ar1,
)
from utils.sandbox.exchange.market.intervals import IntArray

OWN_PULL_HALF_LIFE_DAYS = 200.0
OWN_DRIFT_HALF_LIFE_H = 24.0 * 4
OWN_DRIFT_SD_PER_DAY = 0.005
OWN_JUMPS_PER_DAY = 0.15
OWN_JUMP_SD = 0.015
LIGHT_DAYS = 24 * 30
"""How much of the first stretch a light coin has; a multiple of the 30-day blocks of bars."""
BASIS_HALF_LIFE_H = 8.0
BASIS_SD = 0.0004
BASIS_PER_DAILY_DRIFT = 0.04
"""Leverage follows the trend: 1 % of drift per day lifts the basis by 0.04 %."""


class CoinPath:
    """One coin's log price relative to its start, per minute, and its basis, per hour.

    Minutes and hours count from genesis; a light coin begins late, at `start_minute`. The log price at the end of
    a minute is relative to the coin's first price; the basis is perpetual / spot - 1 at the start of an hour; the
    drift is the true local trend in log units per day.
    """

    def __init__(self, coin: Coin, factor: FactorPath, seed: int) -> None:
        self.coin = coin
        self._factor = factor
        self._seed = seed
        self._chunks = 0
        self._own_last = 0.0
        self._own_drift_last: float | None = None
        self._basis_last: float | None = None
        self.start_minute = 0
        self._level: SmallArray = np.empty(0, dtype=np.float32)
        self._basis: FloatArray = np.empty(0)
        self._drift: FloatArray = np.empty(0)
        self.jumps: list[tuple[int, float]] = []

    def catch_up(self) -> None:
        """Grow to the length of the factor, chunk for chunk."""
        for days in self._factor.chunk_days[self._chunks :]:
            skipped = max(0, days - LIGHT_DAYS) if self.coin.light and not self._chunks else 0
            self.start_minute += skipped * MINUTES_PER_DAY
            self._grow(days - skipped)

    def level(self, minutes: IntArray) -> FloatArray:
        """Log price over first price at the end of each minute; 0 before the coin begins."""
        index = minutes - self.start_minute
        values = self._level[np.maximum(index, 0)].astype(np.float64)
        values[index < 0] = 0.0
        return values

    def levels(self, first: int, stop: int) -> FloatArray:
        """The `level` of each minute of a stretch that the path covers."""
        values = np.zeros(stop - first)
        begins = max(first, self.start_minute)
        if begins < stop:
            values[begins - first :] = self._level[begins - self.start_minute : stop - self.start_minute]
        return values

    def drift(self, first_hour: int, stop_hour: int) -> FloatArray:
        """True local trend of a stretch of hours."""
        return self._drift[self._hours(first_hour, stop_hour)]

    def basis(self, first_hour: int, stop_hour: int) -> FloatArray:
        """Basis at the start of a stretch of hours."""
        return self._basis[self._hours(first_hour, stop_hour)]

    def sigma(self, first_hour: int, hours: int) -> FloatArray:
        """Standard deviation of one minute's return in each of `hours` hours."""
        part = slice(first_hour, first_hour + hours)
        common = self.coin.beta * self._factor.sigma[part]
        own = self._own_sigma(self._factor.log_vol[part])
        return np.asarray(np.sqrt(common**2 + own**2))

    def activity(self, first_hour: int, hours: int) -> FloatArray:
        """Logarithm of how lively trading is in each hour, around 0."""
        return np.asarray(0.8 * self._factor.log_vol[first_hour : first_hour + hours])

    def basis_at(self, minutes: FloatArray) -> FloatArray:
        """Basis at fractional minutes since genesis, straight lines between the hours."""
        hours = (minutes - self.start_minute) / 60.0
        if not len(hours):
            return hours
        last = len(self._basis) - 1
        first, stop = max(0, min(int(hours.min()), last)), max(0, min(int(hours.max()), last)) + 2
        near = self._basis[first:stop]
        return np.asarray(np.interp(hours, np.arange(first, first + len(near)), near))

    def _hours(self, first: int, stop: int) -> slice:
        start = self.start_minute // 60
        return slice(max(0, first - start), max(0, stop - start))

    def _own_sigma(self, log_vol: FloatArray) -> FloatArray:
        return np.asarray(self.coin.idio_vol / np.sqrt(MINUTES_PER_YEAR) * np.exp(0.5 * log_vol))

    def _grow(self, days: int) -> None:
        rng = np.random.default_rng([self._seed, 2, self.coin.key, self._chunks])
        self._chunks += 1
        hours, minutes = days * HOURS_PER_DAY, days * MINUTES_PER_DAY
        first_minute = self.start_minute + len(self._level)
        first_hour = first_minute // 60
        own_drift = stationary_ar1(
            rng, hours, OWN_DRIFT_HALF_LIFE_H, OWN_DRIFT_SD_PER_DAY, self._own_drift_last
        )
        self._own_drift_last = float(own_drift[-1])
        shocks = rng.standard_normal(minutes, dtype=np.float32)
        log_vol = self._factor.log_vol[first_hour : first_hour + hours]
        hourly = shocks.reshape(hours, 60)
        hourly *= self._own_sigma(log_vol)[:, None].astype(np.float32)
        hourly += (own_drift[:, None] / MINUTES_PER_DAY).astype(np.float32)
        self._add_jumps(rng, shocks, first_minute)
        self._append_level(shocks, first_minute)
        self._append_hours(rng, own_drift, first_hour)

    def _add_jumps(self, rng: np.random.Generator, shocks: SmallArray, first_minute: int) -> None:
        count = int(rng.poisson(OWN_JUMPS_PER_DAY * len(shocks) / MINUTES_PER_DAY))
        minutes = np.sort(rng.choice(len(shocks), size=count, replace=False))
        scale = OWN_JUMP_SD * min(1.0, self.coin.idio_vol / 0.4)
        sizes = rng.standard_normal(count) * scale
        shocks[minutes] += sizes.astype(np.float32)
        self.jumps += [(first_minute + int(m), float(s)) for m, s in zip(minutes, sizes, strict=True)]

    def _append_level(self, shocks: SmallArray, first_minute: int) -> None:
        """Block by block, so that what is computed with stays small."""
        phi = ar1(OWN_PULL_HALF_LIFE_DAYS * MINUTES_PER_DAY)
        level = np.empty(len(shocks), dtype=np.float32)
        for start in range(0, len(shocks), LONGEST_BLOCK):
            own = recursion(shocks[start : start + LONGEST_BLOCK], phi, self._own_last)
            self._own_last = float(own[-1])
            common = self._common(first_minute + start, first_minute + start + len(own))
            common *= self.coin.beta
            common += own
            level[start : start + len(own)] = common
        self._level = np.concatenate([self._level, level])

    def _common(self, first_minute: int, stop: int) -> FloatArray:
        """The factor as it reaches the coin: some of it at once, some of it late."""
        share, factor = self.coin.lag_share, self._factor.level
        common = factor[first_minute:stop].astype(np.float64)
        common *= 1 - share
        if share:
            begins, lag = max(first_minute, self.coin.lag_min), self.coin.lag_min
            common[begins - first_minute :] += share * factor[begins - lag : stop - lag].astype(np.float64)
        return common

    def _append_hours(self, rng: np.random.Generator, own_drift: FloatArray, first_hour: int) -> None:
        hours = len(own_drift)
        common = self._factor.drift[first_hour : first_hour + hours]
        drift = self.coin.beta * common + own_drift
        wobble = stationary_ar1(rng, hours, BASIS_HALF_LIFE_H, BASIS_SD, self._basis_last)
        self._basis_last = float(wobble[-1])
        basis = 0.0001 + BASIS_PER_DAILY_DRIFT * drift + wobble
        self._drift = np.concatenate([self._drift, drift])
        self._basis = np.concatenate([self._basis, basis])
