"""HAR on ranges against statsmodels and pandas, its season on made-up weeks, and what it may not look at."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose, assert_array_equal

from analysis.arrays import Floats
from analysis.features.range_har import (
    RangeHar,
    RangeRows,
    fit_range_har,
    range_har_forecast,
    range_rows,
)
from utils.binance_api.intervals import WEEK

HOUR_MS = 3_600_000
SPANS, HORIZONS = (1, 6, 24, 168), (1, 24)
START = 1_672_531_200_000 // HOUR_MS * HOUR_MS
LOUD = np.array([14, 15, 16])
"""Hours of the day that move four times as much in variance."""


def market(n: int, seed: int, *, loud: float = 4.0) -> RangeRows:
    """Hours whose volatility wanders slowly and is larger at the loud hours; ranges of forty steps each."""
    rng = np.random.default_rng(seed)
    level, logs = 0.0, np.empty(n)
    for row, shock in enumerate(rng.standard_normal(n).tolist()):
        level = 0.97 * level + 0.2 * shock
        logs[row] = level
    open_time = START + HOUR_MS * np.arange(n, dtype=np.int64)
    factor = np.where(np.isin(open_time // HOUR_MS % 24, LOUD), loud, 1.0)
    sigma = 0.01 * np.sqrt(np.exp(logs) * factor / 40)
    walk = np.cumsum(rng.standard_normal((n, 40)) * sigma[:, None], axis=1)
    high, low = (extreme(walk, axis=1) for extreme in (np.max, np.min))
    return range_rows(
        open_time, np.exp(np.maximum(high, 0)), np.exp(np.minimum(low, 0)), walk[:, -1], HOUR_MS
    )


def part(rows: RangeRows, start: int, stop: int) -> RangeRows:
    some = slice(start, stop)
    return RangeRows(rows.open_time[some], rows.variance[some], rows.returns[some], rows.bar_ms)


def fitted(rows: RangeRows) -> RangeHar:
    model = fit_range_har(rows, SPANS, HORIZONS)
    assert model is not None
    return model


ROWS = market(3000, 1)
MODEL = fitted(part(ROWS, 0, 2400))


def loss(forecast: Floats, returns: Floats) -> float:
    return float(np.mean(np.log(forecast[:-1]) + returns[1:] ** 2 / forecast[:-1]))


def test_variance_is_parkinsons() -> None:
    one = range_rows(np.zeros(1, np.int64), np.array([110.0]), np.array([100.0]), np.zeros(1), HOUR_MS)
    assert one.variance[0] == pytest.approx(np.log(1.1) ** 2 / (4 * np.log(2)))


@pytest.mark.parametrize("horizon", HORIZONS)
def test_fit_and_forecast_equal_statsmodels_and_pandas(horizon: int) -> None:
    frame = pd.DataFrame({"v": ROWS.variance[:2400], "r2": ROWS.returns[:2400] ** 2})
    frame["v"] = frame["v"].clip(lower=0.01 * frame["v"].median())
    clock = pd.DatetimeIndex(pd.to_datetime(ROWS.open_time, unit="ms"))
    hours = np.asarray(clock.day_of_week * 24 + clock.hour)
    away = np.log(frame["v"]) - np.log(frame["v"]).mean()
    grouped = away.groupby(hours[:2400])
    factor = np.exp(grouped.sum() / (grouped.count() + 5))
    season = factor / factor.loc[hours[:2400]].mean()
    assert_allclose(MODEL.season, season.to_numpy(), rtol=1e-12)

    sizes = frame["v"] / season.loc[hours[:2400]].to_numpy()
    past = pd.DataFrame({p: np.log(sizes.rolling(p).mean()) for p in SPANS})
    ahead = np.log(sizes.rolling(horizon).mean()).shift(-horizon)
    rows = past.dropna().index.intersection(ahead.dropna().index)
    found = sm.OLS(ahead[rows], sm.add_constant(past.loc[rows])).fit()
    one = next(fit for fit in MODEL.horizons if fit.bars == horizon)
    assert_allclose(one.coefficients, found.params, rtol=1e-8)

    coming = pd.Series(season.loc[hours].to_numpy()).rolling(horizon).mean().shift(-horizon)
    realised = frame["r2"].rolling(horizon).mean().shift(-horizon)
    scale = (realised[rows] / (np.exp(found.fittedvalues) * coming[rows])).mean()
    assert one.scale == pytest.approx(scale, rel=1e-9)

    forecast = range_har_forecast(MODEL, ROWS)[horizon]
    assert np.isnan(forecast[:167]).all()
    for row in (167, 1000, 2399):
        line = found.params.to_numpy() @ np.array([1.0, *past.loc[row]])
        line = np.clip(line, ahead[rows].min(), ahead[rows].max())
        assert forecast[row] == pytest.approx(scale * np.exp(line) * coming[row], rel=1e-9)


def test_nothing_looks_ahead() -> None:
    spoiled = replace(
        ROWS,
        variance=np.where(np.arange(3000) < 2400, ROWS.variance, 1e6),
        returns=np.where(np.arange(3000) < 2400, ROWS.returns, -1e3),
    )
    assert fitted(part(spoiled, 0, 2400)) == MODEL
    honest, other = (range_har_forecast(MODEL, rows) for rows in (ROWS, spoiled))
    for horizon in HORIZONS:
        assert_array_equal(honest[horizon][:2400], other[horizon][:2400])
        assert honest[horizon][2400] != other[horizon][2400]


def test_a_row_rests_on_the_bars_of_the_longest_span_alone() -> None:
    later = range_har_forecast(MODEL, part(ROWS, 2000 - 167, 2500))
    for horizon, whole in range_har_forecast(MODEL, ROWS).items():
        assert_allclose(later[horizon][167:], whole[2000:2500], rtol=1e-12)


def test_the_coming_hour_decides_by_the_clock_and_a_hole_does_not_shift_it() -> None:
    forecast = range_har_forecast(MODEL, ROWS)[1]
    hour = ROWS.open_time // HOUR_MS % 24
    before_loud, quiet = np.isin(hour, LOUD - 1), np.isin(hour, np.arange(3, 11))
    ratio = np.nanmean(np.log(forecast[before_loud])) - np.nanmean(np.log(forecast[quiet]))
    assert np.exp(ratio) == pytest.approx(4, rel=0.35)
    kept = np.delete(np.arange(3000), np.arange(2000, 2007))
    holed = RangeRows(ROWS.open_time[kept], ROWS.variance[kept], ROWS.returns[kept], HOUR_MS)
    assert_allclose(np.log(range_har_forecast(MODEL, holed)[1][2200:] / forecast[2207:]), 0, atol=0.2)


def test_out_of_sample_each_part_gains() -> None:
    timeless = replace(ROWS, bar_ms=WEEK)
    squares = replace(timeless, variance=ROWS.returns**2)
    losses = []
    for rows in (squares, timeless, ROWS):
        model = fitted(part(rows, 0, 2400))
        losses.append(loss(range_har_forecast(model, rows)[1][2400:], ROWS.returns[2400:]))
    assert losses[2] < losses[1] - 0.02
    assert losses[1] < losses[0] - 0.02


def test_squared_returns_over_forecasts_are_one_on_average_over_the_sample() -> None:
    forecast = range_har_forecast(MODEL, ROWS)[1]
    assert np.mean(ROWS.returns[168:2400] ** 2 / forecast[167:2399]) == pytest.approx(1, abs=1e-3)


def test_a_wild_bar_forecasts_no_more_than_the_sample_saw() -> None:
    wild = replace(ROWS, variance=np.where(np.arange(3000) == 2600, 1e9, ROWS.variance))
    one = MODEL.horizons[0]
    assert range_har_forecast(MODEL, wild)[1][2600] == pytest.approx(
        one.scale * np.exp(one.high) * MODEL.season[_hour_after(2600)]
    )


def _hour_after(row: int) -> int:
    stamp = pd.Timestamp(int(ROWS.open_time[row]) + HOUR_MS, unit="ms")
    return stamp.day_of_week * 24 + stamp.hour


def test_long_bars_have_no_season_and_long_spans_are_left_out() -> None:
    weekly = replace(part(ROWS, 0, 400), bar_ms=WEEK)
    model = fit_range_har(weekly, SPANS, (1,))
    assert model is not None
    assert model.spans == (1, 6, 24)
    assert_allclose(model.season, 1.0)


def test_a_market_that_hardly_moves_has_no_model() -> None:
    still = replace(ROWS, variance=np.where(np.arange(3000) % 5 == 0, ROWS.variance, 0.0))
    assert fit_range_har(still, SPANS, HORIZONS) is None
    assert fit_range_har(replace(ROWS, returns=np.zeros(3000)), SPANS, HORIZONS) is None


def test_too_few_bars_give_no_fit() -> None:
    least = max(SPANS) + max(HORIZONS) + len(SPANS)
    assert fit_range_har(part(ROWS, 0, 20), SPANS, HORIZONS) is None
    assert fit_range_har(part(ROWS, 0, 3 * max(SPANS)), SPANS, HORIZONS) is not None
    assert fit_range_har(part(ROWS, 0, 3 * max(SPANS)), SPANS, (1, 3 * max(SPANS) - least)) is not None
    assert fit_range_har(part(ROWS, 0, 3 * max(SPANS)), SPANS, (1, 2 * max(SPANS))) is None
