"""Module J's parts: the kept past against its full ranks, sums against page_cusum, seasons, rows on bars."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.anomaly.change import (
    ChangeFit,
    change_sums,
    fit_change,
    last_alarms,
    standardised,
)
from analysis.anomaly.ecdf import ecdf_of
from analysis.anomaly.plain import last_z
from analysis.anomaly.rows import raw_rows
from analysis.anomaly.season import CELLS, seasonal_scale
from analysis.features.cusum import page_cusum
from analysis.features.robust import robust_z
from analysis.features.tail_probability import season_cells, upper_tail_p
from analysis.sources.funding import SettledFunding
from analysis.sources.open_interest import period_of
from tests.analysis.anomaly.readings import (
    FUNDING_STAMP,
    SMALL,
    funding_of,
    hourly,
    inputs_of,
    open_interest_of,
    perpetual_of,
)
from utils.binance_api.intervals import HOUR


@pytest.mark.parametrize("decimals", [12, 1])
def test_the_kept_past_ranks_as_the_whole_past(decimals: int) -> None:
    generator = np.random.default_rng(3)
    past = np.abs(generator.standard_t(3, 3000)).round(decimals)
    asked = np.abs(generator.standard_t(3, 200)).round(decimals)
    table = ecdf_of(past, 100)
    assert table is not None
    found = table.upper_tail_p(asked)
    expected = [upper_tail_p(np.append(past, one), len(past), 100, last=1)[-1] for one in asked]
    small = np.array(expected) < 0.15
    np.testing.assert_allclose(found[small], np.array(expected)[small], rtol=1e-12)
    np.testing.assert_allclose(found, expected, atol=0.003)


def test_the_largest_and_smallest_p_and_holes() -> None:
    table = ecdf_of(np.append(np.arange(2000.0), [np.nan] * 5), 100)
    assert table is not None
    assert table.count == 2000
    found = table.upper_tail_p(np.array([1e9, -1.0, np.nan, 1999.0]))
    np.testing.assert_allclose(found[[0, 1, 3]], [1 / 2001, 1.0, 1.5 / 2001])
    assert np.isnan(found[2])
    assert ecdf_of(np.arange(99.0), 100) is None


def test_a_past_of_one_value_is_a_tie() -> None:
    table = ecdf_of(np.zeros(1000), 100)
    assert table is not None
    np.testing.assert_allclose(table.upper_tail_p(np.array([0.0, 1.0])), [501 / 1001, 1 / 1001])


def test_a_change_of_level_and_one_of_volatility_are_dated() -> None:
    generator = np.random.default_rng(12)
    calm = 0.01 * generator.standard_normal(1500)
    fitted = fit_change(calm, SMALL)
    level = np.concatenate([calm, 0.01 * generator.standard_normal(20) - 0.012])
    found = last_alarms(level, fitted, SMALL)
    assert found.level
    assert found.level[-1].side == -1
    assert 1490 <= found.level[-1].change <= 1510
    loud = np.concatenate([calm, 0.05 * generator.standard_normal(10)])
    spread = last_alarms(loud, fitted, SMALL).volatility
    assert spread
    assert spread[-1].side == 1
    assert 1490 <= spread[-1].change <= 1505


def test_sums_start_afresh_a_fixed_number_of_bars_before() -> None:
    returns = 0.01 * np.random.default_rng(2).standard_normal(900)
    fitted = fit_change(returns, SMALL)
    longer, shorter = change_sums(returns, 50, fitted, SMALL), change_sums(returns[-600:], 50, fitted, SMALL)
    np.testing.assert_allclose(longer.level_up, shorter.level_up, atol=1e-7)
    np.testing.assert_allclose(longer.volatility_up, shorter.volatility_up, atol=1e-7)
    assert np.isnan(change_sums(returns[-40:], 10, fitted, SMALL).level_up).all()


def test_false_alarms_of_independent_returns_come_about_as_promised() -> None:
    generator = np.random.default_rng(4)
    fitted = fit_change(generator.standard_normal(4000), SMALL)
    z = standardised(generator.standard_normal(20_000), None, SMALL)
    alarms = len(page_cusum(z, SMALL.cusum_drift, fitted.level_threshold).alarms)
    assert 20_000 / SMALL.cusum_run_bars == pytest.approx(alarms, rel=0.35)


@pytest.mark.parametrize("volatility", ["ewma", "garch"])
def test_a_return_is_measured_by_what_was_forecast_before_it(volatility: str) -> None:
    config = SMALL.model_copy(update={"volatility": volatility, "cusum_clip": 1e6})
    returns = 0.01 * np.random.default_rng(5).standard_normal(600)
    model = fit_change(returns, config).garch
    assert (model is not None) == (volatility == "garch")
    larger = np.append(returns[:-1], 40 * returns[-1])
    before, after = (standardised(line, model, config) for line in (returns, larger))
    np.testing.assert_array_equal(after[:-1], before[:-1])
    if model is None:
        assert after[-1] == pytest.approx(40 * before[-1], rel=1e-12)
    else:
        assert after[-1] - before[-1] == pytest.approx(
            39 * returns[-1] * before[-1] / (returns[-1] - model.mean)
        )


def test_garch_standardises_where_asked_and_gives_way_where_it_does_not_converge() -> None:
    config = SMALL.model_copy(update={"volatility": "garch"})
    generator = np.random.default_rng(5)
    fitted = fit_change(0.01 * generator.standard_normal(600), config)
    assert fitted.converged
    assert fitted.garch is not None
    short = fit_change(0.01 * generator.standard_normal(90), config)
    assert (short.converged, short.garch) == (False, None)


def test_constant_returns_have_no_threshold_and_no_change() -> None:
    fitted = fit_change(np.zeros(800), SMALL)
    assert np.isnan(fitted.level_threshold)
    assert np.isnan(change_sums(np.zeros(800), 20, fitted, SMALL).level_up).all()
    assert last_alarms(np.zeros(800), fitted, SMALL).level == ()
    assert isinstance(fitted, ChangeFit)


HOURS = np.arange(24 * 7 * 30, dtype=np.int64)
NO_FUNDING = np.empty(0, np.int64)


def test_a_season_is_found_and_removed() -> None:
    loud = 1 + 2 * (HOURS % 24 == 14)
    size = 7 * loud * np.abs(np.random.default_rng(1).standard_normal(len(HOURS)))
    cells = season_cells(HOURS * HOUR, HOUR, NO_FUNDING)
    usual = seasonal_scale(size, cells)
    assert len(usual) == CELLS
    assert np.median(usual[cells][loud == 3]) / np.median(usual[cells][loud == 1]) == pytest.approx(
        3, rel=0.15
    )
    assert np.median(size / usual[cells]) == pytest.approx(1, rel=0.05)


def test_noisy_hours_of_the_week_are_drawn_towards_the_truth() -> None:
    """Hours of the week that differ by nothing, or by a little: the drawn sizes are nearer than plain medians."""
    generator = np.random.default_rng(11)
    cells = season_cells(HOURS * HOUR, HOUR, NO_FUNDING)
    met = np.unique(cells)
    for spread in (0.0, 0.15):
        truth = np.exp(spread * generator.standard_normal(CELLS))
        size = truth[cells] * np.exp(generator.standard_normal(len(HOURS)))
        plain = np.array([np.median(size[cells == cell]) for cell in met])
        away = [np.mean(np.log(x / truth[met]) ** 2) for x in (seasonal_scale(size, cells)[met], plain)]
        assert away[0] < 0.6 * away[1], spread


def test_hours_of_the_week_that_differ_beyond_their_noise_stay_as_they_are() -> None:
    cells = season_cells(HOURS * HOUR, HOUR, NO_FUNDING)
    truth = np.exp(np.random.default_rng(12).standard_normal(CELLS))
    exact = seasonal_scale(truth[cells], cells)
    np.testing.assert_allclose(exact[np.unique(cells)], truth[np.unique(cells)], rtol=1e-12)


def test_a_short_past_has_hours_of_the_day_and_one_of_a_day_no_season() -> None:
    hours = HOURS[: 24 * 6]
    size = 1.0 + (hours % 24 == 3)
    cells = season_cells(hours * HOUR, HOUR, NO_FUNDING)
    np.testing.assert_array_equal(seasonal_scale(size, cells)[cells], size)
    np.testing.assert_array_equal(seasonal_scale(size[:24], cells[:24]), np.ones(CELLS))
    assert np.isnan(seasonal_scale(np.zeros(480), np.zeros(480, np.int64))).all()
    assert np.isnan(seasonal_scale(np.full(9, np.nan), np.zeros(9, np.int64))).all()


def test_rows_lie_on_closes() -> None:
    bars = hourly(60)
    funding, interest = funding_of(bars), open_interest_of(bars)
    raw = raw_rows(inputs_of(bars, perpetual=perpetual_of(bars), interest=interest, funding=funding))
    np.testing.assert_allclose(raw.open_interest_change[1:], np.diff(np.log(interest.open_interest)))
    settled = np.isfinite(raw.funding_change)
    assert (bars.open_time[settled] % (8 * HOUR) == 0).all()
    assert settled.sum() == 8
    row = int(np.flatnonzero(settled)[1])
    last = int(np.searchsorted(funding.time, bars.close_time[row])) - 1
    assert raw.funding_change[row] == pytest.approx(funding.rate[last] - funding.rate[last - 1])
    assert raw.basis == pytest.approx(10_000 * (perpetual_of(bars).close / bars.close - 1))


def test_a_bar_after_a_gap_has_no_one_bar_return() -> None:
    bars = hourly(60)._pick(np.r_[0:30, 33:60])
    raw = raw_rows(inputs_of(bars, interest=open_interest_of(bars)))
    assert np.flatnonzero(np.isnan(raw.returns)).tolist() == [0, 30]
    assert np.isnan(raw.open_interest_change[30])
    assert raw.missing_before[30] == 3
    assert raw.missing_before.sum() == 3


def test_open_interest_older_than_the_bar_is_not_taken_for_its_own() -> None:
    bars = hourly(40)
    interest = open_interest_of(bars)
    stale = replace(interest, stamp=interest.stamp - HOUR)
    assert np.isnan(raw_rows(inputs_of(bars, interest=stale)).open_interest_change).all()


def test_a_settlement_on_the_edge_of_a_bar_belongs_to_the_bar_it_opens() -> None:
    bars = hourly(60)
    times = np.array([int(bars.open_time[row]) for row in (0, 20, 40)], np.int64)
    raw = raw_rows(
        inputs_of(bars, funding=SettledFunding(times, np.array([1e-4, 3e-4, -2e-4]), FUNDING_STAMP))
    )
    assert np.flatnonzero(np.isfinite(raw.funding_change)).tolist() == [20, 40]
    np.testing.assert_allclose(raw.funding_change[[20, 40]], [2e-4, -5e-4])
    settling = season_cells(bars.open_time, HOUR, times) % 2
    assert np.flatnonzero(settling).tolist() == [0, 20, 40]


def test_funding_before_the_first_known_settlement_is_unknown() -> None:
    bars = hourly(60)
    late = SettledFunding(np.array([int(bars.open_time[20]) + 4], np.int64), np.array([1e-4]), FUNDING_STAMP)
    raw = raw_rows(inputs_of(bars, funding=late))
    assert np.isnan(raw.funding_change).all()
    assert np.flatnonzero(raw.funding_known)[0] == 21


@pytest.mark.parametrize(
    ("interval", "period"),
    [("1m", None), ("3m", None), ("5m", "5m"), ("1h", "1h"), ("8h", "4h"), ("1d", "1d"), ("1w", "1d")],
)
def test_open_interest_is_asked_for_periods_that_divide_the_bar(interval: str, period: str | None) -> None:
    assert period_of(interval) == period


@pytest.mark.parametrize("count", [40, 101, 251, 400])
@pytest.mark.parametrize("decimals", [12, 0, -1])
def test_the_last_value_s_z_is_that_of_the_whole_series(count: int, decimals: int) -> None:
    values = np.round(np.random.default_rng(3).standard_t(3, count), decimals)
    np.testing.assert_allclose(last_z(values, 250, 100), robust_z(values, 250, 100)[-1:], rtol=1e-12)
    assert len(last_z(values[:0], 250, 100)) == 0
