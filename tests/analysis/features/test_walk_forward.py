"""Walk-forward paths by hand and by their accounts, performance against its definitions."""

import numpy as np
import pytest

from analysis.features.walk_forward import WalkForward, performance, walked

RNG = np.random.default_rng(14)
RETURNS = 0.03 * RNG.standard_normal((200, 3))


def test_one_rebalancing_by_hand() -> None:
    returns = np.array([[0.5, 0.5], [0.1, -0.1], [0.0, 0.2]])
    path = walked(returns, [0], np.array([[0.5, 0.5]]), 0.0)
    np.testing.assert_allclose(path.returns, [np.nan, 0.0, (0.55 + 0.54) / 1.0 - 1])
    np.testing.assert_allclose(path.traded, [0, 1, 0])


def test_weights_meet_only_the_bars_after_them() -> None:
    weights = np.array([[1.0, 0, 0], [0, 1.0, 0]])
    path = walked(RETURNS, [50, 100], weights, 0.0)
    assert np.isnan(path.returns[:51]).all()
    np.testing.assert_allclose(path.returns[51:101], RETURNS[51:101, 0])
    np.testing.assert_allclose(path.returns[101:], RETURNS[101:, 1])
    np.testing.assert_allclose(path.traded[[51, 101]], [1.0, 2.0])


def test_fees_are_paid_on_what_is_traded() -> None:
    weights = np.array([[0.5, 0.5, 0], [0.5, 0.5, 0]])
    free, paid = (walked(RETURNS, [0, 100], weights, fee) for fee in (0.0, 0.001))
    lost = np.prod(1 + paid.returns[1:]) / np.prod(1 + free.returns[1:])
    assert lost == pytest.approx((1 - 0.001 * 1.0) * (1 - 0.001 * paid.traded[101]))
    assert 0 < paid.traded[101] < 0.5


def test_cash_earns_nothing_and_an_unknown_return_keeps_the_price() -> None:
    returns = RETURNS.copy()
    returns[20:, 1] = np.nan
    path = walked(returns, [0], np.array([[0.0, 0.4, 0.0]]), 0.0)
    held = 0.6 + 0.4 * np.cumprod(1 + np.nan_to_num(returns[1:, 1]))
    np.testing.assert_allclose(np.cumprod(1 + path.returns[1:]), held)
    assert (path.returns[20:] == 0).all()


def test_nothing_later_moves_an_earlier_bar() -> None:
    weights = np.full((4, 3), 1 / 3)
    spoiled = RETURNS.copy()
    spoiled[120:] = 9.0
    first, second = (walked(one, [20, 60, 100, 140], weights, 0.001) for one in (RETURNS, spoiled))
    np.testing.assert_array_equal(first.returns[:120], second.returns[:120])


def test_a_rebalancing_at_the_last_bar_waits() -> None:
    path = walked(RETURNS, [0, 199], np.array([[1.0, 0, 0], [0, 1.0, 0]]), 0.0)
    np.testing.assert_allclose(path.returns[1:], RETURNS[1:, 0])


def test_performance_by_its_definitions() -> None:
    """365 days a year, compounded, drawdown positive, the mean over the population deviation."""
    path = walked(RETURNS, [0], np.array([[1.0, 0, 0]]), 0.0)
    found = performance(path, 365, 5)
    assert found is not None
    own = RETURNS[1:, 0]
    assert found.growth == pytest.approx(np.exp(np.log1p(own).mean() * 365) - 1)
    assert found.volatility == pytest.approx(own.std() * np.sqrt(365))
    assert found.sharpe == pytest.approx(own.mean() / own.std() * np.sqrt(365))
    value = np.concatenate([[1.0], np.cumprod(1 + own)])
    assert found.drawdown == pytest.approx(max(1 - value[t] / value[: t + 1].max() for t in range(200)))
    assert found.turnover == pytest.approx(365 / 199)
    assert found.sharpe_error == pytest.approx(np.sqrt(365 / 199), rel=0.3)


def test_too_short_a_path_has_none() -> None:
    assert performance(WalkForward(np.full(5, np.nan), np.zeros(5)), 365, 5) is None


def test_weights_without_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="one set of weights"):
        walked(RETURNS, [0, 5], np.ones((1, 3)), 0.0)
