"""Why a value of module E is missing."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.corr.facts import FEWEST_RANKED, window_of
from analysis.corr.inputs import CorrInputs
from analysis.corr.metrics import (
    BETAS,
    CAUSES,
    CCA,
    FORECASTS,
    HELD,
    LEAD_P,
    LEAD_ROWS,
    LEADS,
    PARTIAL,
    PULL,
    RANKING,
    SHARE,
    TICK_CHANCE,
    TICKS,
    TIES,
    VAR,
    WARPS,
)
from analysis.corr.pull import FEWEST_PROOFS
from analysis.framework.metric import MetricSpec
from analysis.framework.missing import CONSTANT, Family, Rules, Situation, too_few
from analysis.framework.reasons import Reason

CorrSituation = Situation[CorrInputs, Any]
OF_ONE_COIN = Reason("of_one_coin")


def _few_coins(situation: CorrSituation, needs: int = 2) -> Reason | None:
    has = len(situation.inputs.joint.symbols)
    return too_few(needs, has, "few_members")


def _few_common(situation: CorrSituation) -> Reason | None:
    window, needs = window_of(situation.inputs, situation.config), situation.config.min_bars
    return too_few(needs, len(window.complete), "too_few_common")


def _window(_: MetricSpec, situation: CorrSituation) -> Reason | None:
    return _few_coins(situation) or _few_common(situation)


def _three(_: MetricSpec, situation: CorrSituation) -> Reason | None:
    return _few_coins(situation, 3) or _few_common(situation)


def _of_one(spec: MetricSpec, situation: CorrSituation) -> Reason | None:
    return OF_ONE_COIN if situation.inputs.is_basket else _window(spec, situation)


def _ranking(spec: MetricSpec, situation: CorrSituation) -> Reason | None:
    return _few_coins(situation, FEWEST_RANKED) or _window(spec, situation)


def _forecasts(spec: MetricSpec, situation: CorrSituation) -> Reason | None:
    chosen = situation.values["var_lags"][-1]
    return _window(spec, situation) or (Reason("no_lag_chosen") if chosen == 0 else None)


def _canonical(spec: MetricSpec, situation: CorrSituation) -> Reason | None:
    return _window(spec, situation) or Reason("nothing_beside")


def _ticks(spec: MetricSpec, situation: CorrSituation) -> Reason | None:
    """Of several coins the chance of a lead is not measured; trades without a move say nothing."""
    if situation.inputs.is_basket and spec.id == TICK_CHANCE:
        return OF_ONE_COIN
    return _window(spec, situation) or CONSTANT


def _pull(spec: MetricSpec, situation: CorrSituation) -> Reason | None:
    """A basket has no pull, a coin without leaders none either."""
    del spec
    return OF_ONE_COIN if situation.inputs.is_basket else _few_coins(situation)


def _no_pull(spec: MetricSpec, situation: CorrSituation) -> Reason | None:
    """With enough bars: the fit, the forecasts' worth, or a return that is unknown now."""
    del spec
    if all(fit is None for fit in situation.fits.values()):
        return Reason("no_fit")
    if not np.isfinite(situation.values["pull_r2_out"][-1]):
        has = int(np.isfinite(situation.values["forecast_bps"][:-1]).sum())
        return too_few(FEWEST_PROOFS, has, "few_forecasts") or CONSTANT
    return Reason("after_gap") if not np.isfinite(situation.values["forecast_bps"][-1]) else CONSTANT


RULES = Rules(
    families={
        PULL: Family(first=_pull, why=_no_pull),
        PARTIAL: Family(first=_three),
        LEAD_ROWS: Family(first=_of_one),
        LEAD_P: Family(first=_of_one),
        RANKING: Family(first=_ranking),
        FORECASTS: Family(first=_forecasts),
        CCA: Family(first=_canonical),
        TICKS: Family(first=_ticks),
        **{name: Family(first=_window) for name in (TIES, HELD, SHARE, BETAS, LEADS, CAUSES, WARPS, VAR)},
    }
)


def corr_situation(
    inputs: CorrInputs, fits: Mapping[int, Any], config: Any, values: Mapping[str, Any]
) -> CorrSituation:
    """Return what reasons are found in."""
    return Situation(inputs, fits, config, values)
