"""Which questions are asked while memory is watched, and what is said of it."""

import random
from collections import Counter

from analysis.registry import MODULES
from scripts.memory import INTERVALS, TALKED_OF, Sample, _questions, growth

SYMBOLS = [f"C{number}USDT" for number in range(60)]


def _asked(count: int) -> list[tuple[str, str, str]]:
    numbered = list(_questions(SYMBOLS, count, random.Random(1)))
    assert [number for number, _ in numbered] == list(range(count))
    return [question for _, question in numbered]


def test_every_module_symbol_and_interval_is_asked_about() -> None:
    modules, symbols, intervals = zip(*_asked(5000), strict=True)
    assert set(modules) == {module.id for module in MODULES}
    assert set(intervals) == set(INTERVALS)
    assert set(symbols) == set(SYMBOLS)


def test_no_question_is_asked_twice_while_there_are_others() -> None:
    assert set(Counter(_asked(5000)).values()) == {1}
    every = len(MODULES) * len(SYMBOLS) * len(INTERVALS)
    assert set(Counter(_asked(every)).values()) == {1}
    assert set(Counter(_asked(2 * every)).values()) == {2}


def test_a_few_symbols_are_talked_of_at_a_time() -> None:
    asked = _asked(600)
    for first in range(0, 600, 60):
        assert len({symbol for _, symbol, _ in asked[first : first + 60]}) == TALKED_OF


def test_growth_is_from_the_middle_to_the_end() -> None:
    samples = [Sample(number, main, 0.0, 0.0) for number, main in enumerate((50.0, 100.0, 101.0, 103.0))]
    assert growth(samples) == 103.0 / 100.0 - 1
