"""Module A on recorded markets: equal to direct calls of the libraries, and every vote speaks."""

from pathlib import Path

import numpy as np
import pytest
import pywt
import statsmodels.api as sm
import talib
from numpy.testing import assert_allclose

from analysis.trend.inputs import history
from tests.analysis.trend.readings import CONFIG, fits_of, inputs_of, read, traced
from tests.support.recorded import recorded_bars
from utils.binance_api.bars import Bars

SPOT = "klines_spot/BTCUSDT-1h_2020-01-01_2024-12-31.csv.gz"
PERPETUAL = "klines_futures_um/BTCUSDT-1h_2019-09-08_2024-12-31.csv.gz"
MOMENTS = {
    "2020-03": 1_584_057_600_000,  # 13 March 00:00, the crash of the 12th behind it
    "2021-05": 1_621_468_800_000,  # 20 May 00:00
    "2022-11": 1_667_995_200_000,  # 9 November 12:00
    "2024-08": 1_722_862_800_000,  # 5 August 13:00
}
ROWS = history(CONFIG, "1h")


@pytest.fixture(scope="module")
def spot(shared_data: Path) -> Bars:
    return recorded_bars(shared_data / SPOT, "BTCUSDT", "1h")


@pytest.fixture(scope="module")
def perpetual(shared_data: Path) -> Bars:
    return recorded_bars(shared_data / PERPETUAL, "BTCUSDT", "1h", "futures")


@pytest.fixture(params=list(MOMENTS.values()), ids=list(MOMENTS))
def moment(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_metrics_equal_direct_calls(spot: Bars, perpetual: Bars, moment: int) -> None:
    bars = spot.closed(moment).tail(ROWS)
    answer = read(inputs_of(bars, perpetual.closed(moment).tail(ROWS)))
    h, lo, c = bars.high, bars.low, bars.close
    atr = talib.ATR(h, lo, c, 14)[-1]
    upper, middle, lower = (band[-1] for band in talib.BBANDS(c, 20, 2.0, 2.0))
    expected = {
        "ema_20": talib.EMA(c, 20)[-1],
        "ema_50": talib.EMA(c, 50)[-1],
        "ema_200": talib.EMA(c, 200)[-1],
        "rsi_14": talib.RSI(c, 14)[-1],
        "macd_hist": talib.MACD(c, 12, 26, 9)[2][-1] / atr,
        "bb_upper": upper,
        "percent_b": (c[-1] - lower) / (upper - lower),
        "bb_width": 100 * (upper - lower) / middle,
        "atr_14": atr,
        "adx_14": talib.ADX(h, lo, c, 14)[-1],
        "di_diff": talib.PLUS_DI(h, lo, c, 14)[-1] - talib.MINUS_DI(h, lo, c, 14)[-1],
        "mom_10": c[-1] - c[-11],
        "roc_10": 100 * (c[-1] / c[-11] - 1),
        "zscore": (c[-1] - c[-50:].mean()) / c[-50:].std(ddof=1),
        "hilbert_period": talib.HT_DCPERIOD(c)[-1],
        "hilbert_phase": talib.HT_DCPHASE(c)[-1],
        "hilbert_slope": (talib.HT_TRENDLINE(c)[-1] - talib.HT_TRENDLINE(c)[-6]) / 5 / atr,
        "wavelet_slope": wavelet_slope(c),
        "ols_slope_t": hac_t(c),
        "vwap": bars.quote_volume[-50:].sum() / bars.volume[-50:].sum(),
        "basis_bps": 1e4 * (perpetual.closed(moment).close[-1] / c[-1] - 1),
        "change_24h": 100 * (c[-1] / c[-25] - 1),
    }
    found = {name: answer.metric(name).value for name in expected}
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-6, abs=1e-7), name


def wavelet_slope(close: np.ndarray) -> float:
    window = np.log(close[-128:])
    found = pywt.wavedec(window, "db4", mode="symmetric", level=3)
    smooth = pywt.waverec([found[0], *(np.zeros_like(d) for d in found[1:])], "db4", mode="symmetric")[:128]
    return float(1e4 * np.polyfit(np.arange(16), smooth[-16:], 1)[0])


def hac_t(close: np.ndarray) -> float:
    design = sm.add_constant(np.arange(50.0))
    fitted = sm.OLS(np.log(close[-50:]), design).fit(cov_type="HAC", cov_kwds={"maxlags": 3})
    return float(fitted.tvalues[1])


def test_the_crashes_lean_down(spot: Bars, perpetual: Bars, moment: int) -> None:
    answer = read(inputs_of(spot.closed(moment).tail(ROWS), perpetual.closed(moment).tail(ROWS)))
    assert answer.score is not None
    assert answer.score < 0.4
    assert answer.coverage == pytest.approx(1.0)


def test_anchored_vwap_equals_the_days_own_sum(spot: Bars, moment: int) -> None:
    bars = spot.closed(moment).tail(ROWS)
    answer = read(inputs_of(bars))
    today = bars.open_time >= bars.open_time[-1] // 86_400_000 * 86_400_000
    expected = bars.quote_volume[today].sum() / bars.volume[today].sum()
    assert answer.metric("vwap_day").value == pytest.approx(expected, rel=1e-9)


def test_every_vote_speaks_and_every_scalar_keeps_its_range(spot: Bars, perpetual: Bars) -> None:
    end = MOMENTS["2022-11"]
    inputs = inputs_of(spot.closed(end).tail(6000), perpetual.closed(end).tail(6000))
    path = traced(inputs)
    for name, signal in path.signals.items():
        spoken = np.mean(np.abs(signal[1000:]) > 0.1)
        assert spoken > 0.3, name
        assert np.nanmin(signal) >= -1, name
        assert np.nanmax(signal) <= 1, name
    for name in ("trend.strength", "trend.pullback"):
        assert np.nanmin(path.scalars[name]) >= 0
    assert all(np.nanmax(np.abs(column)) <= 1 for column in path.scalars.values())


def test_perpetual_and_spot_mostly_agree(spot: Bars, perpetual: Bars) -> None:
    end = MOMENTS["2024-08"]
    path = traced(inputs_of(spot.closed(end).tail(3000), perpetual.closed(end).tail(3000)))
    assert np.nanmean(path.values["perp_sign"] > 0) > 0.95
    assert_allclose(np.nanmedian(path.values["basis_bps"]), 0, atol=15)


def test_fits_stand_inside_their_bounds(spot: Bars) -> None:
    fits = fits_of(inputs_of(spot.closed(MOMENTS["2021-05"]).tail(3000)))
    assert len(fits) >= 12
    assert all(10 - 1e-9 <= fit.noise.memory <= 100 + 1e-9 and fit.converged for fit in fits.values())
