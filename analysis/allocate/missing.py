"""Why a value of module I is missing where its declaration alone does not tell."""

from dataclasses import dataclass

import numpy as np

from analysis.allocate.fit import AllocateFit
from analysis.allocate.inputs import AllocateInputs
from analysis.allocate.paths import fitted_rows, stable_estimates
from analysis.allocate.specs import (
    FITTED,
    LEAST_WALK,
    MARKET,
    PAIRS,
    RATIO,
    REPLAY,
    STEADY,
    TAIL,
    VIEWS,
    WALKED,
)
from analysis.allocate.values import Reading, portfolio_returns
from analysis.features.conditional_beta import FEWEST
from analysis.features.evidence import FEWEST as FEWEST_VIEWS
from analysis.features.look_backs import MIN_COUNT
from analysis.framework.metric import MetricSpec
from analysis.framework.missing import Family, Rules, Situation, too_few
from analysis.framework.reasons import Reason

OBSERVATIONS = "observations"


@dataclass(frozen=True, slots=True, eq=False)
class AllocateSituation(Situation[AllocateInputs, AllocateFit | None]):
    """With what the values were made from."""

    reading: Reading


def _unfitted(spec: MetricSpec, situation: AllocateSituation) -> Reason | None:
    """Say why there is no estimate: too few days of every coin, or none that a refit time lies after."""
    del spec
    if situation.reading.newest is not None:
        return None
    needs = situation.config.min_bars + 1
    return too_few(needs, len(situation.inputs.bars)) or Reason("no_boundary", {"needs": needs})


def _walked(spec: MetricSpec, situation: AllocateSituation) -> Reason | None:
    return _unfitted(spec, situation) or too_few(LEAST_WALK, situation.reading.comparison.days, OBSERVATIONS)


def _steady(spec: MetricSpec, situation: AllocateSituation) -> Reason | None:
    needs = stable_estimates(situation.config) + 1
    made = fitted_rows(situation.reading.panel, situation.reading.fits)
    return _unfitted(spec, situation) or too_few(needs, len(made), OBSERVATIONS)


def _pairs(spec: MetricSpec, situation: AllocateSituation) -> Reason | None:
    newest = situation.reading.newest
    if newest is None:
        return _unfitted(spec, situation)
    if int(newest.coins.sum()) < 2:
        return Reason("one_coin")
    return too_few(situation.config.min_bars, newest.days, OBSERVATIONS)


def _market(spec: MetricSpec, situation: AllocateSituation) -> Reason | None:
    """Say that too few days are shared with bitcoin."""
    unfitted = _unfitted(spec, situation)
    if unfitted is not None:
        return unfitted
    known = int(np.isfinite(situation.reading.panel.market[-situation.config.beta_bars :]).sum())
    lacking = too_few(2 * FEWEST, known, OBSERVATIONS)
    return lacking or _walked(spec, situation)


def _tail(spec: MetricSpec, situation: AllocateSituation) -> Reason | None:
    unfitted = _unfitted(spec, situation)
    return unfitted or too_few(MIN_COUNT, len(portfolio_returns(situation.reading)), OBSERVATIONS)


def _views(spec: MetricSpec, situation: AllocateSituation) -> Reason | None:
    return _unfitted(spec, situation) or Reason(OBSERVATIONS, {"needs": FEWEST_VIEWS, "has": 0})


def _replay(spec: MetricSpec, situation: AllocateSituation) -> Reason | None:
    return _unfitted(spec, situation) or Reason("no_data", {"what": "hourly bars"})


RULES = Rules(
    {
        FITTED: Family(first=_unfitted),
        WALKED: Family(first=_walked),
        STEADY: Family(first=_steady),
        VIEWS: Family(first=_views),
        PAIRS: Family(first=_pairs),
        MARKET: Family(first=_market),
        TAIL: Family(first=_tail),
        RATIO: Family(first=_unfitted),
        REPLAY: Family(first=_replay),
    }
)
