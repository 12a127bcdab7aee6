"""Samples of a book by price against the book, on one scale over time, and their means per bar."""

import numpy as np
import pytest

from analysis.features.depth_map import SAMPLE_MS, DepthMap, by_bar
from utils.binance_api.book.ladder import Ladder, Level

T0 = 1_700_000_000_000


def sides(mid: float, count: int = 60, *, complete: bool = False) -> tuple[Ladder, Ladder]:
    bids, asks = Ladder(1), Ladder(-1)
    below: list[Level] = [(mid - 0.5 - n, 1.0 + n) for n in range(count)]
    above: list[Level] = [(mid + 0.5 + n, 2.0 + n) for n in range(count)]
    bids.load(below, complete=complete)
    asks.load(above, complete=complete)
    return bids, asks


def test_a_sample_holds_the_notional_of_each_bin() -> None:
    depth = DepthMap()
    depth.sample(*sides(10_000.5), 10_000.5, T0)
    read = depth.read()
    assert read.price[1] - read.price[0] == pytest.approx(depth.width)
    assert depth.width == pytest.approx(1.00005)
    place = int(np.argmin(np.abs(read.price - 10_010.5)))
    assert read.notional[0, place] == pytest.approx(10_010.0 * 11.0, rel=0.15)
    known = np.isfinite(read.notional[0])
    assert read.notional[0][known].sum() <= sum(p * q for side in sides(10_000.5) for p, q in side.walk())


def test_beyond_what_is_known_there_is_nothing_and_a_complete_side_is_empty() -> None:
    depth = DepthMap()
    depth.sample(*sides(10_000.5, 20), 10_000.5, T0)
    assert np.isnan(depth.read().notional[0, :25]).all()
    whole = DepthMap()
    whole.sample(*sides(10_000.5, 20, complete=True), 10_000.5, T0)
    assert (whole.read().notional[0, :25] == 0).all()


def test_samples_of_a_moved_price_share_one_scale() -> None:
    depth = DepthMap(kept=3)
    for number, mid in enumerate((9_000.5, 10_000.5, 10_005.5, 10_010.5)):
        depth.sample(*sides(mid), mid, T0 + number * SAMPLE_MS)
    read = depth.read()
    assert (len(read), len(read.time)) == (3, 3)
    assert read.mid.tolist() == [10_000.5, 10_005.5, 10_010.5]
    assert read.price[0] < 9_960
    assert np.isnan(read.notional[0, -1])
    assert not depth.due(T0 + 4 * SAMPLE_MS - 1)
    assert depth.due(T0 + 4 * SAMPLE_MS)


def test_a_bar_has_the_mean_of_its_samples() -> None:
    depth = DepthMap()
    for number, mid in enumerate((10_000.5, 10_000.5, 10_000.5)):
        depth.sample(*sides(mid, 10 + number), mid, T0 + number * SAMPLE_MS)
    opens = np.array([T0 - 60_000, T0, T0 + 2 * SAMPLE_MS])
    read = depth.read()
    bars = by_bar(read, opens)
    assert np.isnan(bars[:, 0]).all()
    near = np.isfinite(read.notional[:2]).all(axis=0)
    np.testing.assert_allclose(bars[near, 1], read.notional[:2, near].mean(axis=0))
    np.testing.assert_allclose(bars[:, 2], read.notional[2])


def test_before_the_first_sample_there_is_nothing() -> None:
    read = DepthMap().read()
    assert len(read) == 0
    assert by_bar(read, np.array([T0])).shape == (0, 1)
