"""When a condition is true: levels with their margin, crossings, words that change, and what is not known."""

from collections.abc import Sequence

import pytest

from handlers.alerts.condition import Condition, Joined, Operator, Predicate, WatchedValue
from handlers.alerts.truth import CurrentValue, Memory, Truth, look

SCORE, OTHER, STATE = (
    WatchedValue("score", "trend"),
    WatchedValue("score", "risk"),
    WatchedValue("label", "regime", "state"),
)
MARGIN = 0.05


def truths(
    condition: Condition, looks: Sequence[dict[WatchedValue, CurrentValue]], *, waiting: bool = False
) -> list[Truth]:
    """What is true at each look; with ``waiting`` a true condition waits for its ``for``."""
    memories: tuple[Memory, ...] = ()
    found = list[Truth]()
    for values in looks:
        was_true = bool(found and found[-1])
        truth, memories = look(condition, values, memories, waiting=waiting and was_true)
        found.append(truth)
    return found


def along(
    operator: Operator, values: Sequence[float | None], *, level: float = 0.5, waiting: bool = False
) -> list[Truth]:
    looks = [{SCORE: CurrentValue(value, margin=MARGIN)} for value in values]
    return truths(Predicate(SCORE, operator, level), looks, waiting=waiting)


@pytest.mark.parametrize(
    ("operator", "at_level", "above", "below"),
    [
        (">", False, True, False),
        (">=", True, True, False),
        ("<", False, False, True),
        ("<=", True, False, True),
    ],
)
def test_a_bound_is_what_its_sign_says(operator: Operator, at_level: bool, above: bool, below: bool) -> None:
    assert [along(operator, [value])[0] for value in (0.5, 0.51, 0.49)] == [at_level, above, below]


def test_a_value_that_hovers_on_the_line_becomes_true_once() -> None:
    assert along(">", [0.49, 0.51, 0.48, 0.46, 0.44, 0.49, 0.51]) == [
        False, True, True, True, False, False, True,
    ]  # fmt: skip
    assert along("<", [0.51, 0.49, 0.52, 0.54, 0.56, 0.51, 0.49]) == [
        False, True, True, True, False, False, True,
    ]  # fmt: skip


def test_a_crossing_is_true_at_the_look_that_sees_it() -> None:
    assert along("crosses_up", [0.6, 0.4, 0.6, 0.7, 0.4, 0.6]) == [False, False, True, False, False, True]
    assert along("crosses_down", [0.4, 0.6, 0.4, 0.3, 0.6, 0.4]) == [False, False, True, False, False, True]
    assert along("crosses", [0.6, 0.4, 0.6, 0.4]) == [False, True, True, True]


def test_a_crossing_comes_from_beyond_the_margin() -> None:
    assert along("crosses_up", [0.4, 0.51, 0.49, 0.51, 0.449, 0.51]) == [
        False,
        True,
        False,
        False,
        False,
        True,
    ]
    assert along("crosses", [0.4, 0.51, 0.49, 0.56, 0.49]) == [False, True, False, False, True]


def test_a_crossing_lasts_while_it_is_waited_for() -> None:
    assert along("crosses_up", [0.4, 0.6, 0.7, 0.8, 0.4], waiting=True) == [False, True, True, True, False]
    assert along("crosses_down", [0.6, 0.4, 0.3, 0.6], waiting=True) == [False, True, True, False]
    assert along("crosses", [0.4, 0.6, 0.7], waiting=True) == [False, True, True]


def test_a_word_that_changes() -> None:
    words = ["calm", "calm", "stressed", "stressed", None, "stressed", "calm"]
    looks = [{STATE: CurrentValue(word=word)} for word in words]
    changes = Predicate(STATE, "changes", None)
    assert truths(changes, looks) == [False, False, True, False, None, False, True]
    assert truths(changes, looks, waiting=True) == [False, False, True, True, None, False, True]


def test_what_has_no_value_is_not_known_and_nothing_is_forgotten() -> None:
    assert along(">", [0.6, None, 0.46]) == [True, None, True]
    assert along("crosses_up", [0.4, None, 0.6]) == [False, None, True]
    assert along("crosses_up", [0.4, 0.6, None, 0.6], waiting=True) == [False, True, None, False]
    assert truths(Predicate(SCORE, ">", 0.5), [{}]) == [None]


@pytest.mark.parametrize(
    ("one", "other", "both", "either"),
    [
        (0.6, 0.6, True, True),
        (0.6, 0.4, False, True),
        (0.4, 0.4, False, False),
        (0.6, None, None, True),
        (0.4, None, False, None),
        (None, None, None, None),
    ],
)
def test_and_and_or_of_three_values(
    one: float | None, other: float | None, both: Truth, either: Truth
) -> None:
    parts = (Predicate(SCORE, ">", 0.5), Predicate(OTHER, ">", 0.5))
    values = {SCORE: CurrentValue(one), OTHER: CurrentValue(other)}
    assert truths(Joined("&", parts), [values]) == [both]
    assert truths(Joined("|", parts), [values]) == [either]


def test_each_comparison_remembers_for_itself() -> None:
    up, down = Predicate(SCORE, "crosses_up", 0.5), Predicate(OTHER, "crosses_down", 0.5)
    nested = Joined("|", (up, Joined("&", (down, Predicate(SCORE, ">", 0.8)))))
    looks = [
        {SCORE: CurrentValue(one), OTHER: CurrentValue(other)}
        for one, other in ((0.4, 0.6), (0.6, 0.6), (0.9, 0.4), (0.9, 0.3))
    ]
    assert truths(nested, looks) == [False, True, True, False]
