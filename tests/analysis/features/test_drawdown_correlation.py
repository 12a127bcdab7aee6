"""Drawdown correlations against pandas, and the null that independent walks have."""

import numpy as np
import pandas as pd
import pytest

from analysis.features.drawdown_correlation import drawdown_correlation, drawdowns

RNG = np.random.default_rng(6)


def test_equals_pandas() -> None:
    returns = 0.03 * (RNG.standard_normal((400, 1)) + RNG.standard_normal((400, 4)))
    price = pd.DataFrame(np.exp(np.cumsum(np.vstack([np.zeros(4), returns]), axis=0)))
    fall = 1 - price / price.cummax()
    upper = np.triu_indices(4, 1)
    found = drawdown_correlation(returns, 20, 1)
    assert found.level == pytest.approx(fall.corr().to_numpy()[upper].mean(), abs=1e-12)
    assert found.changes == pytest.approx(fall.diff().dropna().corr().to_numpy()[upper].mean(), abs=1e-12)


@pytest.mark.parametrize("bars", [250, 1000])
def test_independent_walks_exceed_one_half_in_a_quarter_of_cases(bars: int) -> None:
    pairs = [drawdowns(0.03 * RNG.standard_normal((bars, 2))) for _ in range(600)]
    correlations = np.array([np.atleast_2d(np.corrcoef(pair.T))[0, 1] for pair in pairs])
    assert 0.2 < np.mean(correlations > 0.5) < 0.34


def test_the_null_covers_independent_walks_and_not_common_ones() -> None:
    alone = [drawdown_correlation(0.03 * RNG.standard_normal((200, 3)), 20, s).p for s in range(60)]
    assert np.mean(np.array(alone) <= 0.1) < 0.25
    assert 0.35 < np.mean(alone) < 0.65
    market = 0.03 * RNG.standard_normal((300, 1))
    together = drawdown_correlation(market + 0.002 * RNG.standard_normal((300, 3)), 99, 1)
    assert together.p == pytest.approx(0.01)
    assert together.level > together.null_high
    assert together.changes > 0.9


def test_changes_of_independent_walks_are_uncorrelated() -> None:
    changes = [drawdown_correlation(0.03 * RNG.standard_normal((500, 2)), 1, s).changes for s in range(100)]
    assert np.mean(np.abs(changes) > 0.5) == 0


def test_one_column_or_one_that_only_rises_has_none() -> None:
    assert np.isnan(drawdown_correlation(RNG.standard_normal((50, 1)), 5, 1).level)
    rising = np.column_stack([np.full(50, 0.01), 0.03 * RNG.standard_normal(50)])
    assert np.isnan(drawdown_correlation(rising, 5, 1).p)
