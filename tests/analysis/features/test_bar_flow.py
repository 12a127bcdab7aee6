"""Taker flow of bars against a plain reference, its sign, and what it says where little is known."""

from typing import Final

import numpy as np
import pytest

from analysis.arrays import Floats
from analysis.features.bar_flow import BarFlow, bar_flow

ROWS: Final = 400
WINDOW: Final = 100
LEAST: Final = 25


def made(seed: int = 3) -> tuple[Floats, Floats, Floats]:
    """Taker buying, volume and returns that follow the imbalance, whose mean is below zero."""
    rng = np.random.default_rng(seed)
    volume = np.exp(rng.standard_normal(ROWS))
    imbalance = np.clip(-0.03 + 0.12 * rng.standard_normal(ROWS), -0.95, 0.95)
    returns = 0.02 * (imbalance + 0.03) + 0.003 * rng.standard_normal(ROWS)
    return volume * (1 + imbalance) / 2, volume, returns


def of(taker: Floats, volume: Floats, returns: Floats) -> BarFlow:
    return bar_flow(taker, volume, returns, WINDOW, LEAST)


def test_imbalance_is_in_deviations_of_the_bars_before() -> None:
    taker, volume, returns = made()
    found = of(taker, volume, returns).imbalance
    raw = 2 * taker / volume - 1
    for row in (LEAST, WINDOW - 3, WINDOW + 7, ROWS - 1):
        past = raw[max(0, row - WINDOW) : row]
        assert found[row] == pytest.approx((raw[row] - past.mean()) / past.std(), rel=1e-9)
    assert np.isnan(found[:LEAST]).all()


def test_absorption_is_the_opposed_residual_no_larger_than_the_flow() -> None:
    taker, volume, returns = made()
    raw = 2 * taker / volume - 1
    centred = np.array(
        [np.nan if row < LEAST else raw[row] - raw[max(0, row - WINDOW) : row].mean() for row in range(ROWS)]
    )
    returns[72] = np.nan
    found = of(taker, volume, returns)
    for row in range(2 * LEAST + 1, ROWS, 7):
        first = max(LEAST, row - WINDOW)
        known = np.isfinite(returns[first:row])
        x, r = centred[first:row][known], returns[first:row][known]
        slope = (x @ r) / (x @ x)
        residual = (returns[row] - slope * centred[row]) / np.sqrt(np.mean((r - slope * x) ** 2))
        opposed = residual * centred[row] < 0
        if not np.isfinite(residual):
            assert np.isnan(found.absorption[row])
            continue
        size = min(abs(residual), abs(found.imbalance[row]))
        assert found.absorption[row] == pytest.approx(np.sign(residual) * size if opposed else 0.0, abs=1e-7)


@pytest.mark.parametrize(
    ("lean", "move", "sign"),
    [(-0.5, 0.0, 1), (-0.5, 0.01, 1), (-0.5, -0.05, 0), (0.5, 0.0, -1), (0.5, 0.05, 0), (-0.03, 0.02, 0)],
)
def test_selling_that_the_price_does_not_follow_is_absorbed(lean: float, move: float, sign: int) -> None:
    taker, volume, returns = made()
    taker[-1], returns[-1] = volume[-1] * (1 + lean) / 2, move
    last = of(taker, volume, returns).absorption[-1]
    assert np.sign(np.round(last, 0)) == sign


def test_a_smaller_fall_on_the_same_selling_is_more_absorption() -> None:
    taker, volume, returns = made()
    taker[-1] = volume[-1] * 0.3
    found = []
    for move in np.linspace(-0.02, 0.01, 13):
        returns[-1] = move
        found.append(of(taker, volume, returns).absorption[-1])
    assert (np.diff(found) >= 0).all()
    assert found[0] == 0 < found[-1]


def test_a_bar_without_trades_says_nothing_and_harms_no_other() -> None:
    taker, volume, returns = made()
    taker[200], volume[200] = 0.0, 0.0
    found = of(taker, volume, returns)
    assert np.isnan([found.imbalance[200], found.absorption[200]]).all()
    assert np.isfinite(found.imbalance[201:]).all()
    assert np.isfinite(found.absorption[201:]).all()


def test_without_taker_volume_nothing_is_known() -> None:
    _, volume, returns = made()
    found = of(np.zeros(ROWS), volume, returns)
    assert np.isnan(found.imbalance).all()
    assert np.isnan(found.absorption).all()
