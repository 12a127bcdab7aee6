"""The volatility cone against direct sums over the same periods, and its ends."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.features.garch import fit_garch, mean_variance
from analysis.features.oscillators import log_returns
from analysis.framework.look_back import look_back_bars
from analysis.regime.cone import volatility_cone
from analysis.regime.fit import fit_each
from analysis.sources.implied_volatility import ImpliedVolatility
from config.c_volat import VolatilityConfig
from tests.support.recorded import walk_bars

BARS = walk_bars(2400, interval="4h", seed=3)
RETURNS = log_returns(BARS.close)
LOOK_BACK = look_back_bars("4h", 365)
YEAR = 365 * 6


def cone(implied: ImpliedVolatility | None = None) -> dict[str, np.ndarray]:
    return volatility_cone(BARS, RETURNS, LOOK_BACK, None, np.nan, implied)


def test_periods_are_the_days_counted_back_from_the_last_close() -> None:
    found = cone()
    assert found["cone_days"].tolist() == [1, 2, 5, 10, 20, 30, 60, 90]
    days = 10
    squares = RETURNS[-LOOK_BACK:] ** 2
    ends = range(len(squares), days * 6 - 1, -6)
    direct = [100 * np.sqrt(squares[end - days * 6 : end].mean() * YEAR) for end in ends]
    at_ten = found["cone_days"].tolist().index(days)
    low, mid, high = np.quantile(direct, [0.05, 0.5, 0.95])
    assert found["cone_low"][at_ten] == pytest.approx(low)
    assert found["cone_mid"][at_ten] == pytest.approx(mid)
    assert found["cone_high"][at_ten] == pytest.approx(high)
    assert found["cone_now"][at_ten] == pytest.approx(direct[0])
    assert np.isnan(found["cone_garch"]).all()
    assert np.isnan(found["cone_implied"]).all()


def test_garch_is_its_mean_over_the_coming_period() -> None:
    config = VolatilityConfig()
    fit = fit_each([RETURNS[1:]], config)[0].reverting
    assert fit is not None
    found = volatility_cone(BARS, RETURNS, LOOK_BACK, fit, fit.next_variance, None)
    expected = mean_variance(np.array([fit.next_variance]), fit, 30 * 6)[0]
    assert found["cone_garch"][5] == pytest.approx(100 * np.sqrt(expected * YEAR))


def test_the_forecast_returns_to_the_variance_of_its_own_sample() -> None:
    config = VolatilityConfig()
    returns = RETURNS[-config.garch_fit_bars :]
    fit = fit_each([RETURNS[1:]], config)[0]
    assert fit.reverting is not None
    assert fit.garch == fit_garch(returns)
    assert fit.reverting.long_run_variance == pytest.approx(np.mean((returns - fit.reverting.mean) ** 2))


def test_implied_is_linear_in_total_variance_and_ends_with_the_lines() -> None:
    listed = ImpliedVolatility(
        np.empty(0, np.int64), np.empty(0), 50.0, np.array([40.0, 2.0, 20.0]), np.array([60.0, 40, 50])
    )
    found = cone(listed)["cone_implied"]
    known = np.isfinite(found).tolist()
    assert known == [False, True, True, True, True, True, False, False]
    total = (50.0**2 * 20 + 60.0**2 * 40) / 2
    assert found[5] == pytest.approx(np.sqrt(total / 30))
    assert found[1] == pytest.approx(40)


def test_a_recorded_figure_stands_at_thirty_days() -> None:
    past = ImpliedVolatility(np.array([1]), np.array([55.0]), None, np.empty(0), np.empty(0))
    found = volatility_cone(BARS, RETURNS, LOOK_BACK, None, np.nan, past, 55.0)
    assert found["cone_days"][np.isfinite(found["cone_implied"])].tolist() == [30]
    assert np.nanmax(found["cone_implied"]) == 55.0


@pytest.mark.parametrize(
    ("interval", "rows", "days"),
    [
        ("1d", 70, [1, 2, 5, 10, 20, 30]),
        ("3d", 60, [30, 60, 90]),
        ("1w", 400, []),
        ("4h", 100, []),
        ("4h", 1, []),
    ],
)
def test_short_histories_have_the_periods_they_allow(interval: str, rows: int, days: list[int]) -> None:
    bars = walk_bars(rows, interval=interval)
    found = volatility_cone(bars, log_returns(bars.close), rows, None, np.nan, None)
    assert found["cone_days"].tolist() == days
    assert {len(curve) for curve in found.values()} == {len(days)}


def test_a_missing_close_leaves_its_day_out() -> None:
    close = BARS.close.copy()
    close[-3] = np.nan
    holed = replace(BARS, close=close)
    found = volatility_cone(holed, log_returns(close), LOOK_BACK, None, np.nan, None)
    assert np.isfinite(found["cone_mid"]).all()
