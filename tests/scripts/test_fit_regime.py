"""The fit of P(trend): its steps against scikit-learn and statsmodels, folds that look back, and the shipped fit."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression

from analysis.arrays import Floats
from analysis.features.hurst import dfa_hurst
from analysis.features.logistic import most_likely, slope_interval
from analysis.features.look_backs import HURST_RETURNS
from analysis.features.oscillators import log_returns
from analysis.regime.odds_table import FeatureWindows, OddsTable, shipped_table
from analysis.regime.scored_metrics import AHEAD_FEATURES as FEATURES
from analysis.regime.shipped import parsed
from scripts.fit_regime import MARKETS, Plan, fit_interval, fit_table, recording, report
from scripts.odds_fitting import (
    Sample,
    calibrated,
    fit_logistic,
    joined,
    nested_forecasts,
    out_of_fold,
    sample_of,
    scores,
    target,
)
from tests.support.recorded import walk_bars

PLAN = Plan(first="2023-01-01", last="2023-04-30", hold_out_last="2023-12-31")
WEIGHTS = np.array([0.6, 0.0, -0.4, 0.2, 0.0, 0.3])


def made_up(seed: int, n: int, strength: float = 1.0) -> Sample:
    """Rows an hour apart whose odds follow the readings by ``WEIGHTS``; targets end twenty rows later."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 6)) * 2 + 1
    p = 1 / (1 + np.exp(-strength * (x - 1) / 2 @ WEIGHTS))
    time = 3_600_000 * np.arange(n, dtype=np.int64)
    return Sample(x, (rng.random(n) < p).astype(np.float64), time, time + 20 * 3_600_000)


def test_target_by_its_definition() -> None:
    close = walk_bars(120, seed=4).close
    found = target(close, 5, 20, 30)
    ratio = np.full(120, np.nan)
    for row in range(5, 120):
        ratio[row] = abs(close[row] - close[row - 5]) / np.abs(np.diff(close[row - 5 : row + 1])).sum()
    for row in range(120):
        known = 54 <= row < 115
        assert np.isfinite(found[row]) == known
        if known:
            assert found[row] == (ratio[row + 5] > np.median(ratio[row - 49 : row - 29]))


def test_only_a_median_that_ended_before_the_readings_is_free_of_them() -> None:
    """On walks nothing can be forecast, yet a median next to the target is high where the readings are."""
    near: list[float] = []
    far: list[float] = []
    for seed in range(6):
        bars = walk_bars(4000, seed=seed)
        x = dfa_hurst(log_returns(bars.close), HURST_RETURNS).z
        for found, distance in ((near, 0), (far, FeatureWindows().bars)):
            y = target(bars.close, 20, 500, distance)
            known = np.isfinite(x) & np.isfinite(y)
            found.append(float(np.corrcoef(x[known], y[known])[0, 1]))
    assert np.mean(near) < -0.04
    assert abs(np.mean(far)) < 0.03


def test_logistic_equals_scikit_learn() -> None:
    sample = made_up(1, 3000)
    found = fit_logistic(sample, 20, 0.1)
    away = np.clip((sample.x - sample.x.mean(axis=0)) / sample.x.std(axis=0), -4, 4)
    design = np.column_stack([away, np.ones(len(away))])
    theirs = LogisticRegression(C=0.1**2, fit_intercept=False, tol=1e-10, max_iter=5000)
    theirs.fit(design, sample.y, np.full(len(away), 1 / 20))
    assert_allclose([*found.coefficient, found.intercept], theirs.coef_[0], atol=1e-6)
    assert_allclose(found.logit(sample.x), design @ theirs.coef_[0], atol=1e-5)


def test_unshrunk_logistic_and_clustered_interval_equal_statsmodels() -> None:
    sample = made_up(2, 1500)
    x, cluster = sample.x[:, 0], sample.time // (50 * 3_600_000)
    theirs = sm.Logit(sample.y, sm.add_constant(x)).fit(
        disp=False, cov_type="cluster", cov_kwds={"groups": cluster, "df_correction": False}
    )
    low, slope, high = slope_interval(x, sample.y, cluster)
    assert slope == pytest.approx(theirs.params[1], rel=1e-6)
    small = (1498 / 1499) ** 0.5  # theirs counts the parameters too
    assert (high - low) / 2 == pytest.approx(1.959964 * theirs.bse[1] * small, rel=1e-6)
    assert slope_interval(np.ones(100), sample.y[:100], cluster[:100]) == (0.0, 0.0, 0.0)


