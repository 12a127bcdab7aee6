"""Why a figure of options is missing."""

from typing import Final

import numpy as np

from analysis.features.gamma_exposure import SPAN
from analysis.framework.metric import MetricSpec
from analysis.framework.missing import FEW_PAST, Family, Situation, too_few
from analysis.framework.reasons import Reason
from analysis.sentiment.inputs import SentimentInputs
from analysis.sentiment.option_metrics import CENTRED, CROSSING, GAMMA, INDEX, SURFACE
from analysis.sentiment.option_rows import by_hour

OptionSituation = Situation[SentimentInputs, None]
NO_PAST: Final = Reason("no_history", {"what": "option surface"})


def _surface(spec: MetricSpec, situation: OptionSituation) -> Reason:
    del spec
    surface = situation.inputs.options
    nothing = surface is None or (surface.chain is None and surface.record is None)
    return NO_PAST if nothing else Reason("not_enclosed")


def _centred(spec: MetricSpec, situation: OptionSituation) -> Reason | None:
    """Return what the skew lacks, or that too little of it was recorded."""
    surface = situation.inputs.options
    if surface is None or np.isnan(situation.values["risk_reversal"][-1]):
        return _surface(spec, situation)
    has = len(by_hour(surface.known_at, surface.reversal)[0])
    return too_few(situation.config.skew_min_hours, has, "few_recorded")


def _gamma(spec: MetricSpec, situation: OptionSituation) -> Reason:
    del spec
    surface = situation.inputs.options
    if surface is None or surface.chain is None:
        return NO_PAST
    return Reason("no_data", {"what": "open interest of all options"})


def _crossing(spec: MetricSpec, situation: OptionSituation) -> Reason:
    if np.isfinite(situation.values["gamma_gross"][-1]):
        return Reason("keeps_sign", {"span": f"{SPAN:.0%}"})
    return _gamma(spec, situation)


def _index(spec: MetricSpec, situation: OptionSituation) -> Reason:
    dvol = situation.inputs.dvol
    has = 0 if dvol is None else len(dvol.value)
    short = None
    if np.isfinite(situation.values["dvol"][-1]):
        short = too_few(situation.config.rank_min + 1, has, FEW_PAST)
    del spec
    return short or Reason("no_data", {"what": "volatility index"})


FAMILIES: Final = {
    SURFACE: Family(why=_surface),
    CENTRED: Family(why=_centred),
    GAMMA: Family(why=_gamma),
    CROSSING: Family(why=_crossing),
    INDEX: Family(why=_index),
}
