"""Taker flow of the asked interval: its place at the minutes, its own past, and why it is missing."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from analysis.flow.bar_rows import bar_scalars
from analysis.flow.inputs import FlowInputs
from analysis.flow.metrics import (
    ABSORPTION_SCALAR,
    BAR_SCALARS,
    FRAGILITY_SCALAR,
    IMBALANCE_SCALAR,
    FlowSection,
)
from analysis.framework.answer import compute
from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.result import Analysis, Scalar
from analysis.order_micros import MODULE
from tests.modules.inputs import flow as made

CONFIG: Final = FlowSection()
NAMES: Final = (ABSORPTION_SCALAR, IMBALANCE_SCALAR)
WHOLE: Final = made.whole()


def answered(inputs: FlowInputs) -> Analysis:
    return compute(MODULE, inputs, {}, CONFIG)


def scalars(inputs: FlowInputs) -> dict[str, Scalar]:
    return {one.name: one for one in answered(inputs).scalars}


def test_they_are_of_the_asked_interval() -> None:
    for name, one in scalars(WHOLE).items():
        quarter = name in NAMES
        assert one.period_s == (900.0 if quarter else 60.0), name
    for name in NAMES:
        one = scalars(WHOLE)[name]
        assert (one.horizon_s, one.half_life_s, one.parents) == (900.0, 900.0, ("klines.15m",))
        assert one.as_of == made.ASKED.close_time[-1]
        assert one.value == pytest.approx(bar_scalars(made.ASKED, CONFIG)[name][-1], abs=1e-12)


def test_between_two_closes_the_last_one_stands() -> None:
    between = made.cut(WHOLE, len(made.BARS) - 4)
    closed = made.ASKED.close_time <= between.as_of
    for name in NAMES:
        one = scalars(between)[name]
        assert one.as_of == made.ASKED.close_time[closed][-1]
        assert one.value == pytest.approx(bar_scalars(made.ASKED, CONFIG)[name][closed][-1], abs=1e-12)


def test_their_past_stands_at_the_closes_of_their_own_bars() -> None:
    between = made.cut(WHOLE, len(made.BARS) - 4)
    past = answered(between).past
    closes = made.ASKED.close_time[made.ASKED.close_time <= between.as_of]
    np.testing.assert_array_equal(past.time, [*closes[-DRAWN_BARS:], between.bars.close_time[-1]])
    assert np.isnan(past.values[FRAGILITY_SCALAR][:-1]).all()
    for name in NAMES:
        column = past.values[name]
        assert column[-1] == column[-2]
        for before in (1, 5, 40):
            then = bar_scalars(made.ASKED.closed(int(closes[-before]) + 1), CONFIG)[name][-1]
            assert column[-1 - before] == pytest.approx(then, rel=0, abs=1e-9)


def test_a_bar_that_closes_with_the_minute_is_the_last_row_alone() -> None:
    past = answered(WHOLE).past
    assert past.time[-1] == made.ASKED.close_time[-1]
    assert past.time[-2] == made.ASKED.close_time[-2]


def test_what_is_missing_says_why() -> None:
    least = CONFIG.flow_bars // 4
    few = scalars(replace(WHOLE, asked_bars=made.ASKED.tail(least + 1)))
    assert few[IMBALANCE_SCALAR].value is not None
    reason = few[ABSORPTION_SCALAR].reason
    assert reason is not None
    assert reason.params == {"needs": 2 * least + 1, "has": least + 1}
    enough = scalars(replace(WHOLE, asked_bars=made.ASKED.tail(2 * least + 1)))
    assert all(enough[name].value is not None for name in NAMES)
    volume = made.ASKED.volume.copy()
    volume[-1] = 0.0
    empty = replace(made.ASKED, volume=volume, taker_base=np.minimum(made.ASKED.taker_base, volume))
    codes = {name: scalars(replace(WHOLE, asked_bars=empty))[name].reason for name in NAMES}
    assert {reason.code for reason in codes.values() if reason is not None} == {"no_volume"}
    bare = scalars(made.bare())
    assert [bare[name].reason for name in NAMES] == [made.NOT_ASKED["asked_bars"]] * len(BAR_SCALARS)
    assert len(answered(made.bare()).past.time) == 1
