"""Module G's values against direct calls, by-hand formulas and arch's own filter."""

from dataclasses import replace

import numpy as np
import pytest
import talib
from arch import arch_model
from numpy.testing import assert_allclose
from scipy.stats import binom, norm

from analysis.arrays import Floats
from analysis.features.filtered_returns import ewma
from analysis.features.garch import fit_garch
from analysis.features.liquidation import maintenance_margin
from analysis.features.range_har import range_har_forecast
from analysis.features.robust import mid_rank
from analysis.features.stress import EVENTS
from analysis.features.tail_loss import historical_forecasts, pnl_of
from analysis.framework.answer import compute
from analysis.framework.bar_rules import bar_returns, bridged
from analysis.framework.range_forecast import ranges_of
from analysis.framework.scoring import SignalWeights, WeightedSignal
from analysis.risk.fit import RiskFit
from analysis.risk.forecasts import loss_probability, run_filter
from analysis.risk.inputs import approximate_brackets
from analysis.risk.levels import level, rank_error
from analysis.risk.leverage_metrics import LEVERAGES
from analysis.risk.returns import known_before
from analysis.risk.violations import forecast_violations, historical_violations
from analysis.risk_expos import MODULE
from tests.analysis.risk.readings import BARS, CONFIG, DAILY, WHOLE, fits_of, inputs_of, read, traced, without
from tests.support.recorded import walk_bars

ANSWER = read(WHOLE)
LOGS = np.diff(np.log(BARS.close))


def value(name: str) -> float:
    found = ANSWER.metric(name).value
    assert found is not None, name
    return found


def test_stops_by_talib_and_by_hand() -> None:
    atr = talib.ATR(BARS.high, BARS.low, BARS.close, 14)
    share = atr / BARS.close
    past = share[-721:-1]
    rank = ((past < share[-1]).sum() + (past == share[-1]).sum() / 2) / 720
    multiple = 2.5 + 2.0 * rank
    expected = {
        "atr_14": atr[-1],
        "atr_pct": 100 * share[-1],
        "stop_long": BARS.close[-1] - 2 * atr[-1],
        "stop_short": BARS.close[-1] + 2 * atr[-1],
        "stop_pct": 200 * share[-1],
        "vol_rank": rank,
        "chandelier_multiple": multiple,
        "chandelier_long": BARS.high[-22:].max() - multiple * atr[-1],
        "chandelier_short": BARS.low[-22:].min() + multiple * atr[-1],
    }
    for name, wanted in expected.items():
        assert value(name) == pytest.approx(wanted, rel=1e-10), name
    assert value("chandelier_long_pct") == pytest.approx(
        100 * (1 - value("chandelier_long") / BARS.close[-1])
    )


def test_drawdown_by_hand() -> None:
    window = BARS.close[-250:]
    peaks = np.maximum.accumulate(window)
    depth = 1 - window / peaks
    stretch = longest = 0
    for row in depth:
        stretch = stretch + 1 if row > 0 else 0
        longest = max(longest, stretch)
    assert value("drawdown_now") == pytest.approx(100 * depth[-1])
    assert value("drawdown_max") == pytest.approx(100 * depth.max())
    assert value("ulcer") == pytest.approx(100 * np.sqrt(np.mean(depth**2)))
    assert value("drawdown_bars") == longest


def test_the_volatility_between_fits_is_the_recursion_by_hand() -> None:
    refit_time, fit = max(fits_of(WHOLE).items())
    row = int(np.searchsorted(BARS.close_time, refit_time))
    returns = bar_returns(BARS)[row - 2050 :]
    variance = float(np.mean(returns[:50] ** 2))
    for one in returns[50:]:
        variance = fit.garch.omega + fit.garch.alpha * one**2 + fit.garch.beta * variance
    assert value("garch_vol") == pytest.approx(100 * np.sqrt(variance * 8760), rel=1e-10)
    persistence = fit.garch.alpha + fit.garch.beta
    path = [variance]
    for _ in range(23):
        path.append(fit.garch.omega + persistence * path[-1])
    day = 100 * np.sqrt(np.mean(path) * 8760)
    assert value("garch_day") == pytest.approx(day, rel=1e-10)


def test_the_volatility_shown_is_that_of_har_on_ranges() -> None:
    refit_time, fit = max(fits_of(WHOLE).items())
    assert fit.range_har is not None
    first = int(np.searchsorted(BARS.close_time, refit_time)) - max(fit.range_har.spans)
    found = range_har_forecast(fit.range_har, ranges_of(bridged(BARS)).select(slice(first, None)))
    for name, bars in (("vol_forecast", 1), ("vol_day", 24)):
        assert value(name) == pytest.approx(100 * np.sqrt(found[bars][-1] * 8760), rel=1e-9)
    assert value("target_leverage") == pytest.approx(min(20 / value("vol_day"), 3.0), rel=1e-10)


