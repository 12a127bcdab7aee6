"""Measures of a hand-made book against hand computations."""

import numpy as np
import pytest

from analysis.features.book_depth import (
    band_balance,
    elasticity,
    fill_cost,
    levels_balance,
    reach_bps,
    touch_of,
    weighted_balance,
)
from utils.binance_api.book.ladder import Ladder, Level
from utils.binance_api.touch import Touch


def sides(bids: list[Level], asks: list[Level], *, complete: bool = False) -> tuple[Ladder, Ladder]:
    made = Ladder(1), Ladder(-1)
    made[0].load(bids, complete=complete)
    made[1].load(asks, complete=complete)
    return made


BOOK = sides([(9_999.0, 3.0), (9_995.0, 1.0)], [(10_001.0, 1.0), (10_005.0, 2.0)])
TOUCH = Touch(9_999.0, 3.0, 10_001.0, 1.0)


def test_imbalance_by_levels_and_bands_and_what_is_not_reached() -> None:
    assert touch_of(BOOK) == TOUCH
    assert levels_balance(BOOK, 1) == 0.5
    assert levels_balance(BOOK, 2) == pytest.approx(1 / 7)
    assert levels_balance(BOOK, 3) is None
    assert band_balance(BOOK, TOUCH, 2.0) == 0.5
    assert band_balance(BOOK, TOUCH, 5.0) == pytest.approx(1 / 7)
    assert band_balance(BOOK, TOUCH, 5.1) is None
    assert reach_bps(BOOK, TOUCH) == pytest.approx(5.0)


def test_a_complete_side_has_no_further_orders() -> None:
    whole = sides([(9_999.0, 3.0)], [(10_001.0, 1.0)], complete=True)
    assert levels_balance(whole, 20) == 0.5
    assert band_balance(whole, TOUCH, 50.0) == 0.5
    assert reach_bps(whole, TOUCH) == np.inf


def test_orders_far_away_weigh_less() -> None:
    bids = 3.0 * np.exp(-0.1) + 1.0 * np.exp(-0.5)
    asks = 1.0 * np.exp(-0.1) + 2.0 * np.exp(-0.5)
    known = BOOK[0].known(), BOOK[1].known()
    assert weighted_balance(*known, TOUCH, 5.0) == pytest.approx((bids - asks) / (bids + asks))
    near = (3.0 - 1.0) / (3.0 + 1.0)
    assert weighted_balance(*known, TOUCH, 4.9) == pytest.approx(near)


def test_the_cost_of_a_fill_and_one_that_does_not_fit() -> None:
    assert fill_cost(BOOK, TOUCH, 5_000.0, "buy") == pytest.approx(1.0)
    assert fill_cost(BOOK, TOUCH, 20_000.0, "sell") == pytest.approx(1.0)
    assert fill_cost(BOOK, TOUCH, 1_000_000.0, "buy") is None


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_elasticity_recovers_the_power_of_depth(power: float) -> None:
    distance = np.arange(1, 1001) * 0.5
    depth = np.diff(np.concatenate([[0.0], distance**power]))
    book = sides(
        list(zip((10_000 - distance).tolist(), depth.tolist(), strict=True)),
        list(zip((10_000 + distance).tolist(), depth.tolist(), strict=True)),
    )
    touch = touch_of(book)
    assert touch is not None
    for side in book:
        assert elasticity(side.known(), touch) == pytest.approx(power, abs=0.12)


def test_a_few_levels_close_together_have_no_elasticity() -> None:
    assert elasticity(sides([(9_999.0, 1.0)], [(10_001.0, 1.0)])[0].known(), TOUCH) is None
    assert touch_of(sides([], [(10_001.0, 1.0)])) is None
