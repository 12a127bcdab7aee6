"""Filtered historical simulation: returns divided by a causal volatility, and tail losses by resampling them.

The volatility is h_{t+1} = omega + alpha * r_t^2 + beta * h_t: GARCH(1,1) with given parameters, or EWMA with
omega 0, alpha 1 - lambda, beta lambda. Returns are log returns per bar; nothing is scaled by the root of time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from analysis.arrays import Floats
from analysis.features.look_backs import MIN_COUNT, SEED_BARS
from analysis.features.tail_loss import UNKNOWN, TailLoss, historical, historical_forecasts, pnl_of
from analysis.features.windows import divide

PATHS = 10_000
KEPT_BARS = 288
"""Bars whose draws are kept: 6 MB for 10,000 paths, where a day of 1m bars would hold 29 MB."""


@dataclass(frozen=True, slots=True)
class Recursion:
    """Parameters of the variance recursion, in squared log return per bar."""

    omega: float
    alpha: float
    beta: float

    def __post_init__(self) -> None:
        if not (min(self.omega, self.alpha, self.beta) >= 0 and self.alpha + self.beta <= 1):
            raise ValueError("variance needs omega, alpha, beta of 0 or more and alpha + beta of at most 1")


def ewma(decay: float) -> Recursion:
    """Return the exponentially weighted recursion: each square weighs ``decay`` of the next (RiskMetrics: 0.94)."""
    return Recursion(0.0, 1 - decay, decay)


@dataclass(frozen=True, slots=True, eq=False)
class Filtered:
    """What the filter leaves of n returns."""

    sigma: Floats  # (n,), deviation forecast for each bar from the bars before it
    residual: Floats  # (n,), return / sigma
    next_variance: float  # forecast for the bar after the last; NaN with too few returns


def filtered(returns: Floats, recursion: Recursion, seed_bars: int = SEED_BARS) -> Filtered:
    """Return deviations and residuals; NaN in the first ``seed_bars`` known rows, and where a return is unknown.

    An unknown return is passed over: the next bar's forecast is the one the unknown bar had.
    """
    rows = np.flatnonzero(np.isfinite(returns))
    sigma = np.full(len(returns), np.nan)
    if seed_bars < 1 or len(rows) < seed_bars:
        return Filtered(sigma, sigma.copy(), float("nan"))
    variance = variance_path(returns[rows] ** 2, recursion, seed_bars)
    sigma[rows[seed_bars:]] = np.sqrt(variance[:-1])
    return Filtered(sigma, divide(returns, sigma), float(variance[-1]))


def variance_path(squares: Floats, recursion: Recursion, seed_bars: int = SEED_BARS) -> Floats:
    """Return the forecasts after each of the squares from the seed's last on, (n - seed_bars + 1); none below it."""
    if len(squares) < seed_bars:
        return np.empty(0)
    first = squares[:seed_bars].mean()
    shocks = recursion.omega + recursion.alpha * squares[seed_bars:]
    later, _ = lfilter([1.0], [1.0, -recursion.beta], shocks, zi=[recursion.beta * first])
    return np.concatenate([[first], later])


def simulated_returns(
    residuals: Floats, recursion: Recursion, next_variance: float, bars: int, paths: int, seed: int
) -> Floats:
    """Return (paths) log returns over ``bars`` bars (Barone-Adesi, Giannopoulos & Vosper 1999).

    Each bar draws one of the known residuals, multiplies it by the path's own deviation, and moves that path's
    variance on. One bar needs no drawing: every residual is one path.
    """
    known = residuals[np.isfinite(residuals)]
    if bars < 1 or paths < 1:
        raise ValueError("a simulation needs at least one bar and one path")
    if bars == 1 or not len(known):
        return np.asarray(known * np.sqrt(next_variance))
    variance, total, step = np.full(paths, next_variance), np.zeros(paths), np.empty(paths)
    for drawn in _draws(seed, len(known), paths, bars):  # in place: fresh arrays cost more than the sums
        np.sqrt(variance, out=step)
        step *= known[drawn]
        total += step
        step *= step
        step *= recursion.alpha
        step += recursion.omega
        variance *= recursion.beta
        variance += step
    return total


def _draws(seed: int, count: int, paths: int, bars: int) -> Iterable[NDArray[np.integer]]:
    """Return which of ``count`` residuals each path meets, bar by bar: nothing but the seed decides it.

    Those of up to `KEPT_BARS` bars are kept, as every answer about the same number of residuals draws them again.
    """
    drawn = _kept_draws if bars <= KEPT_BARS else _drawn
    return drawn(seed, count, paths, bars)


def _drawn(seed: int, count: int, paths: int, bars: int) -> Iterator[NDArray[np.integer]]:
    generator, small = np.random.default_rng(seed), np.min_scalar_type(count - 1)
    for _ in range(bars):
        yield generator.integers(count, size=paths).astype(small)


@lru_cache(maxsize=2)
def _kept_draws(seed: int, count: int, paths: int, bars: int) -> tuple[NDArray[np.integer], ...]:
    drawn = tuple(_drawn(seed, count, paths, bars))
    for row in drawn:
        row.flags.writeable = False
    return drawn


def filtered_loss(
    filtering: Filtered,
    recursion: Recursion,
    confidence: float,
    *,
    bars: int,
    seed: int,
    side: int = 1,
    window: int = 2000,
    paths: int = PATHS,
    min_count: int = MIN_COUNT,
) -> TailLoss:
    """Return the tail loss over the next ``bars`` bars by resampling the last ``window`` rows' residuals.

    Positive fractions of notional of a long (side 1) or short (-1); NaN below ``min_count`` known residuals.
    """
    residuals = filtering.residual[-window:]
    if np.isfinite(residuals).sum() < max(min_count, 1) or not np.isfinite(filtering.next_variance):
        return UNKNOWN
    total = simulated_returns(residuals, recursion, filtering.next_variance, bars, paths, seed)
    return historical(pnl_of(total, side), confidence, min_count=1)


def filtered_forecasts(filtering: Filtered, n: int, confidence: float, side: int = 1) -> Floats:
    """Return, for every row, the one-bar value-at-risk by the n residuals before it and that row's deviation.

    A backtest compares it with the loss of that row; NaN where one of them is unknown.
    """
    level = historical_forecasts(side * filtering.residual, n, confidence)
    return -pnl_of(-side * level * filtering.sigma, side)