def test_separable_classes_without_a_prior_do_not_settle() -> None:
    x = np.column_stack([np.arange(-10.0, 10.0), np.ones(20)])
    with pytest.raises(ArithmeticError, match="prior"):
        most_likely(x, (x[:, 0] > 0).astype(np.float64), 1.0, np.zeros(2))


def test_calibration_shrinks_and_never_turns_over() -> None:
    rng = np.random.default_rng(3)
    raw = rng.standard_normal(20_000)
    y = (rng.random(20_000) < 1 / (1 + np.exp(-0.5 * raw - 0.1))).astype(np.float64)
    half = calibrated(raw, y, 1, 10.0)
    assert [half.slope, half.shift] == pytest.approx([0.5, 0.1], abs=0.05)
    assert calibrated(raw / 8, y, 1, 10.0).slope == 1.0
    turned = calibrated(-raw, y, 1, 10.0)
    assert turned.slope == 0.0
    assert 1 / (1 + np.exp(-turned.shift)) == pytest.approx(y.mean(), abs=1e-4)


def test_folds_look_back_only() -> None:
    sample = made_up(4, 4000)
    folds = list(out_of_fold(sample, 20, 0.1))
    assert len(folds) == 6
    assert not np.sum([rows for rows, _ in folds], axis=0)[:999].any()
    assert (np.sum([rows for rows, _ in folds], axis=0)[1000:] == 1).all()
    rows, raw = folds[2]
    spoiled = Sample(sample.x.copy(), sample.y.copy(), sample.time, sample.until)
    late = sample.until >= sample.time[rows][0]
    spoiled.y[late] = 1 - spoiled.y[late]
    spoiled.x[late & ~rows] = 1e6
    again = list(out_of_fold(spoiled, 20, 0.1))[2]
    assert_array_equal(again[0], rows)
    assert_array_equal(again[1], raw)


def test_nested_forecasts_ignore_later_folds() -> None:
    sample = made_up(5, 4000)

    def forecasts(y: Floats) -> Floats:
        folds = [(raw, y[rows], rows) for rows, raw in out_of_fold(sample, 20, 0.1)]
        return nested_forecasts(folds, 20, 0.1)[1][0]

    flipped = sample.y.copy()
    flipped[2000:] = 1 - flipped[2000:]
    assert_array_equal(forecasts(sample.y), forecasts(np.where(np.arange(4000) < 2000, sample.y, flipped)))


def test_skill_is_found_where_it_is() -> None:
    sample = made_up(6, 6000)
    model = fit_logistic(sample, 20, 0.5)
    held = made_up(7, 3000)
    found = scores(1 / (1 + np.exp(-model.logit(held.x))), held, 100 * 3_600_000)
    assert found.auc > 0.65
    assert found.log_loss < found.log_loss_base - 0.02
    assert found.brier < found.brier_base - 0.01
    assert found.slope_low < 1.2 < found.slope_high + 0.5


def test_the_pipeline_on_walks_finds_next_to_nothing_and_its_table_is_whole() -> None:
    markets = [walk_bars(6000, seed=s, interval="1h") for s in (21, 22)]
    odds = fit_interval("1h", markets, PLAN, "made up")
    assert "2023-01-02" <= odds.first < odds.last <= "2023-04-30"
    assert 0.42 < odds.out_of_fold.auc < 0.58
    assert abs(odds.quantiles[0] - 0.5) < 0.06
    assert abs(odds.quantiles[-1] - 0.5) < 0.06
    assert odds.hold_out is not None
    assert fit_interval("1h", markets, PLAN, "made up") == odds
    table = replace(shipped_table(), intervals={"1h": odds})
    assert parsed(msgspec.json.encode(table), OddsTable) == table
    assert "made up" in report(table)


def test_rows_need_every_reading_and_a_target() -> None:
    bars = walk_bars(1200, seed=9)
    found = sample_of(bars, FeatureWindows(), 20, 500)
    first = 20 + 500 + FeatureWindows().bars - 1
    assert found.time.tolist() == bars.close_time[first:-20].tolist()
    assert found.until.tolist() == bars.close_time[first + 20 :].tolist()
    assert found.x.shape == (len(found.y), len(FEATURES))
    both = joined([found, found.of(found.y == 1)])
    assert (np.diff(both.time) >= 0).all()
    assert both.y.sum() == 2 * found.y.sum()


def test_the_shipped_daily_fit_is_what_the_recordings_give(shared_data: Path) -> None:
    markets = [recording(shared_data, symbol, "1d") for symbol in MARKETS["1d"]]
    assert fit_interval("1d", markets, Plan()) == shipped_table().intervals["1d"]


def test_a_missing_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="BTCUSDT 15m"):
        fit_table(tmp_path, Plan())
