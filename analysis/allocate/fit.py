"""What module I estimates at a refit time: every method's weights, from the days before it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.allocate.inputs import AllocateInputs, market_values_known
from analysis.allocate.panel import YEAR_DAYS, CoinPanel, market_weights, panel_of
from analysis.arrays import Floats
from analysis.features.allocation import NOTHING, Outlook, WeightLimits, allocations
from analysis.features.evidence import NORMAL_95, Coefficient, forward_returns, rank_coefficient
from analysis.features.shrunk_covariance import ShrunkCovariance, shrunk_covariance
from analysis.features.shrunk_means import shrunk_means
from analysis.features.windows import divide
from config.c_portalloc import PortfolioAllocConfig

QUIET_BARS = 3
"""Bars before a refit time in one of which a coin must have a return."""


@dataclass(frozen=True, slots=True)
class ViewRecord:
    """What the trend's views rest on: their evidence, and that of the same signal on returns with random signs.

    In short windows the estimate is biased by itself, which the ``placebo`` shows: what counts is ``ic``, the
    difference of both coefficients, with the ``error`` of that difference. NaN where one of them is unknown.
    """

    own: Coefficient | None
    placebo: Coefficient | None

    @property
    def ic(self) -> float:
        """The coefficient beyond that of random signs."""
        return float("nan") if self.own is None or self.placebo is None else self.own.ic - self.placebo.ic

    @property
    def error(self) -> float:
        """One standard error of it."""
        return (
            float("nan")
            if self.own is None or self.placebo is None
            else float(np.hypot(self.own.error, self.placebo.error))
        )

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of it."""
        return self.ic - NORMAL_95 * self.error, self.ic + NORMAL_95 * self.error

    @property
    def counts(self) -> bool:
        """Whether the interval excludes 0."""
        return bool(abs(self.ic) > NORMAL_95 * self.error)

    @property
    def reliability(self) -> float:
        """t^2 / (1 + t^2), 0..1: the confidence of the views."""
        return self.ic**2 / (self.ic**2 + self.error**2)


@dataclass(frozen=True, slots=True, eq=False)
class AllocateFit:
    """Estimates over the k coins of the question, a year being 365 days.

    ``coins`` (k) are those that could be estimated from ``days`` common days; everywhere else the others have weight
    0 and NaN. ``weights`` by method and ``market`` (k); ``covariance`` and ``correlation`` (k, k), ``means`` (k),
    shrunk by ``shrinkage`` and ``mean_shrinkage``. ``by_value`` says that ``market`` is by market value.
    """

    coins: NDArray[np.bool_]
    days: int
    weights: Mapping[str, Floats]
    covariance: Floats
    correlation: Floats
    means: Floats
    shrinkage: float
    mean_shrinkage: float
    market: Floats
    by_value: bool
    record: ViewRecord


def fit(inputs: AllocateInputs, config: PortfolioAllocConfig, refit_time: int) -> AllocateFit | None:
    """Return the weights at a refit time; ``None`` where no coin has enough days before it."""
    panel = panel_of(inputs, config.seed)
    row = int(np.searchsorted(panel.time, refit_time))
    window = panel.returns[max(0, row - config.fit_bars) : row]
    coins = estimable(window, config.min_bars)
    if not coins.any():
        return None
    known = window[np.isfinite(window[:, coins]).all(axis=1)][:, coins]
    daily = shrunk_covariance(known)
    yearly = ShrunkCovariance(
        daily.correlation, YEAR_DAYS * daily.covariance, np.sqrt(YEAR_DAYS) * daily.deviation, daily.shrinkage
    )
    by_value = market_values_known(inputs, refit_time)
    supply = [inputs.supplies[bars.symbol].at(refit_time) if by_value else None for bars in inputs.members]
    market = _shares(market_weights(panel, supply, row, config.volume_bars)[coins])
    record = view_record(panel, row, config)
    outlook = Outlook(market, *_views(panel, row, coins, record, config), config.risk_aversion)
    limits = WeightLimits(config.max_weight, config.min_position)
    means = shrunk_means(known.mean(axis=0), daily.covariance, len(known))
    return AllocateFit(
        coins=coins,
        days=len(known),
        weights={
            name: _spread(one, coins, 0.0) for name, one in allocations(yearly, outlook, limits).items()
        },
        covariance=_square(yearly.covariance, coins),
        correlation=_square(yearly.correlation, coins),
        means=_spread(YEAR_DAYS * means.means, coins, np.nan),
        shrinkage=yearly.shrinkage,
        mean_shrinkage=means.shrinkage,
        market=_spread(market, coins, 0.0),
        by_value=by_value,
        record=record,
    )


