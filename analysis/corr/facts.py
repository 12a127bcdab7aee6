"""The last window of all coins, measured: one number per coin or pair by name, each part failing alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from analysis.arrays import Floats
from analysis.corr.inputs import CorrInputs
from analysis.corr.metrics import TICKS
from analysis.features.canonical import canonical
from analysis.features.co_movement import (
    absorption_ratio,
    covariance,
    dispersion,
    ewma_covariance,
    mean_off_diagonal,
    partial_correlation,
    pearson,
    rank_correlation,
)
from analysis.features.granger import granger_tests
from analysis.features.hayashi_yoshida import TickPath, common_span, lead_probability, tick_lead
from analysis.features.lead_lag import lead_lag_matrix, peak_probability
from analysis.features.market_beta import betas, residual_momentum, rest_of_basket
from analysis.features.multiple_tests import benjamini_hochberg
from analysis.features.shrunk_covariance import shrunk_covariance
from analysis.features.spillover import impulse_responses, spillover
from analysis.features.time_warping import warping
from analysis.features.vector_autoregression import chosen_order, fit_autoregression, out_of_sample_r2
from analysis.framework.measured import attempted
from config.c_corr import CorrelationConfig
from utils.binance_api.trades.seconds import MS_PER_SECOND
from utils.units import BASIS_POINTS, PERCENT

FEWEST_RANKED = 5
"""Coins below which two halves can agree by chance."""
RANKING_P = 0.05
"""Chance below which two halves agree."""
TICK_LAGS_MS = np.array([-1000, -500, -200, -100, -50, 0, 50, 100, 200, 500, 1000])
"""Shifts that are tried on live trades."""
TICK_DRAWS = 99
"""Random shifts behind the chance of the strongest of them."""
TICK_NUMBERS = ("tick_correlation", "tick_lead", "tick_lead_correlation", "tick_p", "tick_seconds")
TRAIN = 2 / 3
"""Share of the window on which what is proved on later bars is fitted."""


@dataclass(frozen=True, slots=True, eq=False)
class CorrFacts:
    """``per_coin`` (k), ``per_pair`` (k, k) and single numbers by name; what a part does not know is absent or NaN.

    ``failed`` are the names of parts that failed.
    """

    per_coin: dict[str, Floats] = field(default_factory=dict)
    per_pair: dict[str, Floats] = field(default_factory=dict)
    single: dict[str, float] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    def part(self, name: str, measure: Callable[[], "Found"]) -> None:
        """Add what a part measures."""
        found = attempted(f"analysis.corr.{name}", measure, None)
        if found is None:
            self.failed.add(name)
            return
        self.per_coin.update(found.per_coin)
        self.per_pair.update(found.per_pair)
        self.single.update(found.single)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What one part measures."""

    per_coin: Mapping[str, Floats] = field(default_factory=dict)
    per_pair: Mapping[str, Floats] = field(default_factory=dict)
    single: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class CorrWindow:
    """The newest rows: ``returns`` (w, k) with holes, ``complete`` ones of all coins, ``close`` (w, k)."""

    returns: Floats
    complete: Floats
    close: Floats

    @property
    def coins(self) -> int:
        """How many coins there are."""
        return int(self.returns.shape[1])


def window_of(inputs: CorrInputs, config: CorrelationConfig) -> CorrWindow:
    """Return the last ``window`` rows."""
    returns = inputs.joint.returns[-config.window :]
    return CorrWindow(
        returns, returns[np.isfinite(returns).all(axis=1)], inputs.joint.close[-config.window :]
    )


def usable(window: CorrWindow, config: CorrelationConfig) -> bool:
    """Whether there are two coins with enough bars in common."""
    return window.coins > 1 and len(window.complete) >= config.min_bars


def facts(inputs: CorrInputs, config: CorrelationConfig) -> CorrFacts:
    """Return everything that is measured on the last window; nothing where it is too short."""
    window, found = window_of(inputs, config), CorrFacts()
    if not usable(window, config):
        return found
    for name, part in _PARTS.items():
        found.part(name, partial(part, window, inputs, config))
    return found


def _together(window: CorrWindow, inputs: CorrInputs, config: CorrelationConfig) -> Found:
    del inputs
    rows = window.complete
    plain, ranks, shrunk = pearson(rows), rank_correlation(rows), shrunk_covariance(rows)
    return Found(
        per_coin={
            "correlation": plain.value[0],
            "correlation_low": plain.low[0],
            "correlation_high": plain.high[0],
            "correlation_shrunk": shrunk.correlation[0],
            "rank_correlation": ranks.value[0],
            "rank_low": ranks.low[0],
            "rank_high": ranks.high[0],
            "covariance": BASIS_POINTS**2 * covariance(rows)[0],
            "covariance_ewma": BASIS_POINTS**2 * ewma_covariance(rows, config.ewma_decay)[0],
        },
        per_pair={"correlation": shrunk.correlation},
        single={"mean_correlation": mean_off_diagonal(plain.value), "shrinkage": shrunk.shrinkage},
    )


