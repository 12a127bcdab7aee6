"""The figures of module C: errors clustered by month, and a folder without recordings."""

from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm

from scripts.figures import sentiment


def test_the_clustered_error_is_that_of_statsmodels() -> None:
    generator = np.random.default_rng(4)
    month = np.repeat(np.arange(12), 9).astype(np.int64)
    values = 0.2 + generator.standard_normal(12)[month] + generator.standard_normal(108)
    fitted = sm.OLS(values, np.ones(108)).fit(
        cov_type="cluster", cov_kwds={"groups": month, "use_correction": False}
    )
    mean, t = sentiment.clustered(values, month)
    assert mean == pytest.approx(fitted.params[0])
    assert t == pytest.approx(fitted.tvalues[0])


def test_absent_recordings_are_named(tmp_path: Path) -> None:
    lines = sentiment.rows(tmp_path)
    assert len(lines) == 7
    assert all(line.startswith("sentiment: no ") for line in lines)
