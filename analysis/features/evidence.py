"""What a signal has been worth: its information coefficient over a horizon, with an interval that knows of overlap.

The information coefficient is the rank correlation of the signal with the return of the next ``horizon`` bars. Beside
it stand Pearson's correlation and the mean and the median spread between the signal's top and bottom tenth, which have
opposite signs on real coins. Short windows are biased by themselves: the same estimator on returns with random signs
(`sign_placebo`) is what to compare with, not 0.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import Floats
from analysis.features.row_ratio import RowRatio

FEWEST: Final = 60
"""Bars with a signal and a known later return that evidence needs."""
NORMAL_95: Final = 1.959964


@dataclass(frozen=True, slots=True)
class Coefficient:
    """``ic`` with its standard ``error`` over ``horizon`` bars, from ``count`` bars of one or several assets."""

    ic: float
    error: float
    horizon: int
    count: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the coefficient."""
        return self.ic - NORMAL_95 * self.error, self.ic + NORMAL_95 * self.error

    @property
    def is_measured(self) -> bool:
        """Whether the interval excludes 0."""
        return abs(self.ic) > NORMAL_95 * self.error

    @property
    def reliability(self) -> float:
        """t^2 / (1 + t^2): the share of the squared coefficient that is not its own error, 0..1."""
        return self.ic**2 / (self.ic**2 + self.error**2) if self.error > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Evidence(Coefficient):
    """With what values and not ranks say.

    ``pearson`` correlates values instead of ranks. ``mean_spread`` and ``median_spread`` are the log return of the
    signal's top tenth minus that of its bottom tenth.
    """

    pearson: float
    mean_spread: float
    median_spread: float


def forward_returns(returns: Floats, horizon: int) -> Floats:
    """Return the sum of the next ``horizon`` one-bar log returns (n, k); NaN where one is unknown or to come."""
    result = np.full(returns.shape, np.nan)
    if len(returns) > horizon:
        windows = np.lib.stride_tricks.sliding_window_view(returns[1:], horizon, axis=0)
        result[: len(windows)] = windows.sum(axis=-1)
    return result


def rank_coefficient(signal: Floats, returns: Floats, horizon: int) -> Coefficient | None:
    """Return the coefficient of ``signal`` (n, k) for one-bar log ``returns`` (n, k); ``None`` below 60 bars.

    Row t of the signal is known at the close of bar t and meets the bars after it, so nothing later than the last row
    is used. Ranks are taken within each asset. Assets that move together are one observation a bar: errors are Newey
    and West's over the bars' sums, with twice ``horizon`` lags.
    """
    return outcome_coefficient(signal, forward_returns(returns, horizon), horizon)


def outcome_coefficient(signal: Floats, later: Floats, horizon: int) -> Coefficient | None:
    """Return the same with what came ``later`` (n, k), over ``horizon`` bars after each row; NaN where unknown."""
    ranked = rank_rows(signal, later)
    if ranked is None:
        return None
    count = int(np.any(_known(signal, later), axis=1).sum())
    return Coefficient(ranked.value, ranked.error(2 * horizon), horizon, count)


def rank_rows(signal: Floats, later: Floats) -> RowRatio | None:
    """Return the rank correlation, ranks taken within each asset, by what each bar adds to it; ``None`` if constant."""
    return _correlation(signal, later, _ranks)


def value_rows(signal: Floats, later: Floats) -> RowRatio | None:
    """Return Pearson's correlation, values scaled within each asset, by what each bar adds to it."""
    return _correlation(signal, later, np.asarray)


def measured_evidence(signal: Floats, returns: Floats, horizon: int) -> Evidence | None:
    """Return the same (`rank_coefficient`) with Pearson's correlation and the spreads between the signal's tenths."""
    found, later = rank_coefficient(signal, returns, horizon), forward_returns(returns, horizon)
    pearson = value_rows(signal, later)
    if found is None or pearson is None:
        return None
    tails = list(_tails(signal, later))
    return Evidence(
        found.ic,
        found.error,
        horizon,
        found.count,
        pearson.value,
        float(np.mean([np.mean(top) - np.mean(bottom) for top, bottom in tails])),
        float(np.mean([np.median(top) - np.median(bottom) for top, bottom in tails])),
    )


def sign_placebo(
    rule: Callable[[Floats], Floats], returns: Floats, horizon: int, *, draws: int, seed: int
) -> tuple[Evidence, ...]:
    """Return the evidence of the same ``rule`` (returns to signal, (n, k)) on returns with random signs.

    Each bar of each asset has a sign of its own, so that volatility stays as it was and nothing is predictable.
    """
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        turned = returns * generator.choice([-1.0, 1.0], size=returns.shape)
        found.append(measured_evidence(rule(turned), turned, horizon))
    return tuple(one for one in found if one is not None)


def _known(signal: Floats, later: Floats) -> NDArray[np.bool_]:
    """Return where both are known (n, k), of the assets with enough such bars."""
    known = np.isfinite(signal) & np.isfinite(later)
    return np.asarray(known & (known.sum(axis=0) >= FEWEST))


def _correlation(signal: Floats, later: Floats, scaled: Callable[[Floats], Floats]) -> RowRatio | None:
    known = _known(signal, later)
    product, square = np.zeros(len(signal)), np.zeros(len(signal))
    varies = False
    for column in np.flatnonzero(known.any(axis=0)):
        rows = known[:, column]
        x, y = (_unit(scaled(part[rows, column])) for part in (signal, later))
        product[rows] += x * y
        square[rows] += (x**2 + y**2) / 2
        varies = varies or bool(x.any())
    return RowRatio(product, square) if varies else None


def _tails(signal: Floats, later: Floats) -> Iterator[tuple[Floats, Floats]]:
    known = _known(signal, later)
    for column in np.flatnonzero(known.any(axis=0)):
        x, y = signal[known[:, column], column], later[known[:, column], column]
        low, high = np.quantile(x, [0.1, 0.9])
        yield y[x >= high], y[x <= low]


def _unit(values: Floats) -> Floats:
    spread = values.std()
    return np.asarray((values - values.mean()) / spread) if spread > 0 else np.zeros(len(values))


def _ranks(values: Floats) -> Floats:
    """Return mid-ranks (n), those of equal values being equal."""
    order = np.sort(values)
    return (np.searchsorted(order, values, "left") + np.searchsorted(order, values, "right")) / 2
