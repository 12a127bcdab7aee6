"""Module I's metrics: steps from refit time to refit time, and what only the last row has."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from analysis.allocate.fit import AllocateFit
from analysis.allocate.inputs import AllocateInputs
from analysis.allocate.method_metrics import METHOD_SPECS, method_metric
from analysis.allocate.metrics import METRICS
from analysis.allocate.mix_metrics import REPLAYS
from analysis.allocate.panel import YEAR_DAYS, CoinPanel
from analysis.allocate.paths import Compared, fitted_rows, weight_stability
from analysis.allocate.specs import Figure, ViewSpec
from analysis.allocate.view_metrics import VIEW_SPECS
from analysis.arrays import Floats
from analysis.features.allocation_methods import ALLOCATION_METHODS, ERC
from analysis.features.conditional_beta import ConditionalBeta, conditional_beta
from analysis.features.drawdown_correlation import drawdown_correlation
from analysis.features.risk_parity import diversification_ratio
from analysis.features.robust import clipped
from analysis.features.stress import replay_events
from analysis.features.tail_loss import historical
from analysis.framework.measured import Measured
from config.c_portalloc import PortfolioAllocConfig
from utils.units import PERCENT

MIX = ("effective_coins", "cash", "sharpe_mix", "sortino_mix")
DRAWDOWNS = ("drawdown_correlation", "drawdown_p", "drawdown_changes")


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Everything values are made from; ``newest`` is the last estimate, ``None`` without one."""

    inputs: AllocateInputs
    panel: CoinPanel
    fits: Mapping[int, AllocateFit | None]
    comparison: Compared
    config: PortfolioAllocConfig

    @property
    def newest(self) -> AllocateFit | None:
        """The last estimate, ``None`` without one."""
        found = fitted_rows(self.panel, self.fits)
        return found[-1][1] if found else None

    @property
    def weights(self) -> Floats:
        """The recommended weights (k), all 0 without an estimate."""
        newest = self.newest
        return np.zeros(self.panel.close.shape[1]) if newest is None else newest.weights[self.recommended]

    @property
    def recommended(self) -> str:
        """The recommended method."""
        return self.comparison.recommended


def allocate_values(reading: Reading) -> Measured:
    """Return every metric's value per bar of the answer (m), NaN where missing."""
    values = Measured(len(reading.panel.rows))
    values.part("steps", lambda: _steps(reading))
    values.part("mix", lambda: _mix(reading))
    values.part("stability", lambda: _stability(reading))
    values.part("tail", lambda: _tail(reading))
    values.part("market", lambda: _market(reading))
    values.part("drawdowns", lambda: _drawdowns(reading))
    values.part("past", lambda: _past(reading))
    values.part("replays", lambda: _replays(reading))
    return values.complete(METRICS)


def last_only(count: int, value: float) -> Floats:
    """Return a column (n) that has its last row alone."""
    column = np.full(count, np.nan)
    column[-1:] = value
    return column


def _last_rows(reading: Reading, found: Mapping[str, float], names: Iterable[str] = ()) -> dict[str, Floats]:
    """Return columns that have their last row alone, of what was found and of all ``names``, NaN where it was not."""
    whole = dict.fromkeys(names, np.nan) | dict(found)
    return {name: last_only(len(reading.panel.rows), value) for name, value in whole.items()}


def _steps(reading: Reading) -> dict[str, Floats]:
    """Return what each estimate says, from its refit time to the next."""
    panel, made = reading.panel, fitted_rows(reading.panel, reading.fits)
    starts = np.array([row for row, _ in made], dtype=np.int64)
    place = np.searchsorted(starts, panel.rows, side="right") - 1
    told: dict[str, Callable[[AllocateFit], float]] = {
        "diversification": lambda one: 1 - 1 / _ratio(ERC, one),
        "correlation": _mean_correlation,
        "shrinkage": lambda one: one.shrinkage,
        "days": lambda one: float(one.days),
    }
    for spec in VIEW_SPECS:
        told[spec.id] = partial(_view_figure, spec)
    for method in ALLOCATION_METHODS:
        told[method_metric(method, "expected")] = partial(_expected, method)
        told[method_metric(method, "ratio")] = partial(_ratio, method)
    columns = {}
    for name, of in told.items():
        steps = np.array([*(of(one) for _, one in made), np.nan])
        columns[name] = steps[place]  # -1, before the first, is the NaN at the end
    return columns


def _view_figure(spec: ViewSpec, one: AllocateFit) -> float:
    record = one.records[spec.source]
    return {"ic": record.ic, "error": record.error, "placebo": record.placebo_ic}[spec.figure]


def _of_held(one: AllocateFit, method: str) -> tuple[Floats, Floats]:
    return one.weights[method][one.coins], one.covariance[np.ix_(one.coins, one.coins)]


def _ratio(method: str, one: AllocateFit) -> float:
    return diversification_ratio(*_of_held(one, method))


def _expected(method: str, one: AllocateFit) -> float:
    return PERCENT * _deviation(one, method)


def _deviation(one: AllocateFit, method: str) -> float:
    weights, covariance = _of_held(one, method)
    return float(np.sqrt(weights @ covariance @ weights))


