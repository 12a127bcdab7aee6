"""The liquidation map against positions kept one by one, its buckets against numpy, the sample against arrivals."""

from dataclasses import dataclass

import numpy as np
import pytest

from analysis.features.liquidation import continuous_brackets, liquidation_prices
from analysis.features.liquidation_map import (
    LONG,
    SHORT,
    LeverageMix,
    Steps,
    bucketed,
    estimated_levels,
    log_grid,
    row_of,
    seen_share,
)

BRACKETS = continuous_brackets((20_000.0, 100_000.0), (0.005, 0.01), (100.0, 50.0))
MIX = LeverageMix(np.array([5.0, 20.0, 50.0]), np.array([0.5, 0.3, 0.2]), 10_000.0)
GRID = log_grid(60.0, 160.0, 90)


@dataclass
class Position:
    """One position of the slow way: its side, the row of its liquidation price, what is left of it."""

    side: int
    row: int
    notional: float


def steps(rows: int = 80, seed: int = 1) -> Steps:
    generator = np.random.default_rng(seed)
    price = 100 * np.exp(np.cumsum(0.01 * generator.standard_normal(rows)))
    held = 1e4 * np.exp(np.cumsum(0.03 * generator.standard_normal(rows)))
    return Steps(
        held, price, price * (1 - 0.01 * generator.random(rows)), price * (1 + 0.01 * generator.random(rows))
    )


def one_by_one(given: Steps) -> np.ndarray:
    """The same rules on a list of positions."""
    held: list[Position] = []
    result = np.zeros((2, len(GRID), len(given.held)))
    for step in range(len(given.held)):
        low, high = given.low[step], given.high[step]
        held = [p for p in held if (GRID[p.row] < low if p.side == LONG else GRID[p.row] > high)]
        change = given.held[step] - given.held[step - 1] if step else 0.0
        if change > 0:
            entry = float(given.mean_price[step])
            for leverage, share in zip(MIX.leverages, MIX.shares, strict=True):
                prices = liquidation_prices(entry, leverage, MIX.notional, BRACKETS)
                for side, price in enumerate(prices):
                    row = int(np.argmin(np.abs(np.log(GRID) - np.log(price))))
                    held.append(Position(side, row, change * entry * share))
        elif change < 0:
            for position in held:
                position.notional *= given.held[step] / given.held[step - 1]
        for position in held:
            result[position.side, position.row, step] += position.notional
    return result


def test_levels_are_those_of_positions_kept_one_by_one() -> None:
    given = steps()
    np.testing.assert_allclose(estimated_levels(given, GRID, MIX, BRACKETS), one_by_one(given), atol=1e-6)


def test_a_rise_is_opened_once_long_and_once_short() -> None:
    flat = np.full(2, 100.0)
    given = Steps(np.array([1000.0, 1500.0]), flat, flat, flat)
    found = estimated_levels(given, GRID, MIX, BRACKETS)[:, :, -1]
    assert found[LONG].sum() == found[SHORT].sum() == pytest.approx(500 * 100)
    assert (GRID[found[LONG] > 0] < 100).all()
    assert (GRID[found[SHORT] > 0] > 100).all()


def test_a_fall_scales_what_is_live() -> None:
    flat = np.full(3, 100.0)
    found = estimated_levels(Steps(np.array([1000.0, 1500.0, 1200.0]), flat, flat, flat), GRID, MIX, BRACKETS)
    np.testing.assert_allclose(found[:, :, 2], 0.8 * found[:, :, 1])


def test_a_leverage_that_is_not_offered_leaves_its_share_to_the_others() -> None:
    mix = LeverageMix(np.array([10.0, 125.0]), np.array([0.5, 0.5]), 10_000.0)
    flat = np.full(2, 100.0)
    found = estimated_levels(Steps(np.array([1000.0, 1100.0]), flat, flat, flat), GRID, mix, BRACKETS)[
        :, :, -1
    ]
    assert found[LONG].sum() == pytest.approx(100 * 100)
    assert (found[LONG] > 0).sum() == 1


def test_unknown_prices_open_nothing() -> None:
    nan = np.full(2, np.nan)
    found = estimated_levels(Steps(np.array([1000.0, 1100.0]), nan, nan, nan), GRID, MIX, BRACKETS)
    assert not found.any()


def test_rows_of_a_grid_are_the_nearest_in_log_price() -> None:
    assert row_of(GRID, GRID).tolist() == list(range(len(GRID)))
    assert np.isnan(row_of(np.array([10.0, 1000.0, np.nan, -1.0]), GRID)).all()


def test_buckets_are_a_two_dimensional_histogram() -> None:
    generator = np.random.default_rng(3)
    opens = np.arange(0, 1000, 50, dtype=np.int64)
    times, prices = generator.integers(0, 1000, 500), generator.uniform(70, 140, 500)
    amounts = generator.random(500)
    half = np.sqrt(GRID[1] / GRID[0])
    edges = np.append(GRID / half, GRID[-1] * half)
    wanted, _, _ = np.histogram2d(prices, times, bins=[edges, np.append(opens, 1000)], weights=amounts)
    np.testing.assert_allclose(bucketed(times, prices, amounts, opens, GRID), wanted)


def test_the_share_seen_is_that_of_poisson_arrivals_thinned_to_one_a_second() -> None:
    generator = np.random.default_rng(7)
    for per_second in (0.05, 0.5, 2.0):
        counts = generator.poisson(per_second, 36_000)
        times = 1000 * np.flatnonzero(counts) + 17
        assert seen_share(times) == pytest.approx((counts > 0).sum() / counts.sum(), rel=0.03)


def test_a_full_minute_is_no_infinity_and_none_is_unknown() -> None:
    assert 0 < seen_share(1000 * np.arange(60, dtype=np.int64)) < 0.3
    assert np.isnan(seen_share(np.empty(0, np.int64)))
