"""Backtests against scipy's G-tests, a logit of statsmodels, and their own size under simulation."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.discrete.discrete_model import Logit

from analysis.features import var_backtest

RNG = np.random.default_rng(21)


def clustered(n: int, seed: int) -> np.ndarray:
    draws, violated = np.random.default_rng(seed).random(n), np.zeros(n, np.bool_)
    for t in range(1, n):
        violated[t] = draws[t] < (0.25 if violated[t - 1] else 0.04)
    return violated


@pytest.mark.parametrize(("violations", "bars"), [(0, 500), (25, 500), (40, 500), (500, 500), (3, 1000)])
def test_kupiec_equals_the_g_test(violations: int, bars: int) -> None:
    found = var_backtest.kupiec(violations, bars, 0.95)
    expected = stats.power_divergence(
        [violations, bars - violations], [0.05 * bars, 0.95 * bars], lambda_="log-likelihood"
    )
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-10, abs=1e-10)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9, abs=1e-12)


def test_christoffersen_equals_the_contingency_g_test_and_the_logit() -> None:
    violated = clustered(1200, 2)
    found = var_backtest.christoffersen(violated, np.ones(1200, np.bool_))
    before, after = violated[:-1], violated[1:]
    table = [[np.sum((before == a) & (after == b)) for b in (0, 1)] for a in (0, 1)]
    expected = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-10)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    design = np.column_stack([np.ones(1199), before])
    fitted = Logit(after.astype(float), design).fit(disp=0)
    assert found.statistic == pytest.approx(fitted.llr, rel=1e-6)
    assert found.p_value < 0.01  # clusters are seen


def test_backtest_joins_both_and_skips_the_unknown() -> None:
    pnl, forecasts = 0.01 * RNG.standard_normal(900), np.full(900, 0.0164)
    forecasts[:100], pnl[500] = np.nan, np.nan
    found = var_backtest.backtest(pnl, forecasts, 0.95)
    assert found.bars == 799
    assert found.violations == np.sum(-pnl[100:] > 0.0164)
    total = found.coverage.statistic + found.independence.statistic
    assert found.conditional.statistic == pytest.approx(total, rel=1e-14)
    assert found.conditional.p_value == pytest.approx(stats.chi2.sf(total, 2), rel=1e-10)
    violated = np.array([0, 1, 0, 0, 1, 0], np.bool_)
    known = np.array([1, 1, 0, 1, 1, 1], np.bool_)
    expected = stats.chi2_contingency([[0, 2], [1, 0]], correction=False, lambda_="log-likelihood")
    assert var_backtest.christoffersen(violated, known).statistic == pytest.approx(expected.statistic)


def test_a_loss_of_just_the_forecast_is_no_violation() -> None:
    pnl = np.array([-0.02, -0.02, 0.01, -0.03])
    assert var_backtest.backtest(pnl, np.full(4, 0.02), 0.95).violations == 1


def test_coverage_test_rejects_as_often_as_it_says() -> None:
    counts = np.random.default_rng(30).binomial(2000, 0.05, 2000)
    rejected = np.mean([var_backtest.kupiec(int(x), 2000, 0.95).p_value < 0.05 for x in counts])
    assert rejected == pytest.approx(0.05, abs=0.02)
    wrong = np.random.default_rng(31).binomial(2000, 0.08, 500)
    assert np.mean([var_backtest.kupiec(int(x), 2000, 0.95).p_value < 0.05 for x in wrong]) > 0.95


def test_degenerate_series() -> None:
    calm = var_backtest.backtest(np.full(300, 0.01), np.full(300, 0.02), 0.95)
    assert calm.violations == 0
    assert calm.coverage.p_value < 1e-6
    assert np.isnan([*calm.independence, *calm.conditional]).all()
    for pnl in (np.empty(0), np.full(10, np.nan)):
        nothing = var_backtest.backtest(pnl, np.zeros(len(pnl)), 0.95)
        assert nothing[:2] == (0, 0)
        assert np.isnan([*nothing.coverage, *nothing.conditional]).all()
