"""What the whole account may lose in a bar and in a day: its instruments jointly, as they moved together.

Historical: the present amounts through the past bars' returns. Filtered: residuals under a GARCH(1,1) volatility
(exponential weights of RiskMetrics where it cannot be fitted), drawn jointly, so that what fell together in the past
falls together in every path. Nothing is scaled by the root of time, and no liquidation stops a loss. Amounts in USDT;
a loss is positive.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from analysis.account.fits import Recursions
from analysis.account.result import AccountLoss, Horizon, Method
from analysis.arrays import Floats
from analysis.features.filtered_returns import Recursion, ewma, filtered
from analysis.features.joint_returns import complete_rows, component_shortfall, joint_returns
from analysis.features.look_backs import observations_needed
from analysis.features.tail_loss import historical
from analysis.framework.bar_rules import bar_returns
from analysis.framework.look_back import bar_minutes, day_bars
from analysis.framework.question import Instrument
from analysis.framework.reasons import Reason
from config.c_account import AccountConfig
from utils.binance_api.bars import Bars

CONFIDENCES = (0.95, 0.99)
HIGHEST = 0.99
KINDS: tuple[tuple[Method, Horizon, float], ...] = tuple(
    (method, horizon, confidence)
    for confidence in CONFIDENCES
    for method in ("historical", "filtered")
    for horizon in ("bar", "day")
)


@dataclass(frozen=True, slots=True, repr=False)
class Losses:
    """All of them, and each instrument's share of the filtered day's expected shortfall 99 % (together 1)."""

    rows: tuple[AccountLoss, ...]
    shares: Mapping[Instrument, float]

    def find(self, method: Method, horizon: Horizon, confidence: float) -> AccountLoss:
        """Return one of the rows; ``KeyError`` where there is none."""
        for row in self.rows:
            if (row.method, row.horizon, row.confidence) == (method, horizon, confidence):
                return row
        raise KeyError(f"no {method} loss of a {horizon} at {confidence}")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LossPanel:
    """The instruments whose bars suffice, on the bars that all of them have.

    ``amounts`` (k) in USDT, ``returns`` and ``residuals`` (rows, k), ``next_variance`` (k) for the coming bar.
    """

    instruments: tuple[Instrument, ...]
    amounts: Floats
    returns: Floats
    residuals: Floats
    next_variance: Floats
    recursions: tuple[Recursion, ...]
    left_out: tuple[str, ...]

    def pnl(self, log_returns: Floats) -> Floats:
        """Return (rows, k) profit and loss of the amounts held, USDT."""
        return np.asarray(self.amounts * np.expm1(log_returns))


def account_losses(
    exposures: Mapping[Instrument, float],
    bars: Mapping[Instrument, Bars],
    daily: Mapping[Instrument, Bars],
    interval: str,
    recursions: Recursions,
    config: AccountConfig,
) -> Losses:
    """Return value-at-risk and expected shortfall of the amounts held (USDT), over a bar and over a day. Pure.

    A day is simulated from bars shorter than one; historically, and from longer bars, it is a daily bar. Where
    nothing is held that moves, nothing can be lost.
    """
    if not exposures:
        return Losses(tuple(AccountLoss(*kind, 0.0, 0.0) for kind in KINDS), {})
    rows: list[AccountLoss] = []
    shares: Mapping[Instrument, float] = {}
    ahead = day_bars(interval)
    filtered_bars = histories(bars, recursions, config)
    filtered_days = filtered_bars if interval == "1d" else histories(daily, recursions, config)
    drawn: dict[tuple[Instrument, ...], Floats | None] = {}  # the levels mostly have the same instruments
    for confidence in CONFIDENCES:
        coming = panel_of(exposures, filtered_bars, interval, confidence, config)
        days = panel_of(exposures, filtered_days, "1d", confidence, config)
        drawn_from = coming if ahead > 1 else days
        held = () if isinstance(drawn_from, Reason) else drawn_from.instruments
        if held not in drawn:
            drawn[held] = _drawn(drawn_from, ahead, config)
        day = drawn[held]
        rows += [
            _loss("historical", "bar", confidence, coming, _historical(coming)),
            _loss("historical", "day", confidence, days, _historical(days)),
            _loss("filtered", "bar", confidence, coming, _drawn(coming, 1, config)),
            _loss("filtered", "day", confidence, drawn_from, day),
        ]
        if confidence == HIGHEST and isinstance(drawn_from, LossPanel) and day is not None:
            shares = _shares(drawn_from, day)
    return Losses(tuple(rows), shares)


def panel_of(
    exposures: Mapping[Instrument, float],
    known: Mapping[Instrument, "FilteredReturns"],
    interval: str,
    confidence: float,
    config: AccountConfig,
) -> LossPanel | Reason:
    """Return what the level can be measured on, or why it cannot: too little of the exposure has bars enough."""
    needed = observations_needed(confidence, bar_minutes(interval))
    kept = tuple(
        one for one in exposures if one in known and np.isfinite(known[one].residual).sum() >= needed
    )
    covered = sum(abs(exposures[one]) for one in kept) / sum(map(abs, exposures.values()))
    if covered < config.covered:
        return Reason("uncovered", {"has": f"{covered:.0%}", "needs": f"{config.covered:.0%}"})
    returns, residuals = _aligned([known[one] for one in kept])
    if len(residuals) < needed:
        return Reason("too_few_bars", {"needs": needed, "has": len(residuals)})
    return LossPanel(
        instruments=kept,
        amounts=np.array([exposures[one] for one in kept]),
        returns=returns[-config.tail_window :],
        residuals=residuals[-config.tail_window :],
        next_variance=np.array([known[one].next_variance for one in kept]),
        recursions=tuple(known[one].recursion for one in kept),
        left_out=tuple(one.symbol for one in exposures if one not in kept),
    )


@dataclass(frozen=True, slots=True, eq=False)
class FilteredReturns:
    """One instrument's bars: log returns (n) with their residuals, and what filtered them."""

    open_time: NDArray[np.int64]
    returns: Floats
    residual: Floats
    next_variance: float
    recursion: Recursion


