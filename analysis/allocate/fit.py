"""What module I estimates at a refit time: every method's weights, from the days before it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.allocate.inputs import AllocateInputs, market_values_known
from analysis.allocate.panel import YEAR_DAYS, CoinPanel, market_weights, panel_of
from analysis.allocate.specs import VIEW_SOURCES
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
    """What one source's views rest on: their evidence, and that of the same signal on returns with random signs.

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
    def placebo_ic(self) -> float:
        """That of random signs."""
        return float("nan") if self.placebo is None else self.placebo.ic

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
    0 and NaN. ``records`` and ``views`` by source, a view (k) being what it adds to a coin's yearly return, NaN where
    there is none. ``weights`` by method and ``market`` (k); ``covariance`` and ``correlation`` (k, k), ``means`` (k),
    shrunk by ``shrinkage`` and ``mean_shrinkage``. ``by_value`` says that ``market`` is by market value. ``outlook``
    is that of the estimated coins alone.
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
    records: Mapping[str, ViewRecord]
    views: Mapping[str, Floats]
    outlook: Outlook


def fit(inputs: AllocateInputs, config: PortfolioAllocConfig, refit_time: int) -> AllocateFit | None:
    """Return the weights at a refit time; ``None`` where no coin has enough days before it."""
    panel = panel_of(inputs, config.seed)
    row = int(np.searchsorted(panel.time, refit_time))
    coins = estimable(_window(panel, row, config), config.min_bars)
    if not coins.any():
        return None
    known = common_days(panel, row, coins, config)
    daily = shrunk_covariance(known)
    yearly = per_year(daily)
    by_value = market_values_known(inputs, refit_time)
    supply = [inputs.supplies[bars.symbol].at(refit_time) if by_value else None for bars in inputs.members]
    market = _shares(market_weights(panel, supply, row, config.volume_bars)[coins])
    records = {source: view_record(panel, source, row, config) for source in VIEW_SOURCES}
    views = {source: _views(panel, source, row, records[source], config)[coins] for source in VIEW_SOURCES}
    outlook = Outlook(market, *_told(views, records), config.risk_aversion)
    means = shrunk_means(known.mean(axis=0), daily.covariance, len(known))
    return AllocateFit(
        coins=coins,
        days=len(known),
        weights={
            name: _spread(one, coins, 0.0)
            for name, one in allocations(yearly, outlook, limits_of(config)).items()
        },
        covariance=_square(yearly.covariance, coins),
        correlation=_square(yearly.correlation, coins),
        means=_spread(YEAR_DAYS * means.means, coins, np.nan),
        shrinkage=yearly.shrinkage,
        mean_shrinkage=means.shrinkage,
        market=_spread(market, coins, 0.0),
        by_value=by_value,
        records=records,
        views={source: _spread(one, coins, np.nan) for source, one in views.items()},
        outlook=outlook,
    )


def limits_of(config: PortfolioAllocConfig) -> WeightLimits:
    """Return the limits that every method keeps."""
    return WeightLimits(config.max_weight, config.min_position)


def per_year(daily: ShrunkCovariance) -> ShrunkCovariance:
    """Return an estimate of daily returns per year."""
    return ShrunkCovariance(
        daily.correlation, YEAR_DAYS * daily.covariance, np.sqrt(YEAR_DAYS) * daily.deviation, daily.shrinkage
    )


def common_days(panel: CoinPanel, row: int, coins: NDArray[np.bool_], config: PortfolioAllocConfig) -> Floats:
    """Return the simple returns (n, k) of ``coins`` on the days of the window before ``row`` that all of them have."""
    window = _window(panel, row, config)[:, coins]
    return window[np.isfinite(window).all(axis=1)]


def _window(panel: CoinPanel, row: int, config: PortfolioAllocConfig) -> Floats:
    return panel.returns[max(0, row - config.fit_bars) : row]


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


def view_record(panel: CoinPanel, source: str, row: int, config: PortfolioAllocConfig) -> ViewRecord:
    """Return the evidence of one source over the horizon of the views, from the days before ``row``."""
    part = slice(max(0, row - config.evidence_bars), row)
    signal = panel.signals[source]
    return ViewRecord(
        rank_coefficient(signal.coins[part], panel.log_returns[part], config.view_horizon),
        rank_coefficient(signal.turned[part], panel.turned[part], config.view_horizon),
    )


def _views(
    panel: CoinPanel, source: str, row: int, record: ViewRecord, config: PortfolioAllocConfig
) -> Floats:
    """Return what each view adds to a coin's yearly return (k): IC * sigma * z over the horizon; NaN for no view."""
    signal = panel.signals[source].coins
    if not record.counts:
        return np.full(signal.shape[1], np.nan)
    part = slice(max(0, row - config.evidence_bars), row)
    later = forward_returns(panel.log_returns[part], config.view_horizon)
    mean, spread = _moments(signal[part])
    ahead = record.ic * _moments(later)[1] * divide(signal[row - 1] - mean, spread)
    return np.asarray(ahead * YEAR_DAYS / config.view_horizon)


def _told(views: Mapping[str, Floats], records: Mapping[str, ViewRecord]) -> tuple[Floats, Floats]:
    """Return each source's views (v, k) with their confidence (v, k); of a view that is none both are 0."""
    alpha = np.stack(list(views.values()))
    sure = np.array([records[source].reliability for source in views])[:, None]
    told = np.isfinite(alpha)
    return np.where(told, alpha, 0.0), np.where(told, sure, 0.0)


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
