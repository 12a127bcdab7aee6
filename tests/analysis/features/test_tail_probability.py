"""Tail probability against loops, pandas' calendar and groups, and the uniform law it must follow under simulation."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from analysis.features import tail_probability

RNG = np.random.default_rng(60)
HOURS = 1_672_531_200_000 + 3_600_000 * np.arange(2000, dtype=np.int64)  # from 2023-01-01, a Sunday
CELLS = tail_probability.hour_of_week(HOURS)
SEASON = 1 + np.sin(2 * np.pi * np.arange(2000) / 24) / 2
VALUES = SEASON * np.exp(0.5 * RNG.standard_normal(2000))


def test_hour_of_week_equals_pandas() -> None:
    calendar = pd.to_datetime(HOURS, unit="ms")
    assert_array_equal(CELLS, calendar.day_of_week * 24 + calendar.hour)


def test_funding_bars_have_cells_of_their_own() -> None:
    quarters = 1_672_531_200_000 + 900_000 * np.arange(80, dtype=np.int64)
    settlements = quarters[[0, 32, 64]] + 3  # a settlement stamps some ms late
    found = tail_probability.season_cells(quarters, 900_000, settlements)
    assert_array_equal(np.flatnonzero(found % 2), [0, 32, 64])
    assert_array_equal(found // 2, tail_probability.hour_of_week(quarters))


def test_seasonality_equals_pandas_groups() -> None:
    groups = pd.Series(VALUES).groupby(CELLS)
    past = groups.transform(lambda one: one.shift(1).rolling(6, min_periods=4).median()).to_numpy()
    assert_allclose(tail_probability.without_level(VALUES, CELLS, 6, 4), VALUES - past, rtol=1e-12)
    assert_allclose(tail_probability.without_scale(VALUES, CELLS, 6, 4), VALUES / past, rtol=1e-12)
    assert np.isnan(tail_probability.without_level(VALUES, CELLS, 6, 4)[: 4 * 168]).all()
    holed = np.where(RNG.random(2000) < 0.3, np.nan, VALUES)
    by_cell = pd.Series(holed).groupby(CELLS)
    known = by_cell.transform(lambda one: one.shift(1).rolling(7, min_periods=3).median()).to_numpy()
    assert_allclose(tail_probability.without_scale(holed, CELLS, 7, 3), holed / known, rtol=1e-12)


def test_the_season_is_gone() -> None:
    by_hour = CELLS % 24
    flat = tail_probability.without_scale(VALUES, by_hour, 40, 20)[480:]
    raw, cleaned = (
        stats.f_oneway(*(np.log(x[by_hour[480:] == hour]) for hour in range(24))).statistic
        for x in (VALUES[480:], flat)
    )
    assert raw > 20
    assert cleaned < 2


def test_upper_tail_p_equals_the_loop() -> None:
    ties = np.round(VALUES, 1)
    ties[[50, 700]] = np.nan
    found = tail_probability.upper_tail_p(ties, 300, 100)
    for t in (101, 150, 700, 800, 1999):
        past = ties[max(0, t - 300) : t]
        past = past[np.isfinite(past)]
        if not np.isfinite(ties[t]):
            assert np.isnan(found[t])
            continue
        expected = (1 + np.sum(past > ties[t]) + np.sum(past == ties[t]) / 2) / (len(past) + 1)
        assert found[t] == pytest.approx(expected, rel=1e-12)
    assert np.isnan(found[:100]).all()
    rising = tail_probability.upper_tail_p(np.arange(500.0), 200, 50)
    assert_allclose(rising[200:], 1 / 201)
    assert_allclose(tail_probability.upper_tail_p(-np.arange(500.0), 200, 50)[200:], 1.0)
    some = tail_probability.upper_tail_p(ties, 300, 100, last=700)
    assert np.isnan(some[:1300]).all()
    assert_array_equal(some[1300:], found[1300:])


def test_combined_p_of_calm_channels_is_uniform() -> None:
    channels = np.random.default_rng(5).standard_normal((4, 12_000))
    p = tail_probability.sidak(np.array([tail_probability.upper_tail_p(x, 2000, 2000) for x in channels]))[
        2000:
    ]
    for level in (0.5, 0.1, 0.01):
        assert np.mean(p <= level) == pytest.approx(level, rel=0.25)
    assert np.mean(tail_probability.anomaly_score(p) >= 0.25) == pytest.approx(0.1, abs=0.015)


def test_sidak_equals_the_formula_over_known_channels() -> None:
    p = np.array([[0.2, np.nan, np.nan, 1.0, 1e-13], [0.01, 0.3, np.nan, 1.0, 0.5]])
    found = tail_probability.sidak(p)
    smaller = 1 - (1 - 0.01) ** 2
    assert_allclose(found, [smaller, 0.3, np.nan, 1.0, 2e-13], rtol=1e-9)
    draws = np.random.default_rng(6).random((5, 40_000))
    assert stats.kstest(tail_probability.sidak(draws), "uniform").pvalue > 0.001
    assert np.isnan(tail_probability.sidak(np.empty((0, 3)))).all()


def test_score_and_once_in() -> None:
    p = np.array([1.0, 0.1, 0.01, 1e-3, 1e-4, 1e-9, np.nan, 0.0])
    assert_allclose(tail_probability.anomaly_score(p), [0, 0.25, 0.5, 0.75, 1, 1, np.nan, np.nan], atol=1e-15)
    assert_allclose(tail_probability.once_in(p)[:4], [1, 10, 100, 1000])


def test_nothing_after_the_cut_matters() -> None:
    spoiled = np.concatenate([VALUES[:1500], np.full(500, 1e9)])
    for one, two in zip(
        *(
            (
                tail_probability.without_level(x, CELLS, 6, 3),
                tail_probability.without_scale(x, CELLS, 6, 3),
                tail_probability.upper_tail_p(x, 500, 100),
            )
            for x in (VALUES, spoiled)
        ),
        strict=True,
    ):
        assert_array_equal(one[:1500], two[:1500])


def test_degenerate_inputs() -> None:
    flat, nothing = np.zeros(400), np.full(400, np.nan)
    assert_array_equal(tail_probability.without_level(flat, CELLS[:400], 2, 1)[168:], 0.0)
    assert np.isnan(tail_probability.without_scale(flat, CELLS[:400], 2, 1)).all()
    assert_allclose(tail_probability.upper_tail_p(flat, 100, 50)[100:], 51 / 101)
    for function in (tail_probability.without_level, tail_probability.without_scale):
        assert np.isnan(function(nothing, CELLS[:400], 2, 1)).all()
        assert len(function(np.empty(0), CELLS[:0], 2, 1)) == 0
    assert np.isnan(tail_probability.upper_tail_p(nothing, 100, 50)).all()
    assert np.isnan(tail_probability.upper_tail_p(VALUES[:40], 100, 50)).all()
    with pytest.raises(ValueError, match="occurrence"):
        tail_probability.without_level(flat, CELLS[:400], 0, 1)
