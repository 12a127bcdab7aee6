"""Module D's inputs on seeded minutes and ticks."""

from dataclasses import replace

import numpy as np

from analysis.flow.inputs import ASKED_BARS, FlowInputs
from analysis.flow.metrics import FlowSection
from analysis.framework.question import stamp
from analysis.framework.reasons import Reason
from tests.analysis.flow.readings import asked_bars, live_inputs, minute_bars, past_inputs
from tests.modules.inputs import spoiled

BARS = minute_bars()
ASKED = asked_bars(BARS)
NOT_ASKED = {ASKED_BARS: Reason("not_asked")}


def whole() -> FlowInputs:
    """The bars, a quarter of an hour of live ticks up to their end, and bars of a quarter of an hour."""
    return replace(live_inputs(BARS, FlowSection()), asked_bars=ASKED)


def bare() -> FlowInputs:
    """The bars of a past moment."""
    past = past_inputs(BARS)
    return replace(past, missing={**past.missing, **NOT_ASKED})


def short(n: int) -> FlowInputs:
    """The first ``n`` bars with a minute of live ticks."""
    moment = int(BARS.close_time[n - 1]) + 1
    return replace(live_inputs(BARS.closed(moment), FlowSection(), 60), asked_bars=ASKED.closed(moment))


def cut(inputs: FlowInputs, rows: int) -> FlowInputs:
    """What was known at the close of row ``rows`` - 1: bars alone, as of every past moment."""
    moment = int(inputs.bars.close_time[rows - 1]) + 1
    bars, longer = inputs.bars.closed(moment), inputs.asked_bars
    asked = None if longer is None else longer.closed(moment)
    return replace(past_inputs(bars), stamps=(stamp(bars),), asked_bars=asked)


def garbage(inputs: FlowInputs, rows: int) -> FlowInputs:
    """The same with wild numbers in what closed later."""
    moment, longer = int(inputs.bars.close_time[rows - 1]) + 1, inputs.asked_bars
    asked = None if longer is None else spoiled(longer, int(np.searchsorted(longer.close_time, moment)))
    return replace(inputs, bars=spoiled(inputs.bars, rows), asked_bars=asked)
