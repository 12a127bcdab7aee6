"""The leader board puts a made leader first in every period, and noise keeps no order."""

import numpy as np

from analysis.arrays import Floats
from analysis.framework.joint_bars import JointBars
from scripts.figures.leader_board import agreement, board


def joined(returns: Floats) -> JointBars:
    times = np.arange(len(returns), dtype=np.int64) * 60_000
    symbols = tuple(f"C{n}USDT" for n in range(returns.shape[1]))
    return JointBars(symbols, times, times + 59_999, np.exp(np.cumsum(returns, axis=0)), returns)


def test_a_leader_is_first_in_the_whole_and_in_every_part() -> None:
    returns = np.random.default_rng(1).standard_normal((5000, 6))
    returns[1:, 1:] += 0.5 * returns[:-1, :1]
    found = board(joined(returns))
    assert found.whole.argmax() == 0
    assert (found.halves.argmax(axis=1) == 0).all()
    assert (found.tenths.argmax(axis=1) == 0).all()


def test_noise_keeps_no_order_between_parts() -> None:
    found = board(joined(np.random.default_rng(2).standard_normal((5000, 12))))
    between = agreement(found.tenths)
    assert between.shape == (45,)
    assert abs(between.mean()) < 0.15


def test_the_same_order_agrees_and_its_reverse_does_not() -> None:
    nets = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0], [3.0, 2.0, 1.0]])
    np.testing.assert_allclose(agreement(nets), [1.0, -1.0, -1.0])
