"""Armed, pending, fired and cooling: how often an alert is said."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from handlers.alerts.condition import Predicate, WatchedValue
from handlers.alerts.machine import NEW, AlertState, Phase, seen, snoozed, step
from handlers.alerts.rule import Rule
from handlers.alerts.truth import CurrentValue

SCORE = WatchedValue("score", "trend")
MINUTE, HOUR = 60_000, 3_600_000
START = 1_781_703_420_000
RULE = Rule("btc", Predicate(SCORE, ">", 0.5), cooldown_ms=2 * HOUR)


class Watching:
    """One alert under a clock that goes on by a minute a look."""

    def __init__(self, rule: Rule, state: AlertState = NEW) -> None:
        self.rule, self.state = rule, state
        self.now_ms = START
        self.fired = list[int]()
        """Minutes after the start."""

    def look(self, values: Iterable[float | None]) -> "Watching":
        for value in values:
            made = step(self.rule, self.state, {SCORE: CurrentValue(value, margin=0.05)}, self.now_ms)
            self.state = made.state
            if made.fires:
                self.fired.append((self.now_ms - START) // MINUTE)
            self.now_ms += MINUTE
        return self


def test_true_for_three_cooldowns_is_said_three_times() -> None:
    assert Watching(RULE).look([0.6] * 360).fired == [0, 120, 240]


def test_a_hovering_value_is_said_no_oftener_than_one_that_stays() -> None:
    assert Watching(RULE).look([0.51, 0.49] * 180).fired == [0, 120, 240]


def test_what_is_false_again_is_said_when_it_comes_again() -> None:
    values = [0.4] * 5 + [0.6] * 5 + [0.4] * 200 + [0.6] * 5
    assert Watching(RULE).look(values).fired == [5, 210]


@pytest.mark.parametrize(("minutes", "fired"), [(5, []), (6, [5]), (7, [5])])
def test_it_must_hold_for_as_long_as_was_asked(minutes: int, fired: Sequence[int]) -> None:
    held = replace(RULE, hold_ms=5 * MINUTE)
    assert Watching(held).look([0.6] * minutes + [0.4] * 10).fired == fired


def test_waiting_begins_anew_when_it_was_false_or_unknown() -> None:
    held = replace(RULE, hold_ms=5 * MINUTE)
    for between in (0.4, None):
        assert Watching(held).look([0.6] * 4 + [between] + [0.6] * 6).fired == [10]


def test_a_crossing_is_said_once_however_long_it_stays() -> None:
    crosses = replace(RULE, condition=Predicate(SCORE, "crosses_up", 0.5))
    assert Watching(crosses).look([0.4] + [0.6] * 400 + [0.4, 0.6]).fired == [1, 402]
    held = replace(crosses, hold_ms=3 * MINUTE)
    assert Watching(held).look([0.4] + [0.6] * 400).fired == [4]
    assert Watching(held).look([0.4, 0.6, 0.6, 0.4, 0.6, 0.6]).fired == []


def test_what_somebody_has_seen_is_silent_until_it_was_false() -> None:
    watching = Watching(RULE).look([0.6])
    watching.state = seen(watching.state)
    assert watching.look([0.6] * 400 + [None] * 3 + [0.6]).fired == [0]
    assert watching.look([0.4, 0.6]).fired == [0, 406]


def test_a_snooze_is_silent_until_its_end() -> None:
    snooze = snoozed(NEW, START + 24 * HOUR)
    assert Watching(RULE, snooze).look([0.6] * (24 * 60 + 1)).fired == [24 * 60]


def test_a_snoozed_alert_waits_anew_for_its_hold() -> None:
    snooze = snoozed(NEW, START + 10 * MINUTE)
    held = replace(RULE, hold_ms=5 * MINUTE)
    assert Watching(held, snooze).look([0.6] * 20).fired == [15]


def test_it_ends_when_it_was_to_end() -> None:
    ends = replace(RULE, until_ms=START + 121 * MINUTE)
    watching = Watching(ends).look([0.6] * 400)
    assert watching.fired == [0, 120]
    assert watching.state.phase == "expired"
    again = Watching(replace(ends, until_ms=None), watching.state)
    assert again.look([0.6]).fired == []


@pytest.mark.parametrize(
    ("values", "phase", "since"),
    [
        ([0.4], "armed", 0),
        ([0.6], "pending", 0),
        ([0.4, 0.6, 0.6], "pending", 1),
        ([0.6] * 6, "cooling", 5),
        ([0.6, 0.4], "armed", 1),
    ],
)
def test_it_is_known_since_when_it_is_in_a_phase(values: Sequence[float], phase: Phase, since: int) -> None:
    state = Watching(replace(RULE, hold_ms=5 * MINUTE)).look(values).state
    assert state.phase == phase
    if phase != "armed" or len(values) > 1:
        assert state.since_ms == START + since * MINUTE


def test_a_look_tells_what_is_true() -> None:
    told = [step(RULE, NEW, {SCORE: CurrentValue(value)}, START).truth for value in (0.6, 0.4, None)]
    assert told == [True, False, None]
