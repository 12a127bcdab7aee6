"""The canonical correlation equals statsmodels'; out of sample it is honest."""

import numpy as np
import pytest
from statsmodels.multivariate.cancorr import CanCorr

from analysis.features.canonical import canonical


def data(share: float, rows: int = 600) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(9)
    leaders, rest = rng.standard_normal((rows, 2)), rng.standard_normal((rows, 4))
    rest[1:, 0] += share * leaders[:-1, 1]
    return leaders, rest


def test_the_first_correlation_is_the_librarys() -> None:
    leaders, rest = data(0.7)
    found = canonical(leaders, rest, 400)
    oracle = CanCorr(rest[1:401], leaders[:400])
    assert found is not None
    assert found.inside == pytest.approx(oracle.cancorr[0], abs=1e-5)
    assert found.outside > 0.4


def test_noise_has_one_inside_and_none_outside() -> None:
    found = canonical(*data(0.0), 400)
    assert found is not None
    assert found.inside > 0.1
    assert abs(found.outside) < 0.15


def test_too_few_rows_and_constants_have_none() -> None:
    leaders, rest = data(0.5)
    assert canonical(leaders[:20], rest[:20], 10) is None
    rest[:, 1] = 0.0
    assert canonical(leaders, rest, 400) is None