def _partial(window: CorrWindow, inputs: CorrInputs, config: CorrelationConfig) -> Found:
    del inputs, config
    if window.coins < 3:
        return Found()
    found = partial_correlation(shrunk_covariance(window.complete).correlation)
    return Found(per_coin={"partial": found[0]}, per_pair={"partial": found})


def _common(window: CorrWindow, inputs: CorrInputs, config: CorrelationConfig) -> Found:
    del config
    rows, newest = window.complete, inputs.joint.returns[-1]
    fifth = max(1, round(window.coins / 5))
    known = newest[np.isfinite(newest)]
    apart = float(dispersion(known[None])[0]) if len(known) > 1 else np.nan
    share = absorption_ratio(pearson(rows).value, fifth)
    return Found(single={"absorption": share, "dispersion_bps": BASIS_POINTS * apart})


def _betas(window: CorrWindow, inputs: CorrInputs, config: CorrelationConfig) -> Found:
    del inputs
    rows, market = window.complete, window.complete[:, 0]
    to_market, to_rest = betas(rows, market), betas(rows, rest_of_basket(rows))
    momentum = residual_momentum(rows, market, to_market.beta, config.momentum_bars)
    momentum[0] = np.nan  # the market has no part beside itself
    return Found(
        per_coin={
            "beta": to_market.beta,
            "beta_error": to_market.error,
            "beta_down": to_market.downside,
            "beta_rest": to_rest.beta,
            "beta_rest_down": to_rest.downside,
            "residual_momentum": momentum,
        }
    )


def _leads(window: CorrWindow, inputs: CorrInputs, config: CorrelationConfig) -> Found:
    del inputs
    found = lead_lag_matrix(window.returns, config.lead_lags)
    upper = np.triu_indices(window.coins, 1)
    adjusted = np.full_like(found.p, np.nan)
    adjusted[upper] = benjamini_hochberg(found.p[upper])
    adjusted = np.where(np.isfinite(adjusted), adjusted, adjusted.T)
    tested = np.isfinite(adjusted[upper])
    return Found(
        per_coin={"lead_net": _row_means(found.cells)},
        per_pair={"lead": found.cells, "lead_p": adjusted},
        single={
            "lead_tested": float(tested.sum()),
            "lead_found": float((adjusted[upper][tested] <= config.false_share).sum()),
        },
    )


def _ranking(window: CorrWindow, inputs: CorrInputs, config: CorrelationConfig) -> Found:
    """Whether the coins stand in one order of leading in both halves; coins that hardly trade stay out of it."""
    del inputs
    rankable = np.flatnonzero(np.isnan(window.returns).mean(axis=0) <= config.thin_share)
    if len(rankable) < FEWEST_RANKED:
        return Found()
    half = len(window.returns) // 2
    halves = (window.returns[:half, rankable], window.returns[half:, rankable])
    nets = [_row_means(lead_lag_matrix(part, config.lead_lags).cells) for part in halves]
    if not np.isfinite(nets).all():
        return Found()
    agreed = spearmanr(nets[0], nets[1], alternative="greater")
    ranked = np.zeros(window.coins)
    ranked[rankable] = float(agreed.pvalue) < RANKING_P
    return Found(per_coin={"ranked": ranked}, single={"halves_agree": float(agreed.statistic)})


def _row_means(cells: Floats) -> Floats:
    known = np.isfinite(cells)
    count = known.sum(axis=1)
    total, unknown = np.where(known, cells, 0.0).sum(axis=1), np.full(len(cells), np.nan)
    return np.asarray(np.divide(total, count, out=unknown, where=count > 0))


def _lead_p(window: CorrWindow, inputs: CorrInputs, config: CorrelationConfig) -> Found:
    """How sure the rolling lead is: of one coin against the market; of a basket nobody is asked."""
    if inputs.target is None or inputs.target == 0:
        return Found()
    rows = window.returns[-config.rolling :]
    p = peak_probability(
        rows[:, 0],
        rows[:, inputs.target],
        config.peak_lags,
        block=config.bootstrap_block,
        draws=config.bootstrap_draws,
        seed=config.seed,
    )
    return Found(single={"lead_p": p})


def _causes(window: CorrWindow, inputs: CorrInputs, config: CorrelationConfig) -> Found:
    del inputs
    found = granger_tests(window.returns, config.granger_lags, config.min_bars)
    adjusted = benjamini_hochberg(found.p)
    tested = np.isfinite(found.p)
    pairs = window.coins * (window.coins - 1)
    share = np.nan if not tested.any() else PERCENT
    return Found(
        per_coin={"cause_p": found.p[0], "cause_p_classical": found.p_classical[0]},
        per_pair={"cause_p": adjusted},
        single={
            "cause_tested": float(tested.sum()),
            "cause_untested": float(pairs - tested.sum()),
            "cause_found": float((adjusted[tested] <= config.false_share).sum()),
            "cause_share": share * _share(found.p[tested] < 0.05),
            "cause_share_classical": share * _share(found.p_classical[tested] < 0.05),
        },
    )


