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
from analysis.sources.open_positions import OpenPositions
from config.c_risk import RiskExposureConfig
from tests.analysis.risk.readings import clustered_bars, crashes_of, positions_over
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
    """A month of ranked hours with days, margin brackets, open positions and every crash, for a past moment."""
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
        positions=positions_over(bars),
    )


def bare() -> RiskInputs:
    """Bars alone: no days, no perpetual, no crash."""
    crashes = Crashes({event.id: DOWN for event in EVENTS})
    perpetual = dict.fromkeys(("brackets", "open_interest", "half_hours", "mark"), UNLISTED)
    return replace(
        whole(),
        missing=reasons_of(daily=DOWN, **perpetual, **crashes.paths),
        daily=None,
        brackets=None,
        approximate=False,
        crashes=crashes,
        positions=OpenPositions(),
    )


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
        positions=_positions_by(inputs.positions, moment),
    )


def garbage(inputs: RiskInputs, rows: int) -> RiskInputs:
    """The same with wild numbers from row ``rows`` on, days and open positions that are known later included."""
    bars, daily = inputs.bars, inputs.daily
    moment = int(bars.close_time[rows - 1]) + 1
    if daily is not None:
        known = int(np.searchsorted(daily.close_time, bars.close_time[rows - 1], side="right"))
        daily = spoiled(daily, known)
    return replace(
        inputs,
        bars=spoiled(bars, rows),
        daily=daily,
        positions=_wild_positions(inputs.positions, moment),
    )


def _positions_by(positions: OpenPositions, moment: int) -> OpenPositions:
    """What of them was known at a moment."""
    history, traded, mark = positions.open_interest, positions.half_hours, positions.mark
    return replace(
        positions,
        open_interest=None if history is None else history.known(moment),
        half_hours=None if traded is None else traded.closed(moment),
        mark=None if mark is None else mark.closed(moment),
    )


def _wild_positions(positions: OpenPositions, moment: int) -> OpenPositions:
    """Wild numbers in what of them became known after a moment."""
    history, traded, mark = positions.open_interest, positions.half_hours, positions.mark
    if history is not None:
        held = np.where(history.known_at > moment, 1e9, history.open_interest)
        history = replace(history, open_interest=held)
    return replace(
        positions,
        open_interest=history,
        half_hours=None if traded is None else _spoiled_after(traded, moment),
        mark=None if mark is None else _spoiled_after(mark, moment),
    )


def _spoiled_after(bars: Bars, moment: int) -> Bars:
    return spoiled(bars, int(np.searchsorted(bars.close_time, moment)))


def _later(bars: Bars) -> Bars:
    times = {name: getattr(bars, name) + LATER for name in ("open_time", "close_time", "as_of")}
    return replace(bars, **times)
