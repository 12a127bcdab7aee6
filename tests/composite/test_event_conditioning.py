"""Score 7 around dated events: what is usual there raises no alarm, and nothing else changes."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analysis.arrays import Floats
from analysis.framework.reasons import Message
from composite.answer import answer
from composite.asked import Surroundings
from composite.core import CompositeRows
from composite.defaults import default_specs
from composite.panel import Panel, ScalarColumn
from composite.scores.anomaly_alert import NEAR_HOURS
from tests.composite.panels import CONTEXT, column, panel, scored

SPEC: Final = default_specs()["anomaly_alert"]
CHANNELS: Final = ("redet.surprise", "sentiment.surprise", "risk.surprise")
ROWS: Final = 6000
EVERY: Final = 100
"""Hours from one event to the next."""


def hours_to_event(rows: int = ROWS) -> Floats:
    since = np.arange(rows, dtype=np.float64) % EVERY
    return np.minimum(since, EVERY - since)


NEAR: Final = hours_to_event() <= NEAR_HOURS


def market(power: float, seed: int = 1) -> Panel:
    """Channels uniform in ordinary hours; around events their p-values are those to the ``power``."""
    p_values = np.random.default_rng(seed).uniform(size=(len(CHANNELS), ROWS))
    p_values = np.where(NEAR, p_values**power, p_values)
    return panel(*(column(name, row) for name, row in zip(CHANNELS, p_values, strict=True)))


def rows_of(whole: Panel, hours: Floats | None) -> CompositeRows:
    return scored(SPEC, whole, replace(CONTEXT, event_hours=hours))


def alarm_rate(rows: CompositeRows) -> float:
    """The share of the later event rows with a p-value met once in ten bars."""
    return float(np.mean(rows.parts["p_value"][ROWS // 2 :][NEAR[ROWS // 2 :]] <= 0.1))


def test_what_is_usual_around_events_raises_no_more_alarms_than_ordinary_hours() -> None:
    whole = market(3.0)
    assert alarm_rate(rows_of(whole, None)) > 0.35
    assert alarm_rate(rows_of(whole, hours_to_event())) == pytest.approx(0.1, abs=0.04)


def test_where_events_change_nothing_alarms_stay() -> None:
    whole = market(1.0)
    plain, held = rows_of(whole, None), rows_of(whole, hours_to_event())
    assert alarm_rate(held) == pytest.approx(alarm_rate(plain), abs=0.03)
    assert (held.score <= plain.score + 1e-12).all()


def test_hours_away_from_events_are_untouched_and_so_are_all_without_a_calendar() -> None:
    whole = market(3.0)
    plain, held = rows_of(whole, None), rows_of(whole, hours_to_event())
    assert_array_equal(held.score[~NEAR], plain.score[~NEAR])
    assert_array_equal(rows_of(whole, np.full(ROWS, np.nan)).score, plain.score)


def test_what_comes_later_teaches_nothing() -> None:
    whole, cut = market(3.0), 3001
    assert NEAR[cut - 1]
    wild = {name: replace(one, values=one.values.copy()) for name, one in whole.columns.items()}
    for one in wild.values():
        one.values[cut:] = 1e-9
    found = rows_of(replace(whole, columns=wild), hours_to_event())
    assert_array_equal(found.score[:cut], rows_of(whole, hours_to_event()).score[:cut])


def test_a_rarer_bar_is_a_higher_score_at_an_event_too_and_the_answer_says_what_it_is_held_against() -> None:
    whole, hours = market(3.0), hours_to_event()
    last = int(np.flatnonzero(NEAR)[-1]) + 1
    scores = []
    for p in (0.2, 0.02, 0.002, 1e-6):
        made = {name: replace(one, values=one.values[:last].copy()) for name, one in whole.columns.items()}
        made["risk.surprise"].values[-1] = p
        for name in ("redet.surprise", "sentiment.surprise"):
            made[name].values[-1] = 0.9
        short = Panel(whole.time[:last], {name: _cut(one, last) for name, one in made.items()}, {})
        context = replace(CONTEXT, event_hours=hours[:last])
        moment = int(short.time[-1])
        found = answer(SPEC, short, context, Surroundings(moment, moment))
        assert Message("events_expected") in found.notes
        assert found.score is not None
        added = sum(one.contribution for one in found.contributions)
        assert added == pytest.approx((found.raw or 0.0) - found.neutral, abs=1e-12)
        scores.append(found.score)
    assert scores == sorted(set(scores))


def _cut(one: ScalarColumn, rows: int) -> ScalarColumn:
    return replace(one, se=one.se[:rows], age_s=one.age_s[:rows], quality=one.quality[:rows])