def estimable(window: Floats, fewest: int) -> NDArray[np.bool_]:
    """Return which coins (k) of a window (n, k) have ``fewest`` days in common, the last of them recent, and move then.

    Where too few days are common, the coin with the shortest history is left out, and so on.
    """
    known = np.isfinite(window)
    counts, recent = known.sum(axis=0), known[-QUIET_BARS:].any(axis=0)
    coins = np.asarray((counts >= fewest) & recent, dtype=np.bool_)
    while coins.any() and known[:, coins].all(axis=1).sum() < fewest:
        coins[int(np.argmin(np.where(coins, counts, np.inf)))] = False
    if coins.any():
        common = window[known[:, coins].all(axis=1)]
        still = coins & ~(np.std(np.where(np.isfinite(common), common, 0.0), axis=0) > np.sqrt(NOTHING))
        coins &= ~still
    return coins


def view_record(panel: CoinPanel, row: int, config: PortfolioAllocConfig) -> ViewRecord:
    """Return the evidence of the trend over the horizon of the views, from the days before ``row``."""
    part = slice(max(0, row - config.evidence_bars), row)
    return ViewRecord(
        rank_coefficient(panel.signal[part], panel.log_returns[part], config.view_horizon),
        rank_coefficient(panel.turned_signal[part], panel.turned[part], config.view_horizon),
    )


def _views(
    panel: CoinPanel, row: int, coins: NDArray[np.bool_], record: ViewRecord, config: PortfolioAllocConfig
) -> tuple[Floats, Floats]:
    """Return what each view adds to a coin's yearly return, IC * sigma * z over the horizon, and its confidence."""
    count = int(coins.sum())
    if not record.counts:
        return np.zeros(count), np.zeros(count)
    part = slice(max(0, row - config.evidence_bars), row)
    signal = panel.signal[part][:, coins]
    later = forward_returns(panel.log_returns[part][:, coins], config.view_horizon)
    mean, spread = _moments(signal)
    ahead = record.ic * _moments(later)[1] * divide(signal[-1] - mean, spread)
    told = np.isfinite(ahead)
    alpha = np.where(told, ahead * YEAR_DAYS / config.view_horizon, 0.0)
    return alpha, np.where(told, record.reliability, 0.0)


def _moments(columns: Floats) -> tuple[Floats, Floats]:
    """Return mean and deviation (k) of the known values of each column, NaN where there are none."""
    known = np.isfinite(columns)
    count = known.sum(axis=0).astype(np.float64)
    mean = divide(np.where(known, columns, 0.0).sum(axis=0), count)
    away = np.where(known, columns - mean, 0.0)
    return mean, np.sqrt(divide((away**2).sum(axis=0), count))


def _shares(sizes: Floats) -> Floats:
    whole = float(sizes.sum())
    return sizes / whole if whole > 0 else np.full(len(sizes), 1 / len(sizes))


def _spread(values: Floats, coins: NDArray[np.bool_], elsewhere: float) -> Floats:
    result = np.full(len(coins), elsewhere)
    result[coins] = values
    return result


def _square(matrix: Floats, coins: NDArray[np.bool_]) -> Floats:
    result = np.full((len(coins), len(coins)), np.nan)
    result[np.ix_(coins, coins)] = matrix
    return result
