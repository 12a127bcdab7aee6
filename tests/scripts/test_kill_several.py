"""What the report of kills makes of what was seen."""

from collections import Counter

import pytest

from scripts.kill_several import Counts, Due, lines, wrong

ONE, OTHER = Due(5, "alert 1 5 1 ", "above 1.00"), Due(5, "alert 1 5 2 ", "above 2.00")
KILLS = 3


def counts(times: dict[Due, int], **more: object) -> Counts:
    return Counts(times=Counter(times), answers=Counter(answered=4), delays_ms=[100, 200], **more)  # type: ignore[arg-type]


def test_each_push_once_and_each_question_answered_is_right() -> None:
    seen = counts({ONE: 1, OTHER: 1}, leaders_killed=2)
    assert list(wrong(seen, KILLS)) == []
    assert list(lines(seen, KILLS)) == [
        "3 kills, 2 of them of the process that led",
        "2 pushes: 2 once, 0 twice; 0 were with Telegram and not marked at a kill",
        "from evaluated to marked as sent: p50 0.1 s, p95 0.2 s, longest 0.2 s",
        "4 questions: 4 answered, 0 double, 0 stuck, 0 lost",
        "limits of Telegram exceeded: 0",
    ]


@pytest.mark.parametrize(
    ("times", "ambiguous", "said"),
    [
        (2, {ONE}, []),
        (2, {OTHER}, ["1 pushes came too often, such as 'alert 1 5 1 '"]),
        (3, {ONE}, ["1 pushes came too often, such as 'alert 1 5 1 '"]),
        (0, set(), ["1 pushes never came, 0 are not marked as sent"]),
    ],
)
def test_a_push_may_come_twice_only_where_a_kill_left_it_unmarked(
    times: int, ambiguous: set[Due], said: list[str]
) -> None:
    assert list(wrong(counts({ONE: times, OTHER: 1}, ambiguous=ambiguous), KILLS)) == said


def test_what_is_not_marked_as_sent_is_wrong() -> None:
    assert list(wrong(counts({ONE: 1}, unsent=1), KILLS)) == ["0 pushes never came, 1 are not marked as sent"]


def test_one_answer_for_each_kill_may_be_double_and_none_may_be_missing() -> None:
    seen = counts({ONE: 1})
    seen.answers = Counter(double=KILLS)
    assert list(wrong(seen, KILLS)) == []
    seen.answers = Counter(double=KILLS + 1, lost=1, stuck=2)
    assert list(wrong(seen, KILLS)) == [
        "1 questions without an answer, 2 stuck",
        "4 double answers after 3 kills",
    ]