def histories(
    bars: Mapping[Instrument, Bars], recursions: Recursions, config: AccountConfig
) -> dict[Instrument, FilteredReturns]:
    """Return every instrument's past."""
    smooth = ewma(config.decay)
    return {one: _history(rows, recursions.get((one, rows.interval), smooth)) for one, rows in bars.items()}


def _history(bars: Bars, recursion: Recursion) -> FilteredReturns:
    returns = bar_returns(bars)
    filtering = filtered(returns, recursion)
    return FilteredReturns(bars.open_time, returns, filtering.residual, filtering.next_variance, recursion)


def _aligned(parts: list[FilteredReturns]) -> tuple[Floats, Floats]:
    """Return (rows, k) returns and residuals on the bars that all have, where all are known."""
    common = reduce(np.intersect1d, [one.open_time for one in parts])
    rows = [np.searchsorted(one.open_time, common) for one in parts]
    returns = np.column_stack([one.returns[at] for one, at in zip(parts, rows, strict=True)])
    residuals = np.column_stack([one.residual[at] for one, at in zip(parts, rows, strict=True)])
    return complete_rows(returns), complete_rows(residuals)


def _historical(panel: LossPanel | Reason) -> Floats | None:
    return None if isinstance(panel, Reason) else panel.pnl(panel.returns)


def _drawn(panel: LossPanel | Reason, ahead: int, config: AccountConfig) -> Floats | None:
    if isinstance(panel, Reason):
        return None
    drawn = joint_returns(
        panel.residuals,
        panel.recursions,
        panel.next_variance,
        bars=ahead,
        paths=config.paths,
        seed=config.seed,
    )
    return panel.pnl(drawn)


def _loss(
    method: Method, horizon: Horizon, confidence: float, panel: LossPanel | Reason, pnl: Floats | None
) -> AccountLoss:
    if isinstance(panel, Reason) or pnl is None:
        reason = panel if isinstance(panel, Reason) else None
        return AccountLoss(method, horizon, confidence, None, None, reason=reason)
    tail = historical(pnl.sum(axis=1), confidence, min_count=1)
    return AccountLoss(
        method, horizon, confidence, tail.value_at_risk, tail.expected_shortfall, panel.left_out
    )


def _shares(panel: LossPanel, pnl: Floats) -> dict[Instrument, float]:
    parts = component_shortfall(pnl, HIGHEST)
    whole = float(parts.sum())
    if not whole > 0:
        return {}
    return {one: float(part) / whole for one, part in zip(panel.instruments, parts, strict=True)}
