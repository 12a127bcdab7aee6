"""Why a value of module G is missing where its declaration alone does not tell."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.features.look_backs import SEED_BARS
from analysis.framework.metric import MetricSpec
from analysis.framework.missing import (
    FEW_PAST,
    Family,
    Rules,
    Situation,
    missing_reasons,
    too_few,
    value_reason,
)
from analysis.framework.reasons import Reason
from analysis.risk.fit import RiskFit
from analysis.risk.inputs import RiskInputs, fewest_bars, window_bars
from analysis.risk.leverage_metrics import OFFERED
from analysis.risk.metrics import METRICS, SCALARS
from analysis.risk.returns import daily_returns, known_before
from analysis.risk.specs import (
    BACKTEST,
    BETA,
    CLUSTER,
    DAYS,
    EXPANDED_DAYS,
    EXPANDED_RETURNS,
    FILTERED,
    LIQUIDATION,
    RATIO,
    RECENT,
    RETURNS,
    SORTINO,
    VOLATILITY,
    BacktestSpec,
    LiquidationSpec,
    TailSpec,
)
from analysis.risk.tail_metrics import NEXT_BAR_VAR, VIOLATION_SHARES

OBSERVATIONS = "observations"
NOT_MONOTONE = Reason("not_monotone")


@dataclass(frozen=True, slots=True, eq=False)
class RiskSituation(Situation[RiskInputs, RiskFit]):
    """With the log returns (n) beside the values."""

    returns: Floats


def risk_reasons(
    situation: RiskSituation, signals: Mapping[str, Floats], scalars: Mapping[str, Floats]
) -> dict[str, Reason]:
    """Return a reason for every metric, signal or scalar that is NaN in the last row."""
    declared = tuple((spec, scalars[spec.name]) for spec in SCALARS)
    return missing_reasons(METRICS, situation, RULES, signals=signals, scalars=declared)


def _known_returns(situation: RiskSituation) -> int:
    return int(np.isfinite(situation.returns).sum())


def _sampled_returns(situation: RiskSituation) -> int:
    return min(_known_returns(situation), int(situation.config.fit_bars))


def _sampled_days(situation: RiskSituation) -> int:
    return len(daily_returns(situation.inputs, situation.returns, situation.config))


def _volatility(spec: MetricSpec, situation: RiskSituation) -> Reason | None:
    del spec
    if np.isnan(situation.returns[-1]):
        return Reason("no_data", {"what": "bar before the last one"})
    return too_few(SEED_BARS, _known_returns(situation), OBSERVATIONS)


def _ratio(spec: MetricSpec, situation: RiskSituation) -> Reason | None:
    return too_few(situation.needed(spec.bars) - 1, _known_returns(situation), OBSERVATIONS)


def _sortino(spec: MetricSpec, situation: RiskSituation) -> Reason | None:
    return _ratio(spec, situation) or Reason("no_losses")


def _unfitted(spec: TailSpec, situation: RiskSituation) -> Reason | None:
    del spec
    if situation.fits:
        return None
    inputs, config = situation.inputs, situation.config
    needs = fewest_bars() if inputs.from_listing else window_bars(config)
    return too_few(needs, len(inputs.bars)) or Reason("no_boundary", {"needs": needs})


def _residuals(situation: RiskSituation) -> int:
    row = int(np.searchsorted(situation.inputs.bars.close_time, max(situation.fits)))
    return max(0, len(known_before(situation.returns, row, situation.config)) - SEED_BARS)


def _filtered(level: int, situation: RiskSituation) -> Reason:
    return value_reason(NEXT_BAR_VAR[level], situation, RULES)


def _backtest(spec: BacktestSpec, situation: RiskSituation) -> Reason | None:
    share = VIOLATION_SHARES[spec.method, spec.level]
    if spec is not share and np.isfinite(situation.values[share.id][-1]):
        return Reason("no_failures")
    if spec.method == "filtered":
        return _filtered(spec.level, situation)
    lacking = too_few(situation.config.fit_bars + 1, _known_returns(situation), OBSERVATIONS)
    return lacking or (NOT_MONOTONE if spec.method == "cornish_fisher" else None)


def _recent(spec: MetricSpec, situation: RiskSituation) -> Reason | None:
    del spec
    if not situation.fits:
        return _filtered(95, situation)
    forecast, last = situation.values[NEXT_BAR_VAR[95].id][:-1], situation.config.failure_bars
    judged = np.isfinite(forecast[-last:]) & np.isfinite(situation.returns[1:][-last:])
    return too_few(-(-last // 2), int(judged.sum()), FEW_PAST)


def _liquidation(spec: LiquidationSpec, situation: RiskSituation) -> Reason | None:
    offered = np.isfinite(situation.values[OFFERED[spec.leverage].id][-1])
    if spec.side == "long" and offered:
        return Reason("cannot_fall")
    notional = f"{situation.config.liq_notional:g}"
    return Reason("not_offered", {"leverage": str(spec.leverage), "notional": notional})


def _cluster(spec: MetricSpec, situation: RiskSituation) -> Reason:
    del spec
    history = situation.inputs.positions.open_interest
    has = 0 if history is None else len(history.known(situation.inputs.as_of))
    return too_few(2, has, FEW_PAST) or Reason("no_data", {"what": "estimated liquidation nearby"})


RULES = Rules(
    {
        VOLATILITY: Family(why=_volatility),
        RATIO: Family(why=_ratio),
        SORTINO: Family(why=_sortino),
        RETURNS: Family(count=_sampled_returns, too_few=OBSERVATIONS),
        EXPANDED_RETURNS: Family(count=_sampled_returns, why=lambda *_: NOT_MONOTONE, too_few=OBSERVATIONS),
        DAYS: Family(count=_sampled_days, too_few=OBSERVATIONS),
        EXPANDED_DAYS: Family(count=_sampled_days, why=lambda *_: NOT_MONOTONE, too_few=OBSERVATIONS),
        FILTERED: Family(first=_unfitted, count=_residuals, too_few=OBSERVATIONS),
        BACKTEST: Family(why=_backtest),
        RECENT: Family(why=_recent),
        LIQUIDATION: Family(why=_liquidation),
        CLUSTER: Family(why=_cluster),
        BETA: Family(why=lambda *_: Reason("not_asked")),
    }
)