def _share(passed: NDArray[np.bool_]) -> float:
    return float(np.mean(passed)) if len(passed) else np.nan


def _warps(window: CorrWindow, inputs: CorrInputs, config: CorrelationConfig) -> Found:
    distance, lag = np.full((2, window.coins), np.nan)
    logs = np.log(window.close[-config.rolling :])
    for column in inputs.others:
        found = warping(logs[:, 0], logs[:, column], config.warp_radius) if column else None
        if found is not None:
            distance[column], lag[column] = found.distance, found.lag
    return Found(per_coin={"warp_distance": distance, "warp_lag": lag})


def _canonical(window: CorrWindow, inputs: CorrInputs, config: CorrelationConfig) -> Found:
    del config
    leaders = list(inputs.leaders)
    rest = [column for column in range(window.coins) if column not in leaders]
    if not leaders or not rest:
        return Found()
    rows = _unbroken(window)
    found = canonical(rows[:, leaders], rows[:, rest], int(TRAIN * (len(rows) - 1)))
    if found is None:
        return Found()
    return Found(single={"canonical": found.inside, "canonical_out": found.outside})


def _unbroken(window: CorrWindow) -> Floats:
    """Return the complete rows since the last hole, where they are most of all; else all complete ones.

    Over a hole neighbours in the second case are not neighbours in time: it has few of them.
    """
    holes = np.flatnonzero(~np.isfinite(window.returns).all(axis=1))
    since = window.returns[holes[-1] + 1 :] if len(holes) else window.returns
    return since if len(since) > TRAIN * len(window.returns) else window.complete


def _autoregression(window: CorrWindow, inputs: CorrInputs, config: CorrelationConfig) -> Found:
    del inputs
    rows = _unbroken(window)
    rows = rows / rows.std(axis=0)
    order = chosen_order(rows, config.var_lags)
    zeros = np.zeros(window.coins)
    if order == 0:
        return Found(
            per_coin={"spillover_net": zeros, "response": zeros},
            single={"var_lags": 0.0, "spillover": 0.0},
        )
    fitted = fit_autoregression(rows, order)
    table = spillover(fitted.moving_average(config.horizon - 1), fitted.sigma)
    responses = impulse_responses(fitted.moving_average(config.horizon), fitted.sigma)[1:].sum(axis=0)[:, 0]
    scale = BASIS_POINTS * window.complete.std(axis=0)
    later = out_of_sample_r2(rows, order, int(TRAIN * len(rows)))
    return Found(
        per_coin={"spillover_net": PERCENT * table.net, "response": responses * scale},
        per_pair={"spillover": PERCENT * table.table},
        single={
            "var_lags": float(order),
            "spillover": PERCENT * table.total,
            "var_r2": PERCENT * float(fitted.r2.mean()),
            "var_r2_out": PERCENT * float(later.mean()),
        },
    )


def _ticks(window: CorrWindow, inputs: CorrInputs, config: CorrelationConfig) -> Found:
    """Measure live trades of followed coins against the market's; chance of one asked coin alone, it costs most."""
    symbols, found = inputs.joint.symbols, np.full((5, window.coins), np.nan)
    for column in inputs.others:
        path = inputs.ticks.get(symbols[column])
        if path is not None and column:
            pair = common_span(inputs.ticks[symbols[0]], path)
            found[:, column] = _tick_numbers(*pair, config, proved=not inputs.is_basket)
    return Found(per_coin=dict(zip(TICK_NUMBERS, found, strict=True)))


def _tick_numbers(
    first: TickPath, second: TickPath, config: CorrelationConfig, *, proved: bool
) -> tuple[float, ...]:
    lead = tick_lead(first, second, TICK_LAGS_MS)
    if lead is None:
        return (np.nan,) * len(TICK_NUMBERS)
    chance = lead_probability(first, second, TICK_LAGS_MS, TICK_DRAWS, config.seed) if proved else np.nan
    span = min(first.time[-1], second.time[-1]) - max(first.time[0], second.time[0])
    return lead.together, lead.lag, lead.at_lag, chance, span / MS_PER_SECOND


_PARTS: Mapping[str, Callable[[CorrWindow, CorrInputs, CorrelationConfig], Found]] = {
    "together": _together,
    "partial": _partial,
    "common": _common,
    "betas": _betas,
    "leads": _leads,
    "lead_p": _lead_p,
    "ranking": _ranking,
    "causes": _causes,
    "warps": _warps,
    "canonical": _canonical,
    "autoregression": _autoregression,
    TICKS: _ticks,
}