def test_the_fit_is_close_to_arch() -> None:
    refit_time, fit = max(fits_of(WHOLE).items())
    row = int(np.searchsorted(BARS.close_time, refit_time))
    sample = known_before(bar_returns(BARS), row, CONFIG)[-2000:]
    found = arch_model(sample * 1000, mean="Constant", vol="GARCH", p=1, q=1, dist="t").fit(disp="off")
    assert fit.garch.converged
    assert fit.garch.alpha == pytest.approx(found.params["alpha[1]"], abs=0.01)
    assert fit.garch.beta == pytest.approx(found.params["beta[1]"], abs=0.02)


def test_one_bar_losses_by_sorting() -> None:
    recent = np.expm1(LOGS[-2000:])
    for confidence, k in ((95, 100), (99, 20)):
        ordered = np.sort(recent)
        assert value(f"var_historical_{confidence}_bar") == pytest.approx(-100 * ordered[k])
        assert value(f"es_historical_{confidence}_bar") == pytest.approx(-100 * ordered[:k].mean())
        days = np.sort(np.expm1(np.diff(np.log(DAILY.close))))
        share = round(len(days) * (1 - confidence / 100), 9)
        assert value(f"var_historical_{confidence}_day") == pytest.approx(-100 * days[int(share)])


def test_the_filtered_loss_is_the_residual_quantile_at_the_forecast_deviation() -> None:
    refit_time, fit = max(fits_of(WHOLE).items())
    row = int(np.searchsorted(BARS.close_time, refit_time))
    returns = bar_returns(BARS)
    variance, residuals = run_filter(known_before(returns, row, CONFIG), returns[row:], fit)
    assert len(residuals) == 2000
    for confidence, k in ((95, 100), (99, 20)):
        quantile, sigma = np.sort(residuals)[k], np.sqrt(variance[-1])
        assert value(f"var_filtered_{confidence}_bar") == pytest.approx(-100 * np.expm1(quantile * sigma))
        worse = np.expm1(np.sort(residuals)[:k] * sigma).mean()
        assert value(f"es_filtered_{confidence}_bar") == pytest.approx(-100 * worse)
        assert value(f"es_filtered_{confidence}_day") > value(f"var_filtered_{confidence}_day") > 0


def test_a_days_filtered_loss_is_that_of_independent_bars_where_nothing_clusters() -> None:
    """With constant volatility the simulated day must agree with the normal law of the sum of 24 draws."""
    bars = walk_bars(len(BARS), seed=3, sigma=0.005, interval="1h")
    inputs = inputs_of(bars)
    constant = {at: _flat(fit, 0.005) for at, fit in fits_of(inputs).items()}
    answer = compute(MODULE, inputs, constant, CONFIG)
    deviation = 0.005 * np.sqrt(24)
    for confidence in (95, 99):
        found = answer.metric(f"var_filtered_{confidence}_day").value
        wanted = -100 * np.expm1(-norm.ppf(confidence / 100) * deviation)
        assert found == pytest.approx(wanted, rel=0.08)


def _flat(fit: RiskFit, sigma: float) -> RiskFit:
    return replace(fit, garch=replace(fit.garch, omega=0.1 * sigma**2, alpha=0.0, beta=0.9))


def test_violations_equal_the_forecasts_of_every_window() -> None:
    returns = bar_returns(BARS)
    forecasts = historical_forecasts(pnl_of(LOGS, 1), 2000, 0.95)
    violated, known = historical_violations(returns, 0, CONFIG)[95]
    expected = np.concatenate([[False], -np.expm1(LOGS) > np.nan_to_num(forecasts, nan=np.inf)])
    np.testing.assert_array_equal(violated, expected)
    assert known.sum() == len(LOGS) - 2000


def test_backtests_over_the_year_by_binomial_law() -> None:
    path, returns = traced(WHOLE), bar_returns(BARS)
    forecasts = np.concatenate([[np.nan], path.values["var_filtered_95_bar"][:-1]])[-720:] / 100
    violated = -np.expm1(returns[-720:]) > forecasts
    assert value("failures_filtered_95") == pytest.approx(100 * violated.mean())
    lower, upper = np.asarray(binom.ppf([0.025, 0.975], 720, 0.05))
    inside = lower <= violated.sum() <= upper
    assert (value("kupiec_filtered_95") > 0.05) == inside
    assert value("failures_recent") == pytest.approx(100 * violated[-100:].mean())