def _mean_correlation(one: AllocateFit) -> float:
    correlation = one.correlation[np.ix_(one.coins, one.coins)]
    pairs = correlation[np.triu_indices(len(correlation), 1)]
    return float(pairs.mean()) if len(pairs) else np.nan


def _mix(reading: Reading) -> dict[str, Floats]:
    newest, weights = reading.newest, reading.weights
    if newest is None:
        return _last_rows(reading, {}, MIX)
    shares = weights / weights.sum()
    found = {
        "effective_coins": 1 / float(shares @ shares),
        "cash": PERCENT * max(0.0, 1 - float(weights.sum())),
    }
    held = newest.coins
    mean, deviation = float(weights[held] @ newest.means[held]), _deviation(newest, reading.recommended)
    lost = downside(portfolio_returns(reading))
    found["sharpe_mix"] = mean / deviation if deviation > 0 else np.nan
    found["sortino_mix"] = mean / lost if lost > 0 else np.nan
    return _last_rows(reading, found)


def _stability(reading: Reading) -> dict[str, Floats]:
    made = fitted_rows(reading.panel, reading.fits)
    found = weight_stability(made, reading.recommended, reading.config)
    return _last_rows(reading, {"stability": found})


def downside(returns: Floats) -> float:
    """Return the yearly deviation of daily returns below 0, NaN without a return."""
    return float(np.sqrt(np.mean(np.minimum(returns, 0) ** 2) * YEAR_DAYS)) if len(returns) else float("nan")


def portfolio_returns(reading: Reading) -> Floats:
    """Return what today's recommended weights would have made on each past day that all their coins have."""
    weights = reading.weights
    held = weights > 0
    if not held.any():
        return np.zeros(0)
    returns = reading.panel.returns[:, held]
    return np.asarray(returns[np.isfinite(returns).all(axis=1)] @ weights[held])


def _tail(reading: Reading) -> dict[str, Floats]:
    found = historical(portfolio_returns(reading), 0.95)
    losses = {"var_95": PERCENT * found.value_at_risk, "es_95": PERCENT * found.expected_shortfall}
    return _last_rows(reading, losses)


def _market(reading: Reading) -> dict[str, Floats]:
    found = portfolio_beta(reading)
    return _last_rows(reading, {"beta_down": found.down.value, "beta_up": found.up.value})


def portfolio_beta(reading: Reading) -> ConditionalBeta:
    """Return the betas of today's recommended weights to bitcoin; one wick moves them less on clipped returns."""
    recent = slice(-reading.config.beta_bars, None)
    held = reading.weights > 0
    mix = reading.panel.returns[recent][:, held] @ reading.weights[held]
    if not held.any():
        mix = np.full(len(mix), np.nan)
    return clipped_beta(mix, reading.panel.market[recent])


def clipped_beta(returns: Floats, market: Floats) -> ConditionalBeta:
    """Return the betas of returns (n) on bitcoin's where both are known, clipped at three of their usual sizes."""
    known = np.isfinite(returns) & np.isfinite(market)
    if not known.any():
        return conditional_beta(returns, market)
    return conditional_beta(clipped(returns[known]), clipped(market[known]))


def _drawdowns(reading: Reading) -> dict[str, Floats]:
    newest, config = reading.newest, reading.config
    if newest is None:
        return _last_rows(reading, {}, DRAWDOWNS)
    window = reading.panel.log_returns[-config.fit_bars :][:, newest.coins]
    known = window[np.isfinite(window).all(axis=1)]
    if len(known) < config.min_bars:
        return _last_rows(reading, {}, DRAWDOWNS)
    found = drawdown_correlation(known, config.null_draws, config.seed)
    told = {"drawdown_correlation": found.level, "drawdown_p": found.p, "drawdown_changes": found.changes}
    return _last_rows(reading, told)


def _past(reading: Reading) -> dict[str, Floats]:
    """Return what each method came to, where at least ``LEAST_TESTED`` days are compared."""
    beaten = reading.comparison.beaten
    names = ("beat_p", *(spec.id for spec in METHOD_SPECS if spec.latest_only))
    if beaten is None:
        return _last_rows(reading, {}, names)
    found = {"beat_p": beaten.p}
    for spec in METHOD_SPECS:
        done = reading.comparison.performances.get(spec.method)
        if done is not None and spec.latest_only:
            found[spec.id] = _figure(spec.figure, getattr(done, spec.figure))
    return _last_rows(reading, found, names)


def _figure(figure: Figure, value: float) -> float:
    return PERCENT * value if figure in ("growth", "volatility", "drawdown") else value


def _replays(reading: Reading) -> dict[str, Floats]:
    symbols = [bars.symbol for bars in reading.inputs.members]
    weights = dict(zip(symbols, reading.weights.tolist(), strict=True))
    losses = replay_events(weights, reading.inputs.crash_paths)
    found = {spec.id: PERCENT * one.loss for spec in REPLAYS if (one := losses[spec.event.id]) is not None}
    return _last_rows(reading, found, (spec.id for spec in REPLAYS))
