"""Scalars on common moments: each from its own close on, nothing before it was known, and how old it is."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from analysis.arrays import Floats, Times
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis, Scalar
from analysis.framework.scalar_past import NO_PAST, ScalarPast
from composite.alignment import joined, panel_of
from composite.panel import ScalarColumn
from tests.composite.answers import HOUR, MIDNIGHT, answer_with

DAY: Final = 24 * HOUR
NOW: Final = MIDNIGHT + 30 * HOUR + 7
"""Seven milliseconds after the close of an hour, six hours after that of a day."""


def closes(count: int, step: int, last: int) -> Times:
    return last - step * np.arange(count - 1, -1, -1, dtype=np.int64) - 1


HOURLY: Final = answer_with(
    "trend", "trend.direction", closes(40, HOUR, MIDNIGHT + 30 * HOUR), np.arange(40.0)
)
DAILY: Final = answer_with(
    "macro", "macro.backdrop", closes(5, DAY, MIDNIGHT + DAY), np.arange(5.0), interval="1d"
)


def column(*answers: Analysis, name: str) -> ScalarColumn:
    return panel_of(answers, {}, interval="1h", now=NOW).columns[name]


def published(at: int) -> Analysis:
    """The daily answer whose newest value was known from ``at`` on."""
    return replace(DAILY, scalars=(replace(DAILY.scalars[0], as_of=at),))


def test_rows_are_the_closes_of_the_asked_interval_and_the_moment_itself() -> None:
    panel = panel_of((DAILY, HOURLY), {}, interval="1h", now=NOW)
    np.testing.assert_array_equal(panel.time[:-1], HOURLY.past.time[:-1])
    assert panel.time[-1] == NOW
    np.testing.assert_array_equal(panel.columns["trend.direction"].values, np.arange(40.0))
    other = panel_of((DAILY, HOURLY), {}, interval="4h", now=NOW)
    np.testing.assert_array_equal(other.time, [*DAILY.past.time[:-1], NOW])


def test_a_slower_value_stands_from_its_own_close_on() -> None:
    found = column(HOURLY, DAILY, name="macro.backdrop").values
    for row, moment in enumerate(HOURLY.past.time):
        known = DAILY.past.time <= moment
        assert found[row] == DAILY.past.values["macro.backdrop"][known][-1], row
    assert set(found.tolist()) == {2.0, 3.0, 4.0}


def test_a_newest_value_is_not_used_before_it_was_published() -> None:
    at = MIDNIGHT + 27 * HOUR
    found = column(HOURLY, published(at), name="macro.backdrop").values
    np.testing.assert_array_equal(found[HOURLY.past.time < at][-4:], 3.0)
    np.testing.assert_array_equal(found[HOURLY.past.time >= at], 4.0)
    late = column(HOURLY, published(NOW), name="macro.backdrop").values
    assert (late[-2], late[-1]) == (3.0, 4.0)


def test_what_comes_later_moves_no_earlier_row() -> None:
    wild = replace(
        DAILY, past=replace(DAILY.past, values={"macro.backdrop": np.array([0.0, 1.0, 2.0, 3.0, 99.0])})
    )
    before, after = (column(HOURLY, one, name="macro.backdrop").values for one in (DAILY, wild))
    early = HOURLY.past.time < DAILY.past.time[-1]
    assert early.sum() > 20
    np.testing.assert_array_equal(before[early], after[early])
    assert (after[-1], before[-1]) == (99.0, 4.0)


def test_a_value_ages_from_when_the_next_one_was_due() -> None:
    fresh = column(HOURLY, DAILY, name="macro.backdrop")
    np.testing.assert_array_equal(fresh.age_s, 0.0)
    due = column(HOURLY, published(MIDNIGHT + 2 * HOUR), name="macro.backdrop")
    assert due.age_s[-1] == pytest.approx((28 * HOUR + 7 - DAY) / 1000)
    assert column(HOURLY, name="trend.direction").age_s[-1] == 0.0
    stopped = replace(
        DAILY, past=_without_last(DAILY.past), scalars=(_of(DAILY, closes(1, DAY, MIDNIGHT)[0]),)
    )
    aged = column(HOURLY, stopped, name="macro.backdrop").age_s
    assert aged[-2] == pytest.approx((5 * HOUR) / 1000)


def _without_last(past: ScalarPast) -> ScalarPast:
    return ScalarPast(past.time[:-1], {name: values[:-1] for name, values in past.values.items()})


def _of(answer: Analysis, as_of: np.int64) -> Scalar:
    return replace(answer.scalars[0], value=3.0, as_of=int(as_of))


def test_the_last_row_carries_error_quality_and_reason() -> None:
    few = Reason("too_few_bars", {"needs": 9, "has": 4})
    scalar = replace(HOURLY.scalars[0], se=0.25, quality=0.5, reason=few, is_final=False)
    found = column(replace(HOURLY, scalars=(scalar,)), name="trend.direction")
    assert (found.se[-1], found.quality[-1], found.reason, found.is_final) == (0.25, 0.5, few, False)
    assert np.isnan(found.se[:-1]).all()
    assert (found.quality[:-1] == 1).all()
    assert (found.module, found.parents, found.as_of) == ("trend", ("klines.1h",), scalar.as_of)


def test_a_past_that_was_kept_elsewhere_comes_before() -> None:
    longer = ScalarPast(
        closes(60, HOUR, MIDNIGHT + 10 * HOUR), {"trend.direction": np.full(60, -1.0), "other": np.zeros(60)}
    )
    panel = panel_of((HOURLY,), {}, interval="1h", now=NOW, earlier={"trend": longer})
    found = panel.columns["trend.direction"].values
    rows = len(found) - 40
    assert rows == int((longer.time < HOURLY.past.time[0]).sum()) > 0
    np.testing.assert_array_equal(found, [*[-1.0] * rows, *range(40)])
    assert (np.diff(panel.time) > 0).all()
    unknown = joined(replace(longer, values={}), HOURLY.past).values["trend.direction"]
    assert np.isnan(unknown[:rows]).all()


def test_an_answer_without_a_past_has_its_last_row_alone() -> None:
    alone = replace(HOURLY, past=NO_PAST)
    panel = panel_of((alone,), {}, interval="1h", now=NOW)
    assert panel.time.tolist() == [NOW]
    assert panel.columns["trend.direction"].values.tolist() == [39.0]
    beside: Floats = panel_of((DAILY, alone), {}, interval="1d", now=NOW).columns["trend.direction"].values
    assert np.isnan(beside[:-1]).all()
    assert beside[-1] == 39.0


def test_nothing_at_all_is_one_row_without_columns() -> None:
    absent = {"trend": Reason("still_computing")}
    panel = panel_of((), absent, interval="1h", now=NOW)
    assert (panel.time.tolist(), panel.columns, panel.absent) == ([NOW], {}, absent)


def test_a_newest_value_is_not_used_before_its_own_close_either() -> None:
    found = column(HOURLY, published(MIDNIGHT + 20 * HOUR), name="macro.backdrop").values
    closed = HOURLY.past.time >= DAILY.past.time[-1]
    np.testing.assert_array_equal(found[~closed][-4:], 3.0)
    np.testing.assert_array_equal(found[closed], 4.0)


def test_a_moment_that_is_a_close_is_one_row() -> None:
    now = int(HOURLY.past.time[-2])
    panel = panel_of((HOURLY,), {}, interval="1h", now=now)
    np.testing.assert_array_equal(panel.time, HOURLY.past.time[:-1])


def test_a_panel_has_the_scalars_that_are_named_on_the_same_rows() -> None:
    whole = panel_of((HOURLY, DAILY), {}, interval="1h", now=NOW)
    found = panel_of((HOURLY, DAILY), {}, interval="1h", now=NOW, only=["macro.backdrop", "no.such"])
    assert list(found.columns) == ["macro.backdrop"]
    np.testing.assert_array_equal(found.time, whole.time)
    np.testing.assert_array_equal(
        found.columns["macro.backdrop"].values, whole.columns["macro.backdrop"].values
    )