def test_the_loss_probability_is_its_rank_among_residuals_before_it() -> None:
    residuals = np.arange(1000, dtype=np.float64) - 500
    chance = loss_probability(np.array([-501.0, -500.0, 499.0, np.nan]), residuals)
    assert_allclose(chance, [1 / 1001, 2 / 1001, 1.0, np.nan])
    assert np.isnan(loss_probability(np.array([0.0]), residuals[:499])).all()
    path = traced(WHOLE)
    known = path.scalars["risk.surprise"][-1000:]
    assert np.isfinite(known).all()
    # a chance under the right law is uniform: its mean over 1,000 bars lies within 4 standard errors of one half
    assert known.mean() == pytest.approx(0.5, abs=4 * np.sqrt(1 / 12 / 1000))


def test_the_loss_probability_uses_the_forecast_of_the_bar_before() -> None:
    path, (refit_time, fit) = traced(WHOLE), max(fits_of(WHOLE).items())
    returns, row = bar_returns(BARS), int(np.searchsorted(BARS.close_time, refit_time))
    _, residuals = run_filter(known_before(returns, row, CONFIG), returns[row:], fit)
    sigma = path.values["garch_vol"][-2] / 100 / np.sqrt(8760)
    expected = (1 + (residuals <= returns[-1] / sigma).sum()) / 2001
    assert path.scalars["risk.surprise"][-1] == pytest.approx(expected)


def test_a_missing_bar_is_no_return_and_the_forecast_stands() -> None:
    holed = without(BARS, np.array([len(BARS) - 10, len(BARS) - 1500]))
    returns = bar_returns(holed)
    assert np.isnan(returns).sum() == 3
    path = traced(inputs_of(holed))
    hole = int(np.flatnonzero(np.isnan(returns))[-1])
    forecast = path.values["garch_vol"]
    assert forecast[hole] == forecast[hole - 1]
    assert np.isnan(path.scalars["risk.surprise"][hole])
    assert np.isfinite(path.score[-200:]).all()
    assert value("var_filtered_99_bar") > 0
    assert np.isfinite(path.values["sharpe"][-1])


def test_smoothing_stands_in_where_garch_does_not_converge() -> None:
    flat = fit_garch(np.zeros(2000))
    assert not flat.converged
    smooth = ewma(0.94)
    returns = np.random.default_rng(1).standard_normal(400) * 0.01
    fit = RiskFit(replace(flat, omega=0.0, alpha=smooth.alpha, beta=smooth.beta), (np.nan, np.nan))
    variance, _ = run_filter(returns[:300], returns[300:], fit)
    expected = float(np.mean(returns[:50] ** 2))
    for one in returns[50:]:
        expected = 0.94 * expected + 0.06 * one**2
    assert variance[-1] == pytest.approx(expected)


def test_liquidation_zeroes_the_margin_balance() -> None:
    brackets, entry = approximate_brackets(CONFIG), float(BARS.close[-1])
    quantity = 10_000 / entry
    for leverage in LEVERAGES:
        price = value(f"liq_long_{leverage}")
        balance = 10_000 / leverage + quantity * (price - entry)
        needed = maintenance_margin(np.array([10_000.0]), brackets)[0] * price / entry
        assert balance == pytest.approx(needed, rel=1e-9)
        assert value(f"liq_short_{leverage}") > entry > price
    way = -np.log(value("liq_long_10") / entry)
    sigma = value("vol_day") / 100 / np.sqrt(365)
    assert value("liq_deviations") == pytest.approx(way / sigma)


def test_approximate_brackets_have_no_jump_in_maintenance_margin() -> None:
    brackets = approximate_brackets(CONFIG)
    edges = brackets.cap[:-1]
    assert_allclose(
        maintenance_margin(edges, brackets), maintenance_margin(edges * (1 + 1e-12), brackets), rtol=1e-9
    )
    assert brackets.cum[1] == pytest.approx(20_000 * 0.0015)


def test_stress_by_hand() -> None:
    for event in EVENTS:
        assert value(f"stress_{event.id}") == pytest.approx(30.0)
        # 0.7 of the entry: 3x is closed at (1 - 1/3) / 0.995 = 0.670, 5x at 0.804
        assert value(f"survives_{event.id}") == 3.0


