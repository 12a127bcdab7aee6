"""Module G's inputs on a seeded GARCH walk, whole and with parts taken away."""

from dataclasses import replace

import numpy as np

from analysis.features.stress import EVENTS
from analysis.framework.question import stamp
from analysis.framework.reasons import Reason
from analysis.risk.inputs import RiskInputs, approximate_brackets, history
from analysis.risk.metrics import RiskSection
from analysis.sources.crashes import Crashes
from analysis.sources.degrading import reasons_of
from config.c_risk import RiskExposureConfig
from tests.analysis.risk.readings import clustered_bars, crashes_of
from tests.modules.inputs import spoiled
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY

LATER = 2 * 365 * DAY
"""What the walk is moved by, so that every crash lies before it."""
DOWN = Reason("source_down", {"source": "binance.spot.klines"})
UNLISTED = Reason("no_perpetual", {"symbol": "BTCUSDT"})


def config() -> RiskExposureConfig:
    """A month of ranked bars and few simulated days; everything else as shipped."""
    return RiskSection(rank_days=30, paths=1000)


def whole() -> RiskInputs:
    """A month of ranked hours with days, margin brackets and every crash, for a past moment."""
    bars, days = _later(clustered_bars(history(config(), "1h"))), walk_bars(1800, seed=8, interval="1d")
    return RiskInputs(
        bars=bars,
        as_of=bars.as_of,
        price=None,
        stamps=(stamp(bars),),
        from_listing=False,
        daily=days.closed(bars.as_of),
        brackets=approximate_brackets(config()),
        approximate=True,
        crashes=crashes_of(),
    )


def bare() -> RiskInputs:
    """Bars alone: no days, no perpetual, no crash."""
    crashes = Crashes({event.id: DOWN for event in EVENTS})
    missing = reasons_of(daily=DOWN, brackets=UNLISTED, **crashes.paths)
    return replace(whole(), missing=missing, daily=None, brackets=None, approximate=False, crashes=crashes)


def short(n: int) -> RiskInputs:
    """The first ``n`` bars after the listing."""
    return replace(cut(whole(), n), from_listing=True)


def cut(inputs: RiskInputs, rows: int) -> RiskInputs:
    """What was known at the close of row ``rows`` - 1."""
    moment = int(inputs.bars.close_time[rows - 1]) + 1
    bars, daily = inputs.bars.closed(moment), inputs.daily
    return replace(
        inputs,
        bars=bars,
        as_of=bars.as_of,
        stamps=(stamp(bars),),
        daily=None if daily is None else daily.closed(moment),
    )


def garbage(inputs: RiskInputs, rows: int) -> RiskInputs:
    """The same with wild numbers from row ``rows`` on, days that close later included."""
    bars, daily = inputs.bars, inputs.daily
    if daily is not None:
        known = int(np.searchsorted(daily.close_time, bars.close_time[rows - 1], side="right"))
        daily = spoiled(daily, known)
    return replace(inputs, bars=spoiled(bars, rows), daily=daily)


def _later(bars: Bars) -> Bars:
    times = {name: getattr(bars, name) + LATER for name in ("open_time", "close_time", "as_of")}
    return replace(bars, **times)
