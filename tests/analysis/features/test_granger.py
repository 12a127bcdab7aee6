"""Granger tests equal statsmodels' least squares pair by pair, keep their size under shared volatility, find a lead."""

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS

from analysis.arrays import Floats
from analysis.features.granger import granger_tests
from analysis.features.multiple_tests import benjamini_hochberg

ROWS, LAG = 300, 3


def series(seed: int, columns: int = 3, rows: int = ROWS) -> Floats:
    """Heavy-tailed noise in which the first column leads the second by one bar."""
    values = np.random.default_rng(seed).standard_t(5, (rows, columns))
    values[1:, 1] += 0.3 * values[:-1, 0]
    return values


def reference(data: Floats, cause: int, target: int) -> tuple[float, float, int]:
    """The order by Schwarz's criterion, then Wald's test with HC3 and the classical F of the library."""
    n = len(data) - LAG
    y = data[LAG:, target]
    best: tuple[float, int] | None = None
    for count in range(1, LAG + 1):
        design = _design(data, cause, target, count)
        residual = OLS(y, design[:, : count + 1]).fit().ssr
        criterion = n * np.log(residual / n) + (count + 1) * np.log(n)
        if best is None or criterion < best[0]:
            best = criterion, count
    assert best is not None
    count = best[1]
    design = _design(data, cause, target, count)
    limit = np.eye(design.shape[1])[count + 1 :]
    robust = OLS(y, design).fit(cov_type="HC3", use_t=True).wald_test(limit, use_f=True, scalar=True)
    plain = OLS(y, design).fit().f_test(limit)
    return float(robust.pvalue), float(plain.pvalue), count


def _design(data: Floats, cause: int, target: int, count: int) -> Floats:
    n = len(data) - LAG
    own = [data[LAG - lag : LAG - lag + n, target] for lag in range(1, count + 1)]
    other = [data[LAG - lag : LAG - lag + n, cause] for lag in range(1, count + 1)]
    return np.column_stack([np.ones(n), *own, *other])


@pytest.mark.parametrize("seed", range(4))
def test_every_pair_equals_the_library(seed: int) -> None:
    data = series(seed)
    found = granger_tests(data, LAG, 100)
    for cause in range(3):
        for target in range(3):
            if cause != target:
                p, classical, count = reference(data, cause, target)
                assert found.p[cause, target] == pytest.approx(p, rel=1e-8, abs=1e-14)
                assert found.p_classical[cause, target] == pytest.approx(classical, rel=1e-8, abs=1e-14)
                assert found.lags[cause, target] == count
    assert found.p[0, 1] < 0.01
    assert np.isnan(np.diag(found.p)).all()


def test_a_hole_leaves_out_the_rows_that_read_it() -> None:
    data = series(5)
    data[100, 0] = np.nan
    found = granger_tests(data, LAG, 100)
    assert found.rows[0, 1] == ROWS - LAG - (LAG + 1) + 1
    assert found.rows[2, 1] == ROWS - LAG
    keep = np.delete(np.arange(ROWS - LAG), np.arange(100 - LAG + 1, 101))
    count = int(found.lags[0, 1])
    design = _design(np.nan_to_num(data), 0, 1, count)[keep]
    limit = np.eye(design.shape[1])[count + 1 :]
    fitted = OLS(data[LAG:, 1][keep], design).fit(cov_type="HC3", use_t=True)
    assert found.p[0, 1] == pytest.approx(
        float(fitted.wald_test(limit, use_f=True, scalar=True).pvalue), rel=1e-8
    )


def test_what_cannot_be_tested_is_missing_and_stays_out_of_the_correction() -> None:
    data = series(6, columns=4)
    data[:, 2] = 1.0
    data[20:, 3] = np.nan
    found = granger_tests(data, LAG, 100)
    untestable = np.isnan(found.p) & ~np.eye(4, dtype=bool)
    assert untestable.sum() == 10
    adjusted = benjamini_hochberg(found.p)
    assert (np.isnan(adjusted) == np.isnan(found.p)).all()
    np.testing.assert_allclose(adjusted[:2, :2], benjamini_hochberg(found.p[:2, :2]))


def test_shared_volatility_makes_the_classical_test_find_leads_and_not_this_one() -> None:
    rng = np.random.default_rng(3)
    robust, classical = [], []
    for _ in range(30):
        log_volatility = np.zeros(1500)
        for row in range(1, 1500):
            log_volatility[row] = 0.97 * log_volatility[row - 1] + 0.35 * rng.standard_normal()
        noise = np.exp(log_volatility)[:, None] * rng.standard_normal((1500, 3))
        found = granger_tests(noise, 4, 100)
        robust += found.p[~np.eye(3, dtype=bool)].tolist()
        classical += found.p_classical[~np.eye(3, dtype=bool)].tolist()
    assert np.mean(np.array(robust) < 0.05) <= 0.08
    assert np.mean(np.array(classical) < 0.05) >= 0.15
