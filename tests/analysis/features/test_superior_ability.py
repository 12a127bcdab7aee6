"""Superior predictive ability against arch, and by what a winner and no winner must show."""

import numpy as np
import pytest
from arch.bootstrap import SPA

from analysis.arrays import Floats
from analysis.features.superior_ability import superior_ability

RNG = np.random.default_rng(9)


def losses(n: int = 300, m: int = 4) -> tuple[Floats, Floats]:
    shared = RNG.standard_normal((n, 1))
    return (shared + 0.5 * RNG.standard_normal((n, 1)))[:, 0], shared + 0.5 * RNG.standard_normal((n, m))


def arch_p(benchmark: Floats, models: Floats, block: int) -> float:
    test = SPA(benchmark, models, block_size=block, reps=2000, seed=7)
    test.compute()
    return float(test.pvalues["consistent"])


@pytest.mark.parametrize("shift", [[0, 0, 0, 0], [0.08, 0, 0, -0.5], [0.05, 0.05, -2.0, 0]])
def test_agrees_with_arch(shift: list[float]) -> None:
    benchmark, models = losses()
    models = models - np.array(shift)
    found = superior_ability(benchmark, models, block=10, draws=2000, seed=1)
    assert found.p == pytest.approx(arch_p(benchmark, models, 10), abs=0.04)


def test_a_clearly_better_series_wins() -> None:
    """Losses, not returns: the one that earns more is the one that loses less."""
    benchmark, models = losses()
    models[:, 2] -= 0.3
    found = superior_ability(benchmark, models, block=10, draws=1000, seed=1)
    assert found.p < 0.01
    assert found.best == 2
    assert found.gain == pytest.approx((benchmark - models[:, 2]).mean())


def test_a_clearly_worse_series_does_not_win() -> None:
    benchmark, models = losses()
    assert superior_ability(benchmark, models + 0.3, block=10, draws=1000, seed=1).p > 0.9


def test_the_seed_decides() -> None:
    benchmark, models = losses()
    first, second = (superior_ability(benchmark, models, block=10, draws=300, seed=3) for _ in range(2))
    assert first == second


def test_under_the_null_five_percent_win() -> None:
    won = [superior_ability(*losses(120, 3), block=2, draws=200, seed=s).p < 0.05 for s in range(200)]
    assert 0.005 <= np.mean(won) <= 0.11


def test_the_benchmark_itself_cannot_win() -> None:
    benchmark, _ = losses()
    assert superior_ability(benchmark, benchmark[:, None], block=10, draws=100, seed=1).p == 1.0


@pytest.mark.parametrize("bad", [np.ones(10), np.full(50, np.nan)])
def test_few_or_unknown_losses_are_refused(bad: Floats) -> None:
    with pytest.raises(ValueError, match="complete bars"):
        superior_ability(bad, bad[:, None], block=5, draws=10, seed=1)
