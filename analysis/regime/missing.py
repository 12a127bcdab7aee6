"""Why a value of module B is missing where its declaration alone does not tell."""

import numpy as np

from analysis.features.garch import Garch
from analysis.features.markov_fit import SwitchingFit
from analysis.framework.look_back import look_back_bars
from analysis.framework.metric import BarsNeeded, MetricSpec
from analysis.framework.missing import CONSTANT, FEW_PAST, Family, Rules, Situation, too_few
from analysis.framework.reasons import Reason
from analysis.regime.fit import RegimeFit
from analysis.regime.fitted import fit_in_force
from analysis.regime.horizons import horizons
from analysis.regime.inputs import RegimeInputs
from analysis.regime.specs import (
    FUNDING,
    GARCH,
    GARCH_BARS,
    HALF_LIFE,
    IMPLIED,
    IMPLIED_PREMIUM,
    PREMIUM,
    QUARTERLY,
    RANGE_HAR,
    RANGE_HAR_BARS,
    RANK,
    SWITCHING,
    SWITCHING_BARS,
    RankSpec,
)
from utils.binance_api.intervals import SHORTEST_MS

RegimeSituation = Situation[RegimeInputs, RegimeFit]


def _is_known(situation: RegimeSituation, metric_id: str) -> bool:
    return bool(np.isfinite(situation.values[metric_id][-1]))


def _few_past(situation: RegimeSituation, has: int) -> Reason:
    return too_few(situation.config.rank_min_bars, has, FEW_PAST) or CONSTANT


def _rank(spec: MetricSpec, situation: RegimeSituation) -> Reason | None:
    if not isinstance(spec, RankSpec) or not _is_known(situation, spec.of.id):
        return None
    n = look_back_bars(situation.inputs.bars.interval, situation.config.look_back_days)
    return _few_past(situation, int(np.isfinite(situation.values[spec.of.id][-n - 1 : -1]).sum()))


def _premium(spec: MetricSpec, situation: RegimeSituation) -> Reason:
    del spec
    if _is_known(situation, "premium_bps"):
        return _few_past(situation, int(np.isfinite(situation.values["premium_bps"]).sum()) - 1)
    return Reason("no_data", {"what": "premium"})


def _funding(spec: MetricSpec, situation: RegimeSituation) -> Reason:
    del spec, situation
    return Reason("no_data", {"what": "settled funding"})


def _quarterly(spec: MetricSpec, situation: RegimeSituation) -> Reason:
    del spec
    days, needs = float(situation.values["days_to_delivery"][-1]), situation.config.delivery_days
    if days < needs:
        return Reason("near_delivery", {"days": f"{days:.1f}", "needs": needs})
    return Reason("no_data", {"what": "quarterly future"})


def _implied(spec: MetricSpec, situation: RegimeSituation) -> Reason | None:
    del spec
    known = _is_known(situation, "iv30")
    return None if known else Reason("no_data", {"what": "30-day implied volatility"})


def _garch(spec: MetricSpec, situation: RegimeSituation) -> Reason | None:
    if _is_known(situation, "garch_vol"):
        return _few_forecasts("garch_day", situation) if spec.id == "garch_qlike" else None
    latest = fit_in_force(situation.fits)
    return _unfit(GARCH_BARS, None if latest is None else latest.garch, situation)


def _few_forecasts(forecast: str, situation: RegimeSituation) -> Reason | None:
    """Return that the first fit is too recent: its forecasts are judged a day later, over ``qlike_bars`` of them."""
    needs = horizons(situation.inputs.bars.interval).day + int(situation.config.qlike_bars)
    return too_few(needs, int(np.isfinite(situation.values[forecast]).sum()), FEW_PAST)


def _range_har(spec: MetricSpec, situation: RegimeSituation) -> Reason | None:
    if _is_known(situation, "range_har_vol"):
        return _few_forecasts("range_har_day", situation) if spec.id == "range_har_qlike" else None
    return too_few(situation.needed(RANGE_HAR_BARS), _bars_before_refit(situation))


def _half_life(spec: MetricSpec, situation: RegimeSituation) -> Reason:
    return _garch(spec, situation) or Reason("no_decay")


def _implied_premium(spec: MetricSpec, situation: RegimeSituation) -> Reason | None:
    return _implied(spec, situation) or _garch(spec, situation)


def _switching(spec: MetricSpec, situation: RegimeSituation) -> Reason:
    del spec
    latest = fit_in_force(situation.fits)
    return _unfit(SWITCHING_BARS, None if latest is None else latest.switching, situation)


def _unfit(needs: BarsNeeded, model: Garch | SwitchingFit | None, situation: RegimeSituation) -> Reason:
    """Why there is no fit in force: too few bars before its refit time, of those that it reads."""
    few = too_few(situation.needed(needs), _bars_before_refit(situation))
    if few is not None:
        return few
    return CONSTANT if model is not None and model.converged else Reason("not_converged")


def _bars_before_refit(situation: RegimeSituation) -> int:
    closes = situation.inputs.bars.close_time
    step = situation.config.refit_bars * SHORTEST_MS[situation.inputs.bars.interval]
    return int(np.searchsorted(closes, int(closes[-1]) // step * step))


RULES = Rules(
    {
        RANK: Family(first=_rank),
        PREMIUM: Family(first=_premium),
        FUNDING: Family(first=_funding),
        QUARTERLY: Family(first=_quarterly),
        IMPLIED: Family(first=_implied),
        IMPLIED_PREMIUM: Family(first=_implied_premium),
        GARCH: Family(first=_garch),
        HALF_LIFE: Family(first=_half_life),
        SWITCHING: Family(first=_switching),
        RANGE_HAR: Family(first=_range_har),
    }
)
