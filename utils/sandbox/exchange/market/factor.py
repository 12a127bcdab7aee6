"""The common factor: regime-switching stochastic volatility, jumps and a slowly moving drift, minute by minute."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
SmallArray = NDArray[np.float32]

MINUTES_PER_DAY = 1_440
MINUTES_PER_YEAR = 525_600
HOURS_PER_DAY = 24
MAX_HALVINGS = 16
LONGEST_BLOCK = 30 * MINUTES_PER_DAY

ANNUAL_VOL = 0.45
LOG_VOL_HALF_LIFE_H = 24.0
LOG_VOL_SD = 0.35
DRIFT_HALF_LIFE_H = 24.0 * 6
DRIFT_SD_PER_DAY = 0.008
PULL_HALF_LIFE_DAYS = 730.0
JUMPS_PER_DAY = 0.2
JUMP_SD = 0.012


@dataclass(frozen=True, slots=True)
class Regime:
    """A state of the market: mean stay in hours, volatility multiple, mean drift in log units per day."""

    name: str
    mean_hours: float
    vol: float
    drift_per_day: float


REGIMES = (
    Regime("calm", 24 * 12, 0.6, 0.0),
    Regime("up", 24 * 9, 0.9, 0.006),
    Regime("down", 24 * 7, 1.15, -0.006),
    Regime("storm", 24 * 2.5, 2.2, -0.004),
)
TRANSITIONS = np.array(
    [
        [0.0, 0.5, 0.35, 0.15],
        [0.5, 0.0, 0.3, 0.2],
        [0.4, 0.3, 0.0, 0.3],
        [0.35, 0.25, 0.4, 0.0],
    ]
)


def ar1(half_life: float) -> float:
    """The coefficient whose shocks are half gone after `half_life` steps."""
    return float(0.5 ** (1.0 / half_life))


def stationary_ar1(
    rng: np.random.Generator, count: int, half_life: float, sd: float, last: float | None
) -> FloatArray:
    """`count` values of a first-order autoregression with stationary deviation `sd`, continued from `last`."""
    phi = ar1(half_life)
    shocks = rng.standard_normal(count) * sd * np.sqrt(1 - phi * phi)
    before = float(rng.standard_normal()) * sd if last is None else last
    return recursion(shocks, phi, before)


def recursion(shocks: FloatArray | SmallArray, phi: float, last: float) -> FloatArray:
    """x[t] = phi x[t-1] + shocks[t], continued from `last`; needs 0 < phi < 1.

    Within a block, x[t] = phi^t (last + sum of shocks[s] / phi^s); blocks are short enough for the powers to stay
    harmless. (scipy.signal.lfilter does the same, but its import takes a second of every start.)
    """
    block = min(len(shocks), LONGEST_BLOCK, max(1, int(MAX_HALVINGS / -np.log2(phi))))
    powers = _powers(phi, block)
    values = np.empty(len(shocks))
    for start in range(0, len(shocks), block):
        part, scale = values[start : start + block], powers[: len(shocks) - start]
        np.divide(shocks[start : start + block], scale, out=part)
        np.cumsum(part, out=part)
        part += last
        part *= scale
        last = float(part[-1])
    return values


@lru_cache(maxsize=16)
def _powers(phi: float, count: int) -> FloatArray:
    powers = phi ** np.arange(1, count + 1)
    powers.flags.writeable = False
    return np.asarray(powers)


class RegimeWalk:
    """A semi-Markov walk over the regimes on an hourly grid; it remembers where it stopped."""

    def __init__(self) -> None:
        self._state = 0
        self._left_hours = 0

    def hours(self, rng: np.random.Generator, count: int) -> NDArray[np.int8]:
        """The regime index of the next `count` hours."""
        states = np.empty(count, dtype=np.int8)
        filled = 0
        while filled < count:
            if self._left_hours == 0:
                self._state = int(rng.choice(len(REGIMES), p=TRANSITIONS[self._state]))
                self._left_hours = int(rng.geometric(1.0 / REGIMES[self._state].mean_hours))
            take = min(self._left_hours, count - filled)
            states[filled : filled + take] = self._state
            filled += take
            self._left_hours -= take
        return states


class FactorPath:
    """The factor from the beginning of time (`genesis`) on; grown forward when more of it is asked for.

    Per minute: `level` (log, starts at 0; index m is the end of minute m). Per hour: `sigma` (standard deviation
    of one minute's return), `log_vol`, `drift` (log units per day), `regime`. `jumps`: (minute, size) pairs.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.chunk_days: list[int] = []
        self._walk = RegimeWalk()
        self.level: SmallArray = np.empty(0, dtype=np.float32)
        self.sigma: FloatArray = np.empty(0)
        self.log_vol: FloatArray = np.empty(0)
        self.drift: FloatArray = np.empty(0)
        self.regime: NDArray[np.int8] = np.empty(0, dtype=np.int8)
        self.jumps: list[tuple[int, float]] = []
        self._own_drift: float | None = None

    def grow(self, days: int) -> None:
        """Add `days` days to the path."""
        rng = np.random.default_rng([self._seed, 1, len(self.chunk_days)])
        self.chunk_days.append(days)
        hours, minutes = days * HOURS_PER_DAY, days * MINUTES_PER_DAY
        regime = self._walk.hours(rng, hours)
        log_vol = self._grow_hours(rng, regime)
        returns = rng.standard_normal(minutes, dtype=np.float32)
        hourly = returns.reshape(hours, 60)
        hourly *= self.sigma[-hours:, None].astype(np.float32)
        hourly += (self.drift[-hours:, None] / MINUTES_PER_DAY).astype(np.float32)
        self._add_jumps(rng, returns, log_vol)
        phi = ar1(PULL_HALF_LIFE_DAYS * MINUTES_PER_DAY)
        last = float(self.level[-1]) if len(self.level) else 0.0
        level = recursion(returns, phi, last)
        self.level = np.concatenate([self.level, level.astype(np.float32)])

    def _grow_hours(self, rng: np.random.Generator, regime: NDArray[np.int8]) -> FloatArray:
        hours = len(regime)
        last = float(self.log_vol[-1]) if len(self.log_vol) else None
        log_vol = stationary_ar1(rng, hours, LOG_VOL_HALF_LIFE_H, LOG_VOL_SD, last)
        own = stationary_ar1(rng, hours, DRIFT_HALF_LIFE_H, DRIFT_SD_PER_DAY, self._own_drift)
        self._own_drift = float(own[-1])
        vol = np.array([r.vol for r in REGIMES])[regime]
        sigma = ANNUAL_VOL / np.sqrt(MINUTES_PER_YEAR) * vol * np.exp(log_vol) * day_shape(hours)
        drift = np.array([r.drift_per_day for r in REGIMES])[regime] + own
        self.regime = np.concatenate([self.regime, regime])
        self.log_vol = np.concatenate([self.log_vol, log_vol])
        self.sigma = np.concatenate([self.sigma, sigma])
        self.drift = np.concatenate([self.drift, drift])
        return log_vol

    def _add_jumps(self, rng: np.random.Generator, returns: SmallArray, log_vol: FloatArray) -> None:
        offset = len(self.level)
        count = int(rng.poisson(JUMPS_PER_DAY * len(returns) / MINUTES_PER_DAY))
        minutes = np.sort(rng.choice(len(returns), size=count, replace=False))
        sizes = rng.standard_normal(count) * JUMP_SD * np.exp(log_vol[minutes // 60])
        returns[minutes] += sizes.astype(np.float32)
        self.jumps += [(offset + int(m), float(s)) for m, s in zip(minutes, sizes, strict=True)]


def day_shape(hours: int) -> FloatArray:
    """How lively each hour of the day is (UTC, mean square 1): quiet at 4h, busy at 15h."""
    clock = np.arange(hours) % HOURS_PER_DAY
    shape = 1.0 + 0.25 * np.cos(2 * np.pi * (clock - 15) / HOURS_PER_DAY)
    return np.asarray(shape / np.sqrt(np.mean(shape[:HOURS_PER_DAY] ** 2)))
