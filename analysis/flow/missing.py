"""Why a value of module D is missing where its sources answer."""

from math import isfinite

from analysis.flow.inputs import FlowInputs
from analysis.flow.reading import FlowReading
from analysis.flow.specs import (
    BAND,
    CVD,
    FILL,
    LEVEL,
    LIVE,
    NOTIONALS,
    QUIET,
    REFILL,
    SCALE,
    WALL,
    BandMetric,
    FillMetric,
)
from analysis.framework.metric import MetricSpec
from analysis.framework.missing import CONSTANT, Family, Rules, Situation
from analysis.framework.reasons import Reason
from analysis.sources.live_ticks import QUOTES, TRADES, WORDS
from config.c_order import OrderFlowConfig

FlowSituation = Situation[FlowInputs, None]
NO_TRADES = Reason("no_volume")
ONE_SIDED = Reason("one_sided")


def _flow(situation: FlowSituation) -> FlowReading:
    flow = situation.inputs.flow
    if flow is None:
        raise LookupError("without a reading every live part is among the missing sources")
    return flow


def _band(spec: MetricSpec, situation: FlowSituation) -> Reason:
    reach = float(situation.values["reach"][-1])
    if not isfinite(reach):
        return ONE_SIDED
    if isinstance(spec, BandMetric) and reach >= spec.bps:
        return Reason("no_data", {"what": "order"})
    return Reason("beyond_reach", {"reach": round(reach, 1)})


def _fill(spec: MetricSpec, situation: FlowSituation) -> Reason:
    if not isfinite(float(situation.values["reach"][-1])) or not isinstance(spec, FillMetric):
        return ONE_SIDED
    return Reason("beyond_book", {"notional": f"{NOTIONALS[spec.amount]:,.0f}"})


def _quiet(spec: MetricSpec, situation: FlowSituation) -> Reason:
    del spec, situation
    return NO_TRADES


def _cvd(spec: MetricSpec, situation: FlowSituation) -> Reason:
    del spec
    config: OrderFlowConfig = situation.config
    return _too_few(config.scale_s, len(_flow(situation).trade_rows.second)) or NO_TRADES


def _live(spec: MetricSpec, situation: FlowSituation) -> Reason:
    config: OrderFlowConfig = situation.config
    horizon = 30 if spec.id.endswith("_30s") else 5 if spec.id.endswith("_5s") else 0
    few = _too_few(config.least_live_s + horizon, round(_flow(situation).quotes_s))
    return few or (NO_TRADES if TRADES in spec.needs else Reason("no_data", {"what": WORDS[QUOTES]}))


def _scale(spec: MetricSpec, situation: FlowSituation) -> Reason:
    config, flow = situation.config, _flow(situation)
    needs = config.scale_s if "_r2" in spec.id else config.fast_s + config.scale_s
    if "levels" in spec.id:
        needs = 2 * config.scale_s if "_r2" in spec.id else needs
        return _too_few(needs, len(flow.level_rows)) or CONSTANT
    return _too_few(needs, len(flow.quote_rows.second)) or CONSTANT


def _too_few(needs: int, has: int) -> Reason | None:
    return Reason("few_live_seconds", {"needs": needs, "has": has}) if has < needs else None


def _refill(spec: MetricSpec, situation: FlowSituation) -> Reason:
    flow, config = _flow(situation), situation.config
    longest = flow.refill[spec.id == "refill_ask"].longest
    if longest is None:
        return Reason("no_sweep", {"minutes": config.slow_s // 60})
    return Reason("not_refilled", {"seconds": round(longest / 1000, 1)})


def _wall(spec: MetricSpec, situation: FlowSituation) -> Reason:
    del spec
    return Reason("no_wall") if len(_flow(situation).depth) else Reason("no_sample")


RULES = Rules(
    {
        BAND: Family(why=_band),
        FILL: Family(why=_fill),
        LEVEL: Family(why=_band),
        QUIET: Family(why=_quiet),
        CVD: Family(why=_cvd),
        LIVE: Family(why=_live),
        SCALE: Family(why=_scale),
        REFILL: Family(why=_refill),
        WALL: Family(why=_wall),
    }
)
