"""Deflated Sharpe against its published example; overfitting on noise and on a planted skill."""

import numpy as np
import pytest

from composite.evidence.overfitting import overfitting_probability
from composite.evidence.sharpe import deflated_sharpe, expected_best, probabilistic_sharpe

RNG = np.random.default_rng(14)


def test_the_published_example() -> None:
    """Bailey and López de Prado (2014): ratio 2.5 a year, 1,250 days, 100 trials with variance 1/2, -3, 10: 0.9004."""
    bar = expected_best(0.5 / 250, 100)
    assert bar == pytest.approx(0.1132, abs=5e-5)
    assert probabilistic_sharpe(2.5 / 250**0.5, bar, 1250, -3, 10) == pytest.approx(0.9004, abs=5e-5)


def test_the_best_of_many_without_skill_is_as_high_as_expected() -> None:
    best = [np.max(0.1 * RNG.standard_normal(50)) for _ in range(4000)]
    assert expected_best(0.01, 50) == pytest.approx(np.mean(best), rel=0.02)
    assert expected_best(0.01, 1) == 0.0


def test_returns_are_deflated_by_how_many_were_tried() -> None:
    returns = 0.02 + 0.1 * RNG.standard_normal(500)
    among = 0.03 * RNG.standard_normal(40)
    few, many = (deflated_sharpe(returns, among, trials) for trials in (2, 4000))
    assert few is not None
    assert many is not None
    assert few.sharpe == pytest.approx(returns.mean() / returns.std())
    assert many.probability < few.probability
    assert many.expected_best == pytest.approx(expected_best(float(among.var(ddof=1)), 4000))
    assert deflated_sharpe(returns[:10], among, 5) is None
    assert deflated_sharpe(np.ones(50), among, 5) is None


def test_noise_is_overfitted_half_of_the_time() -> None:
    found = [overfitting_probability(RNG.standard_normal((480, 20)), 8) for _ in range(40)]
    assert np.mean([one.probability for one in found if one]) == pytest.approx(0.5, abs=0.1)


def test_a_skilful_variant_is_not() -> None:
    returns = RNG.standard_normal((480, 20))
    returns[:, 7] += 0.4
    found = overfitting_probability(returns, 8)
    assert found is not None
    assert found.probability < 0.01
    assert found.outside == pytest.approx(found.inside, abs=0.1)
    noise = overfitting_probability(RNG.standard_normal((480, 20)), 8)
    assert noise is not None
    assert noise.inside > 0.05 > noise.outside


def test_by_hand_with_two_blocks() -> None:
    """Variant 0 is best in the first half and worst in the second, and the other way round: always overfitted."""
    first = np.array([[1.0, 0.5, 0.2], [0.9, 0.4, -0.3]])
    returns = np.concatenate([first, first[:, ::-1]])
    found = overfitting_probability(returns, 2)
    assert found is not None
    assert found.probability == 1.0


def test_what_cannot_be_cut() -> None:
    assert overfitting_probability(np.ones((40, 1)), 2) is None
    assert overfitting_probability(np.full((40, 3), np.nan), 2) is None
    with pytest.raises(ValueError, match="even"):
        overfitting_probability(np.ones((40, 3)), 3)
