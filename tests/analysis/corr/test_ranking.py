"""A board of leaders is shown where both halves of the window agree who leads, and of coins that really trade."""

import numpy as np

from analysis.arrays import Floats
from analysis.corr.inputs import CorrInputs
from analysis.corr.metrics import CorrSection
from analysis.corr_lead import MODULE
from analysis.framework.answer import compute
from analysis.framework.result import Analysis
from scripts.figures.corr import inputs_of

ROWS, COINS = 500, 8
DELAYS = np.arange(COINS) // 2
"""Bars that each coin lags behind the common walk."""


def delayed(delays: np.typing.NDArray[np.int64], seed: int, rows: int = ROWS) -> Floats:
    """Returns of coins that repeat a common walk so many bars late, beside one of their own."""
    generator = np.random.default_rng(seed)
    common = generator.standard_normal(rows + 10)
    late = np.column_stack([common[10 - delay : 10 - delay + rows] for delay in delays])
    return np.asarray(0.01 * (late + 0.5 * generator.standard_normal(late.shape)))


def answer_of(returns: Floats) -> Analysis:
    inputs: CorrInputs = inputs_of(returns)
    return compute(MODULE, inputs, {}, CorrSection())


def codes(answer: Analysis) -> set[str]:
    return {note.code for note in answer.notes}


def rows_of(answer: Analysis) -> list[int]:
    table = answer.table("coins")
    assert table is not None
    return [int(name.removeprefix("C").removesuffix("USDT")) for name in table.rows]


def test_where_both_halves_agree_leaders_come_first() -> None:
    answer = answer_of(delayed(DELAYS[::-1], 1))
    assert "ranking" in codes(answer)
    agreed = answer.metric("halves_agree").value
    assert agreed is not None
    assert agreed > 0.8
    assert {*rows_of(answer)[:2]} == {6, 7}
    assert {*rows_of(answer)[-2:]} == {0, 1}


def test_where_the_second_half_turns_it_round_no_order_is_shown() -> None:
    halves = delayed(DELAYS, 2, ROWS // 2), delayed(DELAYS[::-1], 3, ROWS // 2)
    answer = answer_of(np.concatenate(halves))
    assert "no_ranking" in codes(answer)
    assert rows_of(answer) == list(range(COINS))


def test_of_coins_without_a_lead_no_order_is_shown() -> None:
    shown = [
        "ranking" in codes(answer_of(0.01 * np.random.default_rng(seed).standard_normal((ROWS, COINS))))
        for seed in range(10)
    ]
    assert sum(shown) <= 2


def test_a_coin_that_hardly_trades_is_named_and_not_ranked() -> None:
    returns = delayed(DELAYS[::-1], 1)
    returns[np.random.default_rng(5).random(ROWS) < 0.08, 7] = np.nan
    answer = answer_of(returns)
    thin = next(note for note in answer.notes if note.code == "thin_coins")
    assert thin.params["coins"] == "C7USDT"
