"""Why a value of module A is missing where its declaration alone does not tell."""

import numpy as np

from analysis.features.kalman import TrendEstimate
from analysis.features.volume_profile import known_quote_volume
from analysis.framework.metric import MetricSpec
from analysis.framework.missing import Family, Rules, Situation
from analysis.framework.reasons import Reason
from analysis.trend.inputs import TrendInputs
from analysis.trend.specs import DAY_CHANGE, KALMAN, LIVE, PERPETUAL, VOLUME, VOLUME_DAY, VOLUME_WEEK
from utils.binance_api.intervals import DAY, FIRST_MONDAY, SHORTEST_MS, WEEK

TrendSituation = Situation[TrendInputs, TrendEstimate]


def _paired_bars(situation: TrendSituation) -> int:
    other = situation.inputs.counterpart
    return 0 if other is None else len(np.intersect1d(other.open_time, situation.inputs.bars.open_time))


def _perpetual(spec: MetricSpec, situation: TrendSituation) -> Reason | None:
    del situation
    return Reason("no_data", {"what": "bar of the other market"}) if spec.bars == 1 else None


def _last_refit(situation: TrendSituation) -> int:
    step: int = situation.config.kalman_refit_bars * SHORTEST_MS[situation.inputs.bars.interval]
    return int(situation.inputs.bars.close_time[-1]) // step * step


def _bars_before_refit(situation: TrendSituation) -> int:
    return int(np.searchsorted(situation.inputs.bars.close_time, _last_refit(situation)))


def _kalman(spec: MetricSpec, situation: TrendSituation) -> Reason | None:
    del spec
    return None if _last_refit(situation) in situation.fits else Reason("not_converged")


def _anchor(spec: MetricSpec, opened: int) -> int | None:
    if spec.family == VOLUME_DAY:
        return opened - opened % DAY
    return opened - (opened - FIRST_MONDAY) % WEEK if spec.family == VOLUME_WEEK else None


def _volume(spec: MetricSpec, situation: TrendSituation) -> Reason | None:
    bars, config = situation.inputs.bars, situation.config
    if not bars.volume[-max(config.vwap_bars, config.profile_bars) :].sum() > 0:
        return Reason("no_volume")
    anchor = _anchor(spec, int(bars.open_time[-1]))
    first = max(len(bars) - situation.needed(spec.bars), 0)
    read = slice(first if anchor is None else int(np.searchsorted(bars.open_time, anchor)), None)
    if np.isnan(known_quote_volume(bars.volume[read], bars.quote_volume[read])).any():
        return Reason("no_data", {"what": "quote volume"})
    return None if anchor is None else Reason("no_data", {"what": "bars of the current day or week"})


RULES = Rules(
    {
        LIVE: Family(why=lambda spec, situation: Reason("no_data", {"what": "live figure"})),
        PERPETUAL: Family(count=_paired_bars, why=_perpetual),
        KALMAN: Family(count=_bars_before_refit, why=_kalman),
        DAY_CHANGE: Family(why=lambda spec, situation: Reason("no_data", {"what": "bar 24 hours earlier"})),
        **dict.fromkeys((VOLUME, VOLUME_DAY, VOLUME_WEEK), Family(why=_volume)),
    }
)
