"""Why a value of module G's last bar is missing, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.features.filtered_returns import SEED_BARS
from analysis.features.tail_loss import DAY_MINUTES, observations_needed
from analysis.framework.reasons import Reason
from analysis.risk.forecasts import RiskFit, bar_minutes, fewest_bars, known_before, window_bars
from analysis.risk.inputs import RiskInputs
from analysis.risk.metrics import METRICS
from analysis.risk.tails import daily_returns
from analysis.risk.values import fading_bars
from config.c_risk import RiskExposureConfig

CONSTANT = Reason("constant")


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """Everything a reason can be found in."""

    inputs: RiskInputs
    fits: Mapping[int, RiskFit]
    config: RiskExposureConfig
    returns: Floats
    values: Mapping[str, Floats]


def missing_reasons(
    situation: Situation, signals: Mapping[str, Floats], scalars: Mapping[str, Floats]
) -> dict[str, Reason]:
    """Return a reason for every metric, signal or scalar that is NaN in the last row."""
    values = situation.values
    reasons = {spec.id: value_reason(situation, spec.id) for spec in METRICS if np.isnan(values[spec.id][-1])}
    reasons |= {
        name: CONSTANT for name, column in signals.items() if name not in reasons and np.isnan(column[-1])
    }
    for name, column in scalars.items():
        if np.isnan(column[-1]):
            reasons[name] = _few_scores(situation) if name == "risk.market" else _tail(situation, 95)
    return reasons


def value_reason(situation: Situation, name: str) -> Reason:
    """Return why one metric is missing."""
    kind, _, rest = name.partition("_")
    if kind in {"var", "es"}:
        return _loss(situation, rest)
    if kind in {"failures", "kupiec", "christoffersen"}:
        return _backtest(situation, kind, rest)
    if kind == "liq":
        return _liquidation(situation, rest)
    if kind in {"stress", "survives", "beta"}:
        return _stress(situation, kind, rest)
    return short(_bars_needed(name, situation.config), len(situation.inputs.bars)) or _plain(situation, name)


def short(needs: int, has: int, code: str = "too_few_bars") -> Reason | None:
    """Return the reason for too few, or ``None`` where there are enough."""
    return Reason(code, {"needs": needs, "has": has}) if has < needs else None


def _bars_needed(name: str, config: RiskExposureConfig) -> int:
    if name.startswith(("sharpe", "sortino")):
        return (fading_bars(config) if "ewma" in name else config.ratio_bars) + 1
    if name.startswith("drawdown") or name == "ulcer":
        return config.drawdown_bars
    if (name.startswith("vol_") and name != "vol_rank") or name == "target_leverage":
        return SEED_BARS + 1
    if name == "vol_rank" or name.startswith("chandelier"):
        return max(config.chandelier_bars, config.atr_period + config.rank_min_bars + 1)
    return config.atr_period + 1


def _plain(situation: Situation, name: str) -> Reason:
    known = int(np.isfinite(situation.returns).sum())
    if name.startswith(("sharpe", "sortino")):
        lacking = short(_bars_needed(name, situation.config) - 1, known, "observations")
        return lacking or Reason("no_losses" if name.startswith("sortino") else "constant")
    if name.startswith("vol_") and np.isnan(situation.returns[-1]):
        return Reason("no_data", {"what": "bar before the last one"})
    return CONSTANT


def _loss(situation: Situation, rest: str) -> Reason:
    method, level, horizon = rest.rsplit("_", 2)
    if method == "filtered":
        return _tail(situation, int(level))
    inputs, config = situation.inputs, situation.config
    minutes = bar_minutes(inputs.bars.interval)
    if horizon == "day":
        if isinstance(inputs.daily, Reason):
            return inputs.daily
        minutes, has = max(minutes, DAY_MINUTES), len(daily_returns(inputs, situation.returns, config))
    else:
        has = min(int(np.isfinite(situation.returns).sum()), config.fit_bars)
    lacking = short(observations_needed(int(level) / 100, minutes), has, "observations")
    return lacking or Reason("not_monotone" if method == "cornish_fisher" else "constant")


def _tail(situation: Situation, level: int) -> Reason:
    inputs, config, fits = situation.inputs, situation.config, situation.fits
    if not fits:
        needs = fewest_bars() if inputs.whole else window_bars(config)
        return short(needs + config.refit_bars, len(inputs.bars)) or CONSTANT
    row = int(np.searchsorted(inputs.bars.close_time, max(fits)))
    has = max(0, len(known_before(situation.returns, row, config)) - SEED_BARS)
    needs = observations_needed(level / 100, bar_minutes(inputs.bars.interval))
    return short(needs, has, "observations") or CONSTANT


def _backtest(situation: Situation, kind: str, rest: str) -> Reason:
    if rest == "recent":
        few = {"needs": situation.config.failure_bars // 2, "has": 0}
        return _tail(situation, 95) if not situation.fits else Reason("few_past_values", few)
    method, level = rest.rsplit("_", 1)
    if kind != "failures" and np.isfinite(situation.values[f"failures_{rest}"][-1]):
        return Reason("no_failures")
    if method == "filtered":
        return _tail(situation, int(level))
    has = int(np.isfinite(situation.returns).sum())
    lacking = short(situation.config.fit_bars + 1, has, "observations")
    return lacking or Reason("not_monotone" if method == "cornish_fisher" else "constant")


def _liquidation(situation: Situation, rest: str) -> Reason:
    inputs, config = situation.inputs, situation.config
    if rest == "cluster":
        return Reason("no_map")
    if isinstance(inputs.brackets, Reason):
        return inputs.brackets
    if rest == "deviations":
        return short(SEED_BARS + 1, len(inputs.bars)) or CONSTANT
    side, leverage = rest.split("_")
    offered = np.isfinite(situation.values[f"liq_short_{leverage}"][-1])
    if side == "long" and offered:
        return Reason("cannot_fall")
    return Reason("not_offered", {"leverage": leverage, "notional": f"{config.liq_notional:g}"})


def _stress(situation: Situation, kind: str, event: str) -> Reason:
    if kind == "beta":
        return Reason("not_asked")
    path = situation.inputs.crashes.paths[event]
    if isinstance(path, Reason):
        return path
    brackets = situation.inputs.brackets
    return brackets if isinstance(brackets, Reason) else CONSTANT


def _few_scores(situation: Situation) -> Reason:
    config = situation.config
    needs = SEED_BARS + 1 + config.rank_min_bars
    return short(needs, len(situation.inputs.bars)) or CONSTANT
