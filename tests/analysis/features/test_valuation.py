"""Valuation by day: identities, a growing deviation without a later day, and a vote that turns round at the edges."""

import numpy as np
import pytest

from analysis.features.valuation import (
    band_vote,
    mvrv_z,
    past_quantile,
    rank_in_past,
    realised_cap,
    unrealised_share,
)

CAP = np.array([100.0, 110.0, 130.0, 90.0, 160.0])
MVRV = np.array([1.0, 1.1, 1.3, 0.9, 0.0])


def test_realised_cap_and_nupl_follow_from_the_ratio() -> None:
    np.testing.assert_allclose(realised_cap(CAP, MVRV), [100, 100, 100, 100, np.nan])
    share = (CAP - realised_cap(CAP, MVRV)) / CAP
    np.testing.assert_allclose(unrealised_share(MVRV), share, atol=1e-15)


def test_the_deviation_grows_with_every_day_and_knows_no_later_one() -> None:
    realised = np.full(5, 100.0)
    found = mvrv_z(CAP, realised, 3)
    by_hand = [(CAP[n] - 100) / np.std(CAP[: n + 1], ddof=1) for n in range(2, 5)]
    np.testing.assert_allclose(found, [np.nan, np.nan, *by_hand])
    wild = np.append(CAP[:4], 1e9)
    np.testing.assert_array_equal(mvrv_z(wild, realised, 3)[:4], found[:4])


def test_a_rank_is_among_the_days_before() -> None:
    values = np.array([3.0, 1.0, 2.0, 2.0, 9.0, np.nan])
    np.testing.assert_allclose(rank_in_past(values, 2), [np.nan, np.nan, 0.5, 0.5, 1.0, np.nan])
    assert np.isnan(rank_in_past(values[:1], 2)).all()
    np.testing.assert_allclose(past_quantile(values[:5], 0.5, 2), [np.nan, 2.0, 2.0, 2.0, 2.0])


@pytest.mark.parametrize(
    ("rank", "vote"),
    [
        (0.5, 0.0),
        (0.8, 0.6),
        (0.2, -0.6),
        (0.9, 0.0),
        (0.1, 0.0),
        (0.95, -0.9),
        (0.05, 0.9),
        (1.0, -1.0),
        (0.0, 1.0),
    ],
)
def test_valuation_speaks_the_other_way_in_the_outer_tenths_alone(rank: float, vote: float) -> None:
    assert band_vote(np.array([rank]), 0.1)[0] == pytest.approx(vote, abs=1e-12)


def test_the_vote_has_no_cliff_and_no_value_without_a_rank() -> None:
    ranks = np.linspace(0, 1, 10_001)
    assert np.abs(np.diff(band_vote(ranks, 0.1))).max() < 0.005
    assert np.isnan(band_vote(np.array([np.nan]), 0.1)).all()
