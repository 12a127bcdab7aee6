"""Module B on recorded hours: crashes read stressed, quiet weeks calm, figures equal to the libraries'."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import talib
from arch import arch_model
from arch.unitroot import VarianceRatio

from analysis.features.oscillators import log_returns
from analysis.features.robust import clipped
from analysis.framework.module import AnyTrace
from analysis.regime.inputs import history
from analysis.regime.metrics import SCALARS
from analysis.regime.odds_table import shipped_table
from analysis.regime.state import state_rows
from analysis.regime.trace import trace
from scripts.figures.regime import CRASHES, RECORDED, half_life, inputs_of
from scripts.figures.variance import measured
from tests.analysis.regime.readings import CONFIG, fits_of, read, traced
from tests.modules.inputs.regime import bare_of
from tests.support.recorded import recorded_bars
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import HOUR

QUIET = (("2023-01-01", "2023-01-08"), ("2023-08-01", "2023-08-08"))
MOMENT = 1_722_862_800_000  # 2024-08-05 13:00
ROWS = history(CONFIG, "1h")
YEAR = 365 * 24


@pytest.fixture(scope="module")
def spot(shared_data: Path) -> Bars:
    return recorded_bars(shared_data / RECORDED, "BTCUSDT", "1h")


def ms(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


def read_until(spot: Bars, until: str) -> AnyTrace:
    return traced(bare_of(spot.closed(ms(until)).tail(ROWS)))


@pytest.mark.parametrize(("first", "until"), CRASHES)
def test_crashes_read_stressed(spot: Bars, first: str, until: str) -> None:
    hours = (ms(until) - ms(first)) // HOUR
    stressed, calm = state_rows(read_until(spot, until).values["stress_level"], CONFIG)
    assert stressed[-hours:].mean() > 0.7
    assert not calm[-hours:].any()


@pytest.mark.parametrize(("first", "until"), QUIET)
def test_quiet_weeks_read_calm(spot: Bars, first: str, until: str) -> None:
    hours = (ms(until) - ms(first)) // HOUR
    stressed, calm = state_rows(read_until(spot, until).values["stress_level"], CONFIG)
    assert not stressed[-hours:].any()
    assert calm[-hours:].mean() > 0.8


def test_the_card_of_august_2024_says_stressed(spot: Bars) -> None:
    answer = read(bare_of(spot.closed(MOMENT).tail(ROWS)))
    assert answer.labels["volatility_state"] == "stressed"
    assert answer.verdict is not None
    assert answer.verdict.text.endswith("volatility stressed")
    assert answer.metric("vol_percentile").value == 1.0
    assert answer.score == pytest.approx(
        0.5 + sum(g.contribution for g in answer.groups if g.contribution), abs=1e-12
    )


def test_figures_equal_the_libraries(spot: Bars) -> None:
    bars = spot.closed(MOMENT).tail(ROWS)
    answer, returns = read(bare_of(bars)), np.diff(np.log(bars.close))
    windows = shipped_table().windows
    last = np.log(bars.close[-windows.variance_ratio - 1 :])
    path = np.concatenate([[0.0], np.cumsum(clipped(np.diff(last)))])
    for q in (2, 4, 8, 16):
        library, plain = (VarianceRatio(one, lags=q, trend="c", robust=True) for one in (path, last))
        assert answer.metric(f"vr_{q}").value == pytest.approx(library.vr)
        assert answer.metric(f"vr_{q}_z").value == pytest.approx(library.stat)
        assert answer.metric(f"vr_{q}_plain").value == pytest.approx(plain.vr)
    sigma = returns[-24:].std(ddof=1) * np.sqrt(YEAR) * 100
    assert answer.metric("hv_close").value == pytest.approx(sigma)
    atr = talib.ATR(bars.high, bars.low, bars.close, 14)[-1]
    assert answer.metric("atr_pct").value == pytest.approx(100 * atr / bars.close[-1])
    month = np.sqrt((returns[-720:] ** 2).mean() * YEAR) * 100
    assert answer.metric("rv30").value == pytest.approx(month)


def test_garch_equals_arch_with_the_same_parameters(spot: Bars) -> None:
    inputs = bare_of(spot.closed(MOMENT).tail(ROWS))
    fits = fits_of(inputs)
    refit_time = max(fits)
    fit = fits[refit_time].garch
    assert fit is not None
    stop = int(np.searchsorted(inputs.bars.close_time, refit_time))
    returns = 100 * log_returns(inputs.bars.close)[stop - CONFIG.garch_fit_bars :]
    library = arch_model(returns, dist="t", rescale=False)
    fixed = library.fix([100 * fit.mean, 1e4 * fit.omega, fit.alpha, fit.beta, fit.degrees])
    after = fixed.forecast(horizon=1, reindex=False).variance.to_numpy()[-1, 0]
    answer = read(inputs)
    assert answer.metric("garch_vol").value == pytest.approx(np.sqrt(after * YEAR), rel=1e-3)


def test_ranges_and_hours_foretell_the_next_hour_best(spot: Bars) -> None:
    losses = measured(spot.closed(MOMENT).tail(9000))
    assert (np.diff(losses) < -0.005).all()
    assert losses[-1] - losses[0] < -0.1


@pytest.mark.slow
def test_half_lives_are_those_measured(spot: Bars) -> None:
    inputs = inputs_of(spot)
    path = trace(inputs, {}, CONFIG, inputs.scope)
    declared = {spec.name: spec.half_life_bars for spec in SCALARS}
    for name in (
        "regime.p_trend",
        "regime.vol_percentile",
    ):  # that of P(stressed) needs every fit: scripts/figures
        assert half_life(path.scalars[name]) == declared[name]
