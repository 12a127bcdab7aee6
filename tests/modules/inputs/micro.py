"""Module H's inputs: a seeded walk of bars, and simulated ticks at its end."""

from dataclasses import replace
from functools import cache

from analysis.framework.question import stamp
from analysis.micro.inputs import PARTS, MicroInputs
from analysis.micro.ticks import MicroTicks, micro_ticks
from analysis.sources.live_ticks import NOT_KEPT
from analysis.sources.tick_state import TickState
from config.c_micro import MicroAlphaConfig
from tests.modules.inputs import spoiled
from tests.support.recorded import walk_bars
from tests.support.simulated_ticks import now_of, simulated_state

BARS = walk_bars(150, seed=21, drift=0.001)
SECONDS = 900


@cache
def ticks() -> MicroTicks:
    """A quarter of an hour of simulated ticks."""
    state, at_ms = simulated_state(SECONDS)
    return micro_ticks(now_of(state, at_ms, SECONDS), MicroAlphaConfig())


def whole() -> MicroInputs:
    """The bars with live ticks."""
    return replace(bare(), ticks=ticks(), missing={})


def live(state: TickState, at_ms: int, seconds: int) -> MicroInputs:
    """The bars with a state read at a moment (UTC ms), live for so many seconds."""
    return replace(bare(), ticks=micro_ticks(now_of(state, at_ms, seconds), MicroAlphaConfig()), missing={})


def bare() -> MicroInputs:
    """The bars alone, as for a past moment."""
    return MicroInputs(
        bars=BARS,
        as_of=BARS.as_of,
        price=None,
        stamps=(stamp(BARS),),
        missing=dict.fromkeys(PARTS, NOT_KEPT),
        ticks=None,
    )


def short(n: int) -> MicroInputs:
    """The first ``n`` bars."""
    return cut(whole(), n)


def cut(inputs: MicroInputs, rows: int) -> MicroInputs:
    """What was known at the close of row ``rows`` - 1; the ticks are those of that moment."""
    bars = inputs.bars.closed(int(inputs.bars.close_time[rows - 1]) + 1)
    return replace(inputs, bars=bars, as_of=bars.as_of, stamps=(stamp(bars),))


def garbage(inputs: MicroInputs, rows: int) -> MicroInputs:
    """The same with wild bars from row ``rows`` on."""
    return replace(inputs, bars=spoiled(inputs.bars, rows))