def test_levels_are_monotone_and_one_half_at_the_middle() -> None:
    assert_allclose(level(np.array([0.0, 30.0, 60.0, 180.0]), 60.0), [0.0, 1 / 3, 0.5, 0.75])
    signals = ANSWER.metrics
    assert all(0 <= m.signal <= 1 for m in signals if m.signal is not None)


THREE = SignalWeights(
    tuple(WeightedSignal(name, name, 1.0) for name in "abc"), {"a": 0.5, "b": 0.3, "c": 0.2}
)
SHARES = np.array([0.5, 0.3, 0.2])
YEAR = 120


def ranked(columns: Floats, shares: Floats) -> float:
    """The rank of the last row's weighted mean among those of the rows before it."""
    mean = shares @ columns / shares.sum()
    return float(np.mean(mean[-YEAR - 1 : -1] < mean[-1]))


def error_of(columns: Floats) -> float:
    signals = dict(zip("abc", columns, strict=True))
    blend, coverage = THREE.blend(signals), THREE.coverage(signals)
    score = mid_rank(blend.direction, YEAR, 50)
    every, last = (rank_error(score, blend.groups, coverage, THREE, CONFIG, YEAR, rows) for rows in (None, 1))
    assert every[-1] == pytest.approx(last[-1], nan_ok=True)
    return float(last[-1])


def test_the_error_of_a_rank_is_the_jackknife_over_groups_by_hand() -> None:
    columns = np.random.default_rng(4).random((3, 200))
    whole, total = ranked(columns, SHARES), SHARES.sum()
    h = total / SHARES
    without = np.array([ranked(np.delete(columns, k, 0), np.delete(SHARES, k)) for k in range(3)])
    centre = 3 * whole - np.sum((1 - 1 / h) * without)
    variance = np.mean((h * whole - (h - 1) * without - centre) ** 2 / (h - 1))
    assert error_of(columns) == pytest.approx(np.sqrt(variance))


def test_levels_that_lie_apart_are_no_disagreement() -> None:
    columns = np.random.default_rng(4).random((3, 200)) / 3
    apart = columns + np.array([[0.0], [0.3], [0.6]])
    assert error_of(apart) == pytest.approx(error_of(columns))
    assert error_of(np.tile(columns[:1], (3, 1)) + np.array([[0.0], [0.3], [0.6]])) == pytest.approx(
        0, abs=1e-9
    )


def test_what_is_missing_could_be_of_any_rank() -> None:
    columns = np.tile(np.random.default_rng(4).random((1, 200)), (3, 1))
    columns[2, -1] = np.nan
    assert error_of(columns) == pytest.approx(0.2 / np.sqrt(12))
    columns[:, -1] = np.nan
    assert np.isnan(error_of(columns))


def test_violations_need_a_forecast_and_a_return() -> None:
    returns = np.array([np.nan, -0.1, -0.1, np.nan, -0.1])
    forecasts = np.array([0.05, 0.2, np.nan, 0.05, 0.05])
    violated, known = forecast_violations(returns, forecasts, 0)
    assert violated.tolist() == [False, True, False, False, True]
    assert known.tolist() == [False, True, True, False, True]


def test_a_loss_of_just_the_forecast_is_no_violation() -> None:
    losses = np.array([0.0, 0.25, 0.25, 0.0])
    violated, _ = forecast_violations(np.log1p(-losses), np.array([0.25, 0.2499, 0.0, 0.0]), 0)
    assert violated.tolist() == [False, False, True, False]


def test_stops_and_liquidations_hang_on_the_price_of_the_answer() -> None:
    price = 1.03 * BARS.close[-1]
    answer, before = read(replace(WHOLE, price=price, price_time=BARS.as_of)), read(WHOLE)

    def of(name: str) -> float:
        found = answer.metric(name).value
        assert found is not None
        return found

    assert answer.price == price
    assert of("stop_long") == pytest.approx(price - 2 * value("atr_14"))
    assert of("stop_short") == pytest.approx(price + 2 * value("atr_14"))
    assert of("stop_pct") == pytest.approx(200 * value("atr_14") / price)
    assert of("liq_long_10") == pytest.approx(1.03 * value("liq_long_10"))
    assert of("liq_short_10") == pytest.approx(1.03 * value("liq_short_10"))
    assert of("liq_long_10") < price < of("liq_short_10")
    assert of("chandelier_long_pct") == pytest.approx(100 * (1 - value("chandelier_long") / price))
    assert of("chandelier_short_pct") == pytest.approx(100 * (value("chandelier_short") / price - 1))
    assert answer.score == before.score
