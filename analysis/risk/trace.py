"""Module G per bar: values, levels, and the rank of their weighted mean in the past year."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats
from analysis.features.robust import mid_rank
from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.module import Trace
from analysis.framework.question import Scope
from analysis.framework.scoring import configured_weights
from analysis.risk.fit import RiskFit
from analysis.risk.inputs import RiskInputs, rank_bars
from analysis.risk.levels import level_rows, rank_error
from analysis.risk.metrics import METRICS
from analysis.risk.missing import RiskSituation, risk_reasons
from analysis.risk.values import Tails, risk_rows
from config.c_risk import RiskExposureConfig


@dataclass(frozen=True, slots=True, eq=False)
class RiskDetail:
    """``raw`` is the weighted mean of levels that is ranked, ``returns`` the log returns, (n) each."""

    raw: Floats
    returns: Floats


def trace(
    inputs: RiskInputs, fits: Mapping[int, RiskFit], config: RiskExposureConfig, scope: Scope
) -> Trace[RiskDetail]:
    """Return every metric, level and score per bar; row t uses bars <= t and fits at refit times <= its close.

    For the latest scope ranks are computed for the drawn rows only, and the uncertainty for the last one.
    """
    tail = None if scope.is_history else DRAWN_BARS + 1
    tails = Tails(tail, scope.displayed(DRAWN_BARS + 1), scope.displayed(1))
    rows, year = risk_rows(inputs, fits, config, tails), rank_bars(config, inputs.bars.interval)
    signals = level_rows(rows.values, inputs.bars.interval, config)
    weights = configured_weights(METRICS, config)
    blend, coverage = weights.blend(signals), weights.coverage(signals)
    raw = np.where(coverage >= config.min_coverage, blend.direction, np.nan)
    score = mid_rank(raw, year, config.rank_min_bars, tail)
    uncertainty = rank_error(
        score, blend.groups, coverage, weights, config, year, None if tail is None else 1
    )
    scalars = {"risk.market": score, "risk.tail": blend.groups["tail"], "risk.surprise": rows.loss_p}
    situation = RiskSituation(inputs, fits, config, rows.values, rows.returns)
    return Trace(
        time=inputs.bars.close_time,
        values=rows.values,
        signals=signals,
        groups=blend.groups,
        direction=np.full(len(raw), np.nan),
        score=score,
        uncertainty=uncertainty,
        coverage=coverage,
        scalars=scalars,
        scalar_se={"risk.market": uncertainty},
        reasons=risk_reasons(situation, signals, scalars),
        detail=RiskDetail(raw, rows.returns),
    )
