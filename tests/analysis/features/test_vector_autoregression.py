"""The autoregression and everything made from it equal statsmodels'; no lag is an answer."""

import numpy as np
import pytest
from statsmodels.tsa.api import VAR

from analysis.arrays import Floats
from analysis.features.spillover import impulse_responses, spillover
from analysis.features.vector_autoregression import chosen_order, fit_autoregression, out_of_sample_r2

LAGS = np.array(
    [
        [[0.5, 0.2, 0.0], [0.0, 0.3, 0.1], [0.1, 0.0, 0.2]],
        [[-0.2, 0.0, 0.1], [0.1, 0.1, 0.0], [0.0, 0.0, 0.1]],
    ]
)


def simulated(rows: int = 600, seed: int = 1) -> Floats:
    rng = np.random.default_rng(seed)
    mix = np.array([[1.0, 0.0, 0.0], [0.5, 1.0, 0.0], [0.3, -0.4, 1.0]])
    values: Floats = rng.standard_normal((rows, 3)) @ mix.T
    for row in range(2, rows):
        values[row] += LAGS[0] @ values[row - 1] + LAGS[1] @ values[row - 2]
    return values


@pytest.mark.parametrize("order", [1, 2, 4])
def test_weights_covariance_and_moving_average_equal_the_library(order: int) -> None:
    data = simulated()
    found, oracle = fit_autoregression(data, order), VAR(data).fit(order)
    np.testing.assert_allclose(found.intercept, oracle.intercept, atol=1e-12)
    np.testing.assert_allclose(found.lags, oracle.coefs, atol=1e-12)
    np.testing.assert_allclose(found.sigma, oracle.sigma_u, atol=1e-12)
    np.testing.assert_allclose(found.moving_average(10), oracle.ma_rep(10), atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_is_that_of_the_library(seed: int) -> None:
    data = simulated(300, seed)
    assert chosen_order(data, 6) == VAR(data).select_order(6).bic


def test_no_lag_of_noise_is_an_answer() -> None:
    noise = np.random.default_rng(2).standard_normal((400, 5))
    assert chosen_order(noise, 8) == 0
    fitted = fit_autoregression(noise, 0)
    np.testing.assert_allclose(fitted.moving_average(3)[1:], 0.0)
    assert np.isnan(out_of_sample_r2(noise, 0, 200)).all()


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="need more"):
        fit_autoregression(np.ones((10, 5)), 2)


def test_the_value_out_of_sample_is_that_of_one_step_forecasts() -> None:
    data = simulated(900)
    found = out_of_sample_r2(data, 2, 600)
    oracle = VAR(data[:600]).fit(2)
    forecasts = np.array([oracle.forecast(data[row - 2 : row], 1)[0] for row in range(600, 900)])
    apart = ((data[600:] - data[:600].mean(axis=0)) ** 2).sum(axis=0)
    np.testing.assert_allclose(found, 1 - ((data[600:] - forecasts) ** 2).sum(axis=0) / apart, atol=1e-12)
    assert found[0] > 0.1


def test_the_order_of_columns_does_not_move_the_table() -> None:
    data, turn = simulated(), np.array([2, 0, 1])
    plain, turned = (fit_autoregression(one, 2) for one in (data, data[:, turn]))
    first = spillover(plain.moving_average(9), plain.sigma).table
    second = spillover(turned.moving_average(9), turned.sigma).table
    np.testing.assert_allclose(second, first[np.ix_(turn, turn)], atol=1e-12)
    np.testing.assert_allclose(first.sum(axis=1), 1.0)


def test_uncorrelated_shocks_give_the_ordinary_decomposition() -> None:
    data = simulated()
    oracle = VAR(data).fit(2)
    flat = np.diag(np.diag(oracle.sigma_u))
    weights = oracle.ma_rep(9)
    squares = (weights**2 * np.diag(flat)).sum(axis=0)
    np.testing.assert_allclose(spillover(weights, flat).table, squares / squares.sum(axis=1, keepdims=True))


def test_what_is_given_is_what_is_received() -> None:
    fitted = fit_autoregression(simulated(), 2)
    table = spillover(fitted.moving_average(9), fitted.sigma)
    assert table.given.sum() == pytest.approx(table.received.sum())
    assert table.net.sum() == pytest.approx(0.0, abs=1e-12)
    assert table.total == pytest.approx(1 - np.trace(table.table) / 3)


def test_a_shock_moves_all_at_once_as_far_as_they_correlate() -> None:
    fitted = fit_autoregression(simulated(), 2)
    responses = impulse_responses(fitted.moving_average(5), fitted.sigma)
    deviations = np.sqrt(np.diag(fitted.sigma))
    np.testing.assert_allclose(responses[0], fitted.sigma / deviations)
    np.testing.assert_allclose(
        responses[3][:, 1], fitted.moving_average(5)[3] @ fitted.sigma[:, 1] / deviations[1]
    )
