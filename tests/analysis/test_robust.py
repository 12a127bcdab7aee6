"""Trailing scales and ranks against loops over hand-made windows; windows and volume prices likewise."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import median_abs_deviation

from analysis.features import rank_counts, robust, volume_profile, windows
from utils.binance_api.intervals import DAY, FIRST_MONDAY, WEEK

RNG = np.random.default_rng(11)
NOISE = RNG.standard_normal(300)
FUNDING = np.where(RNG.random(300) < 0.8, 1e-4, 1e-4 * RNG.standard_normal(300))


def test_clipped_is_winsorising_at_three_robust_deviations() -> None:
    some = RNG.standard_t(2, (5, 128))
    middle = np.median(some, axis=1, keepdims=True)
    reach = 3 * np.array([[median_abs_deviation(row, scale="normal")] for row in some])
    expected = np.where(np.abs(some - middle) > reach, middle + np.sign(some - middle) * reach, some)
    assert (expected != some).any()
    assert_allclose(robust.clipped(some), expected, rtol=1e-4)
    assert_allclose(robust.clipped(NOISE[:50]), robust.clipped(NOISE[None, :50])[0])


def test_clipped_of_mostly_equal_returns_uses_the_mean_deviation() -> None:
    still = np.zeros(100)
    still[[10, 60]] = 1.0, -50.0
    assert_allclose(robust.clipped(still), np.clip(still, -3 * 1.2533 * 0.51, 3 * 1.2533 * 0.51))
    assert robust.clipped(np.zeros(9)).tolist() == [0.0] * 9
    still[3] = np.nan
    assert np.isnan(robust.clipped(still)).all()


@pytest.mark.parametrize("window", [40, 41])
def test_uncentred_scale_excludes_the_current_value(window: int) -> None:
    ours = robust.uncentred_scale(NOISE, window, 20)
    assert np.isnan(ours[:20]).all()
    for t in (20, 39, 40, 41, 150, 299):
        past = np.abs(NOISE[max(0, t - window) : t])
        assert ours[t] == pytest.approx(1.4826 * np.median(past), rel=1e-14)
    changed = NOISE.copy()
    changed[150] = 1e6
    assert robust.uncentred_scale(changed, window, 20)[150] == ours[150]


def test_uncentred_scale_with_holes_equals_the_loop() -> None:
    holed = NOISE.copy()
    holed[[50, 120]] = np.nan
    ours = robust.uncentred_scale(holed, 40, 20)
    assert ours[130] == pytest.approx(1.4826 * np.nanmedian(np.abs(holed[90:130])))


@pytest.mark.parametrize("window", [40, 41])
def test_scales_of_several_series_equal_each_alone(window: int) -> None:
    late = np.concatenate([np.full(7, np.nan), NOISE[7:]])
    holed = np.where(np.arange(300) == 90, np.nan, NOISE)
    series = (NOISE, late, holed, NOISE[:25], NOISE[:10], np.full(30, np.nan))
    for values, together in zip(series, robust.direction_signals(series, window, 20), strict=True):
        assert_array_equal(together, robust.direction_signal(values, window, 20))
        past = np.abs(values)
        for t in range(len(values)):
            seen = past[max(0, t - window) : t]
            known = seen[np.isfinite(seen)]
            if len(known) < 20:
                assert np.isnan(together[t])
            elif np.isfinite(values[t]):
                z = np.clip(values[t] / (1.4826 * np.median(known)), -6, 6)
                assert together[t] == pytest.approx(np.tanh(z / 2), rel=1e-12)


def test_zero_median_falls_back_to_mean_then_to_rank() -> None:
    mostly_zero = np.zeros(60)
    mostly_zero[5] = 2.0
    scale = robust.uncentred_scale(mostly_zero, 40, 20)
    assert scale[40] == pytest.approx(1.2533 * 2.0 / 40)
    silent = np.zeros(60)
    silent[-1] = 0.3
    signal = robust.direction_signal(silent, 40, 20)
    assert signal[-1] == 1.0
    assert_array_equal(signal[20:-1], 0.0)


def test_direction_signal_is_odd_and_clipped() -> None:
    signal = robust.direction_signal(NOISE, 50, 20)
    assert_allclose(robust.direction_signal(-NOISE, 50, 20), -signal, atol=1e-15)
    spike = NOISE.copy()
    spike[-1] = 1e9
    assert robust.direction_signal(spike, 50, 20)[-1] == pytest.approx(np.tanh(3))


def robust_z_by_hand(values: np.ndarray, t: int, window: int) -> float:
    past = values[max(0, t - window) : t]
    middle = np.median(past)
    scale = 1.4826 * np.median(np.abs(past - middle)) or 1.2533 * np.mean(np.abs(past - middle))
    return float(np.clip((values[t] - middle) / scale, -6, 6))


@pytest.mark.parametrize("values", [NOISE, FUNDING], ids=["noise", "funding"])
def test_robust_z_equals_the_loop(values: np.ndarray) -> None:
    ours = robust.robust_z(values, 60, 20)
    assert np.isnan(ours[:20]).all()
    for t in (20, 45, 59, 60, 61, 200, 299):
        assert ours[t] == pytest.approx(robust_z_by_hand(values, t, 60), rel=1e-9, abs=1e-12)


def test_robust_z_over_block_borders_and_of_constants() -> None:
    long = np.random.default_rng(2).standard_normal(robust.BLOCK + 300)
    ours = robust.robust_z(long, 60, 20)
    for t in (robust.BLOCK - 1, robust.BLOCK, robust.BLOCK + 1):
        assert ours[t] == pytest.approx(robust_z_by_hand(long, t, 60), rel=1e-9)
    flat = np.full(100, 1e-4)
    flat[-1] = 2e-4
    assert_array_equal(robust.robust_z(flat, 60, 20)[[-2, -1]], [0.0, 6.0])


def test_mid_rank_counts_half_the_ties() -> None:
    values = np.array([3.0, 1.0, 2.0, 2.0, 2.0, 9.0])
    ours = robust.mid_rank(values, 4, 2)
    assert_allclose(ours[2:], [0.5, 0.5, (1 + 1) / 4, 1.0])
    assert rank_counts.share_below(2.0, np.array([1.0, 2.0, 3.0, np.nan])) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="at least one"):
        rank_counts.share_below(2.0, np.array([np.nan]))


def test_rolling_mad_by_hand() -> None:
    assert robust.rolling_mad(np.array([1.0, 2.0, 4.0, 100.0]), 4)[-1] == pytest.approx(1.4826 * 1.5)


def test_windows_shorter_than_asked_are_missing() -> None:
    for statistic in (windows.rolling_mean, windows.rolling_max, windows.rolling_std):
        assert np.isnan(statistic(np.arange(3.0), 4)).all()
    assert windows.rolling_correlation(np.arange(9.0), -np.arange(9.0), 5)[-1] == pytest.approx(-1)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 64, 299, 300])
def test_extremes_equal_a_loop(n: int) -> None:
    highest, lowest = windows.rolling_max(NOISE, n), windows.rolling_min(NOISE, n)
    assert np.isnan(highest[: n - 1]).all()
    assert_array_equal(highest[n - 1 :], [NOISE[t : t + n].max() for t in range(301 - n)])
    assert_array_equal(lowest[n - 1 :], [NOISE[t : t + n].min() for t in range(301 - n)])


def test_varies_is_about_the_last_n_values_alone() -> None:
    values = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0, np.nan, 2.0, 2.0, 3.0])
    assert windows.varies(values, 3).tolist() == [False] * 3 + [True, True] + [False] * 4 + [True]


def test_extremes_with_and_without_holes_agree() -> None:
    holed = np.concatenate([[np.nan], NOISE])
    assert_array_equal(windows.rolling_max(holed, 7)[7:], windows.rolling_max(NOISE, 7)[6:])
    assert_array_equal(windows.rolling_min(holed, 7)[7:], windows.rolling_min(NOISE, 7)[6:])


def test_rolling_vwap_by_hand() -> None:
    volume, quote = np.array([1.0, 3.0, 0.0]), np.array([10.0, 60.0, 0.0])
    assert_allclose(volume_profile.rolling_vwap(volume, quote, 2)[1:], [17.5, 20.0])


def test_quote_volume_of_0_beside_trades_is_unknown() -> None:
    volume, quote = np.array([1.0, 1.0, 2.0, 0.0, 1.0]), np.array([5.0, 0.0, 12.0, 0.0, 7.0])
    assert_array_equal(volume_profile.bar_price(volume, quote), [5.0, np.nan, 6.0, np.nan, 7.0])
    assert_array_equal(volume_profile.rolling_vwap(volume, quote, 2), [np.nan] * 3 + [6.0, 7.0])
    days = DAY // 2 * np.arange(5, dtype=np.int64)  # two bars a day
    anchored = volume_profile.anchored_vwap(days, volume, quote, DAY)
    assert_array_equal(anchored, [5.0, np.nan, 6.0, 6.0, 7.0])
    price = volume_profile.bar_price(volume, quote)
    poc, _, _ = volume_profile.volume_profile(price, volume, 3, 4, 0.7)
    assert np.isnan(poc[:4]).all()
    assert poc[4] == pytest.approx(6.125)


def test_anchored_vwap_restarts_and_hides_a_cut_period() -> None:
    hour = 3_600_000
    times = np.arange(20, 20 + 30, dtype=np.int64) * hour  # begins at 20:00, inside a UTC day
    volume, quote = np.ones(30), np.arange(30.0)
    vwap = volume_profile.anchored_vwap(times, volume, quote, DAY)
    assert np.isnan(vwap[:4]).all()
    assert_allclose(vwap[4:7], [4.0, 4.5, 5.0])
    assert vwap[28] == pytest.approx(28.0)


def test_a_week_is_anchored_to_monday() -> None:
    day = DAY
    sunday = 1_672_531_200_000  # 2023-01-01, a Sunday
    times = sunday + day * np.arange(3, dtype=np.int64)
    vwap = volume_profile.anchored_vwap(times, np.ones(3), np.array([1.0, 10.0, 20.0]), WEEK, FIRST_MONDAY)
    assert np.isnan(vwap[0])
    assert_allclose(vwap[1:], [10.0, 15.0])


def test_volume_profile_by_hand() -> None:
    price = np.array([10.0, 11.0, 11.2, 12.9, 14.0])
    volume = np.array([1.0, 5.0, 4.0, 2.0, 1.0])
    poc, low, high = volume_profile.volume_profile(price, volume, 5, 4, 0.7)  # rows of width 1 from 10
    assert (poc[-1], low[-1], high[-1]) == (11.5, 11.0, 13.0)
    assert np.isnan(poc[:4]).all()


def test_bars_without_trades_leave_the_profile_alone() -> None:
    price = np.array([np.nan, 10.0, 11.0, 11.2, np.nan, 12.9, 14.0])
    volume = np.array([0.0, 1.0, 5.0, 4.0, 0.0, 2.0, 1.0])
    poc, low, high = volume_profile.volume_profile(price, volume, 7, 4, 0.7)
    assert (poc[-1], low[-1], high[-1]) == (11.5, 11.0, 13.0)
    assert np.isnan(volume_profile.volume_profile(np.full(7, np.nan), np.zeros(7), 7, 4, 0.7)[0]).all()


def test_a_value_among_a_past_of_its_own_is_the_last_row_of_the_trailing_one() -> None:
    generator = np.random.default_rng(12)
    values = np.round(generator.standard_normal(90), 1) * (generator.random(90) < 0.6)
    past = np.concatenate([np.full(10, np.nan), values[:-1]])[None]
    found = robust.z_among(values[-1:], past, centred=True)
    assert found[0] == pytest.approx(robust.robust_z(values, 89, 20)[-1], abs=1e-12)
    scaled = robust.z_among(values[-1:], past, centred=False)
    assert scaled[0] == pytest.approx(values[-1] / robust.uncentred_scale(values, 89, 20)[-1], abs=1e-12)


def test_a_past_that_lies_on_its_centre_gives_the_ends() -> None:
    past = np.full((3, 5), 2.0)
    assert robust.z_among(np.array([1.0, 2.0, 3.0]), past, centred=True).tolist() == [-6, 0, 6]
    assert robust.z_among(np.zeros(1), np.zeros((1, 4)), centred=False).tolist() == [0]
