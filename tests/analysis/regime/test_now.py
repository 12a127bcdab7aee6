"""P(trend) now: its readings, recorded years against hindsight, crashes and flat weeks, labels at their borders."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import roc_auc_score

from analysis.features.segmentation import recent_strength, scaled_returns, segments
from analysis.regime.features import now_features, regime_features
from analysis.regime.labels import BETWEEN, RANGE, TREND
from analysis.regime.metrics import NOW_FEATURES
from analysis.regime.now_table import NowTable, NowWindows, hindsight_of, shipped_now
from analysis.regime.odds import odds_now
from analysis.regime.shipped import parsed
from analysis.regime.state import regime_word, trend_rows
from analysis.regime.stretch import LEAD_BARS, bars_needed, stretch_drift
from config.c_volat import VolatilityConfig
from scripts.fit_now import labelled, sample_now
from scripts.fit_regime import recording
from tests.support.recorded import walk_bars
from utils.binance_api.bars import Bars

TABLE = shipped_now()
CONFIG = VolatilityConfig()
FALLS = (("2022-05-05", "2022-05-12"), ("2022-06-10", "2022-06-19"), ("2024-08-02", "2024-08-06"))
FLAT = (("2022-05-13", "2022-06-06"), ("2022-09-26", "2022-10-25"))
FTX = ("2022-11-08", "2022-11-10")


def label_of(bars: Bars) -> np.typing.NDArray[np.float64]:
    """The label per row by the shipped table."""
    windows = TABLE.windows
    readings = regime_features(bars, windows.shared) | now_features(
        bars, hindsight_of(bars.interval), windows
    )
    return trend_rows(odds_now(readings, bars.interval).probability, CONFIG)


def share(bars: Bars, label: np.typing.NDArray[np.float64], first: str, until: str) -> float:
    start, stop = (
        int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000) for day in (first, until)
    )
    return float(label[(bars.open_time >= start) & (bars.open_time < stop)].mean())


@pytest.fixture(scope="module", params=["1h", "4h"])
def year(request: pytest.FixtureRequest, shared_data: Path) -> Bars:
    bars = recording(shared_data, "BTCUSDT", request.param)
    return bars.tail(int((bars.open_time >= 1_640_995_200_000).sum()))


def test_falls_read_trend_and_the_flat_weeks_before_them_range(year: Bars) -> None:
    label = label_of(year)
    falls = [share(year, label, *span) for span in (*FALLS, FTX)]
    flat = [share(year, label, *span) for span in FLAT]
    assert min(falls) >= 0.5
    assert max(flat) < 0.45
    assert np.mean(falls) > 2 * np.mean(flat)


def test_the_year_after_the_fit_is_told_from_hindsight(year: Bars) -> None:
    one = labelled(year, hindsight_of(year.interval))
    sample = sample_now(one)
    readings = dict(zip(NOW_FEATURES, sample.x.T, strict=True))
    after = sample.time >= 1_704_067_200_000
    auc = roc_auc_score(sample.y[after], odds_now(readings, year.interval).probability[after])
    assert auc > 0.72
    assert auc == pytest.approx(TABLE.intervals[year.interval].record.auc_by_year["2024"], abs=0.06)


def test_the_stretch_is_that_of_one_pass_started_before_it() -> None:
    bars = walk_bars(1400, interval="1h", seed=8)
    found = stretch_drift(bars, 60.0, 20)
    moves = scaled_returns(np.log(bars.close))
    block = bars.open_time // (250 * 3_600_000)
    for row in (900, 1111, 1399):
        lead = max(0, int(np.searchsorted(block, block[row])) - LEAD_BARS)
        path = np.cumsum(np.nan_to_num(moves[lead : row + 1]))
        assert found[row] == pytest.approx(recent_strength(segments(path, 60.0), 20)[0, -1], rel=1e-9)
    assert np.isnan(found[: bars_needed(20) - 1]).all()
    assert np.isfinite(found[bars_needed(20) - 1 :]).all()


def test_the_stretch_does_not_depend_on_where_the_history_begins() -> None:
    bars = walk_bars(3000, interval="1h", seed=9)
    late = stretch_drift(bars.tail(1700), 60.0, 20)
    assert_allclose(late[-400:], stretch_drift(bars, 60.0, 20)[-400:], rtol=1e-6)
    assert_array_equal(stretch_drift(bars, 60.0, 20, 30)[-30:], stretch_drift(bars, 60.0, 20)[-30:])
    assert np.isnan(stretch_drift(bars, 60.0, 20, 30)[:-30]).all()


def test_ranks_are_those_of_the_formulas_by_hand() -> None:
    bars, windows = walk_bars(500, interval="1h", seed=10), NowWindows()
    found = now_features(bars, hindsight_of("1h"), windows)
    close = bars.close
    ratio = np.array(
        [abs(close[t] - close[t - 20]) / np.abs(np.diff(close[t - 20 : t + 1])).sum() for t in range(20, 500)]
    )
    assert found["er_20"][-1] == pytest.approx(np.mean(ratio[-251:-1] < ratio[-1]))
    sizes = []
    for t in range(19, 500):
        y, x = np.log(close[t - 19 : t + 1]), np.arange(20) - 9.5
        slope = x @ y / (x @ x)
        rest = y - y.mean() - slope * x
        sizes.append(abs(slope) * (x @ x) / np.sqrt(((rest * x) ** 2).sum()))
    assert found["slope_rank"][-1] == pytest.approx(np.mean(np.array(sizes[-251:-1]) < sizes[-1]))
    part = now_features(bars, hindsight_of("1h"), windows, 40)
    for name, values in found.items():
        assert_allclose(part[name][-40:], values[-40:], rtol=1e-10, err_msg=name)


@pytest.mark.parametrize(
    ("trend", "p", "error", "word"),
    [
        (1.0, 0.6, 0.05, TREND),
        (1.0, 0.45, 0.04, TREND),
        (1.0, 0.45, 0.05, BETWEEN),
        (0.0, 0.3, 0.05, RANGE),
        (0.0, 0.46, 0.05, BETWEEN),
        (0.0, 0.5, 0.0, BETWEEN),
        (np.nan, 0.5, 0.1, None),
    ],
)
def test_a_label_whose_border_is_within_one_error_says_so(
    trend: float, p: float, error: float, word: str | None
) -> None:
    assert regime_word(trend, p, error, CONFIG) == word


def test_the_shipped_table_names_its_hindsight_and_its_record() -> None:
    assert set(TABLE.intervals) == {"15m", "1h", "4h", "1d"}
    for fitted in TABLE.intervals.values():
        odds, record = fitted.logistic, fitted.record
        assert set(odds.coefficient) == set(odds.centre) == set(odds.scale) == set(NOW_FEATURES)
        assert "2020-01-01" <= odds.first < odds.last <= "2023-12-31"
        assert odds.hold_out is not None
        assert odds.hold_out.auc > 0.76
        assert record.auc_by_year["2024"] == pytest.approx(odds.hold_out.auc, abs=0.01)
        assert 0 < record.delay_bars < 48
        assert 0.7 < record.caught <= 1
        assert 0 < fitted.offset_error < 0.5
    assert "hurst_z" not in NOW_FEATURES


def test_a_broken_table_says_what_is_wrong() -> None:
    text = msgspec.json.encode(replace(TABLE, version="1"))  # type: ignore[arg-type]
    with pytest.raises(msgspec.ValidationError, match="version"):
        parsed(text, NowTable)
    assert parsed(msgspec.json.encode(TABLE), NowTable) == TABLE
