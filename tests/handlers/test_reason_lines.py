"""Missing values by reason: short, nothing uncounted, in both languages."""

import pytest

from analysis.framework.reasons import Reason
from handlers.render.html import plain
from handlers.render.reason_lines import reason_lines, why_missing
from tests.handlers.harness import MESSAGES

EN, TR = MESSAGES.of("en"), MESSAGES.of("tr")


def test_names_that_share_a_reason_share_a_line_in_the_order_they_came() -> None:
    found = reason_lines([("A", "gone"), ("B", "late"), ("C", "gone")], EN)
    assert [(plain(line), count) for line, count in found] == [("– A, C: gone", 2), ("– B: late", 1)]


@pytest.mark.parametrize(("count", "said"), [(4, "– 0, 1, 2, 3: x"), (26, "– 0, 1, 2 and 23 more: x")])
def test_many_names_are_counted(count: int, said: str) -> None:
    ((line, stands_for),) = reason_lines([(str(n), "x") for n in range(count)], EN)
    assert (plain(line), stands_for) == (said, count)


def test_the_readers_language_counts_too() -> None:
    ((line, _),) = reason_lines([(str(n), why_missing(None, TR)) for n in range(9)], TR)
    assert plain(line).startswith("– 0, 1, 2 ve 6 tane daha: ")
    assert "no reason" not in plain(line)


def test_a_reason_is_worded() -> None:
    assert why_missing(Reason("still_computing"), EN) == Reason("still_computing").text
