"""What returns do not explain of a flow: the rest of an ordinary regression on earlier days alone."""

import numpy as np
import statsmodels.api as sm

from analysis.arrays import Floats
from analysis.features.price_residual import residual_after_returns, streak


def made(rows: int = 120) -> tuple[Floats, Floats, Floats]:
    generator = np.random.default_rng(8)
    same, before = generator.standard_normal((2, rows)) * 0.03
    flow = 50 + 4_000 * same + 3_000 * before + 100 * generator.standard_normal(rows)
    return flow, same, before


def test_it_is_the_rest_of_least_squares_on_the_rows_before() -> None:
    flow, same, before = made()
    found = residual_after_returns(flow, same, before, window=40, min_count=20)
    assert np.isnan(found[:20]).all()
    for row in (20, 55, 119):
        past = slice(max(0, row - 40), row)
        design = sm.add_constant(np.column_stack([same[past], before[past]]), has_constant="add")
        fitted = sm.OLS(flow[past], design).fit().params @ [1, same[row], before[row]]
        np.testing.assert_allclose(found[row], flow[row] - fitted, rtol=1e-9)


def test_what_the_price_explains_leaves_nothing_and_what_it_does_not_stays() -> None:
    _, same, before = made()
    flow = 50 + 4_000 * same + 3_000 * before
    shocked = flow + np.where(np.arange(120) == 100, 700.0, 0.0)
    np.testing.assert_allclose(residual_after_returns(flow, same, before, 40, 20)[20:], 0, atol=1e-8)
    np.testing.assert_allclose(residual_after_returns(shocked, same, before, 40, 20)[100], 700, atol=1e-8)


def test_unknown_days_are_left_out_and_later_ones_not_read() -> None:
    flow, same, before = made()
    holed = np.where(np.arange(120) % 7 == 0, np.nan, flow)
    found = residual_after_returns(holed, same, before, 40, 20)
    assert np.isnan(found[np.arange(120) % 7 == 0]).all()
    later = holed.copy()
    later[90:] = 1e9
    np.testing.assert_array_equal(residual_after_returns(later, same, before, 40, 20)[:90], found[:90])
    assert np.isnan(residual_after_returns(flow, np.full(120, np.nan), before, 40, 20)).all()


def test_a_streak_counts_days_of_one_sign() -> None:
    flow = np.array([5.0, 3.0, -1.0, -2.0, -3.0, 0.0, 4.0, np.nan, 1.0])
    np.testing.assert_array_equal(streak(flow), [1, 2, -1, -2, -3, 0, 1, np.nan, 1])
