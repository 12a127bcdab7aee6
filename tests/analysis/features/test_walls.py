"""Walls on hand-made samples: what stands out, for how long, and what vanished untouched."""

import numpy as np

from analysis.features.depth_map import DepthSamples
from analysis.features.walls import Wall, largest_wall, vanished_walls, wall_cells

STEP = 20_000
PRICE = np.arange(90.5, 110.5)


def samples(rows: list[dict[float, float]], mids: list[float] | None = None) -> DepthSamples:
    """Samples with 1 everywhere but where a row says otherwise."""
    notional = np.ones((len(rows), len(PRICE)))
    for row, said in enumerate(rows):
        for price, value in said.items():
            notional[row, int(np.argmin(np.abs(PRICE - price)))] = value
    mid = np.array(mids or [100.0] * len(rows))
    return DepthSamples(STEP * np.arange(len(rows)), mid, PRICE, notional)


def largest(found: DepthSamples, multiple: float, *, bids: bool) -> Wall | None:
    return largest_wall(found, wall_cells(found, multiple), bids=bids)


def vanished(found: DepthSamples, multiple: float, within_ms: float) -> int:
    return vanished_walls(found, wall_cells(found, multiple), within_ms)


def test_the_largest_wall_of_a_side_and_its_age() -> None:
    found = samples([{}, {95.5: 9.0}, {95.5: 8.0, 104.5: 7.0}, {95.5: 6.0, 93.5: 20.0, 104.5: 7.0}])
    bid, ask = largest(found, 5.0, bids=True), largest(found, 5.0, bids=False)
    assert bid is not None
    assert (bid.price, bid.notional, bid.age_s) == (93.5, 20.0, 0.0)
    assert ask is not None
    assert (ask.price, ask.notional, ask.age_s) == (104.5, 7.0, 20.0)
    assert largest(found, 50.0, bids=True) is None


def test_a_wall_that_vanishes_soon_and_untouched_is_counted() -> None:
    assert vanished(samples([{}, {95.5: 9.0}, {}]), 5.0, 60_000) == 1
    assert vanished(samples([{}, {95.5: 9.0}, {95.5: 9.0}, {}]), 5.0, 30_000) == 0
    assert vanished(samples([{95.5: 9.0}, {}]), 5.0, 60_000) == 0  # it may have stood for long


def test_a_wall_that_the_price_came_to_did_not_vanish_by_itself() -> None:
    assert vanished(samples([{}, {98.5: 9.0}, {}], [100.0, 100.0, 98.0]), 5.0, 60_000) == 0


def test_a_wall_out_of_the_reach_of_the_book_is_not_seen_to_vanish() -> None:
    found = samples([{}, {95.5: 9.0}, {}])
    found.notional[2, :8] = np.nan
    assert vanished(found, 5.0, 60_000) == 0


def test_without_samples_there_are_no_walls() -> None:
    none = DepthSamples(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros((0, 0)))
    assert largest(none, 5.0, bids=True) is None
    assert vanished(none, 5.0, 60_000) == 0
