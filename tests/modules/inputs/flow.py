"""Module D's inputs on seeded minutes and ticks."""

from dataclasses import replace

from analysis.flow.inputs import FlowInputs
from analysis.flow.metrics import FlowSection
from analysis.framework.question import stamp
from tests.analysis.flow.readings import live_inputs, minute_bars, past_inputs
from tests.modules.inputs import spoiled

BARS = minute_bars()


def whole() -> FlowInputs:
    """The bars and a quarter of an hour of live ticks up to their end."""
    return live_inputs(BARS, FlowSection())


def bare() -> FlowInputs:
    """The bars of a past moment."""
    return past_inputs(BARS)


def short(n: int) -> FlowInputs:
    """The first ``n`` bars with a minute of live ticks."""
    bars = BARS.closed(int(BARS.close_time[n - 1]) + 1)
    return live_inputs(bars, FlowSection(), 60)


def cut(inputs: FlowInputs, rows: int) -> FlowInputs:
    """What was known at the close of row ``rows`` - 1: bars alone, as of every past moment."""
    bars = inputs.bars.closed(int(inputs.bars.close_time[rows - 1]) + 1)
    return replace(past_inputs(bars), stamps=(stamp(bars),))


def garbage(inputs: FlowInputs, rows: int) -> FlowInputs:
    """The same with wild numbers from row ``rows`` on."""
    return replace(inputs, bars=spoiled(inputs.bars, rows))
