"""Module J keeps its promise on recorded days, and young symbols have a score early."""

from pathlib import Path

import numpy as np
import pytest

from analysis.anomaly.ecdf import ecdf_of
from analysis.anomaly.inputs import first_fit, fit_keys, refit_every
from analysis.anomaly.metrics import RegimeAnomalyConfig
from analysis.features.tail_probability import Independent, independent_channels, sidak, upper_tail_p
from scripts.figures.promise import counted
from scripts.fit_regime import recording
from tests.analysis.anomaly.readings import hourly, inputs_of, read, until

CONFIG = RegimeAnomalyConfig(cusum_chains=50, forest_trees=50)


@pytest.mark.parametrize("symbol", ["SOLUSDT", "BNBUSDT"])
def test_a_score_of_a_quarter_is_met_once_in_ten_days(shared_data: Path, symbol: str) -> None:
    count, quarter, half = counted(recording(shared_data, symbol, "1d"), CONFIG)
    assert count > 1000
    assert 0.07 <= quarter / count <= 0.13
    assert 0.003 <= half / count <= 0.017


@pytest.mark.parametrize(
    ("interval", "bars"), [("1m", 336), ("15m", 336), ("1h", 168), ("4h", 84), ("1d", 84)]
)
def test_fits_are_a_week_apart_within_bounds(interval: str, bars: int) -> None:
    assert refit_every(CONFIG, interval) == bars


def test_a_listing_of_250_bars_has_a_score_whenever_it_began() -> None:
    for skipped in (0, 40, 90, 130):
        inputs = until(inputs_of(hourly(400).tail(400 - skipped), latest=True), 250)
        bars = inputs.bars
        answer = read(inputs, CONFIG)
        assert answer.score is not None, skipped
        assert first_fit(inputs, CONFIG) == (int(bars.close_time[229]) + 1,)
        assert len(fit_keys(inputs, CONFIG)) <= 2


def test_a_value_s_past_ends_one_bar_before_it() -> None:
    line = np.random.default_rng(1).integers(0, 400, 1300).astype(np.float64)
    line[[900, 1100]] = np.nan
    found = ecdf_of(line[:1000], 1)
    assert found is not None
    expected = upper_tail_p(line, 1300, 1)[1000:]
    tail = expected < 0.3  # exact there; between the knots below it is interpolated
    np.testing.assert_allclose(found.running_p(line[1000:])[tail], expected[tail], rtol=1e-9)
    np.testing.assert_allclose(found.running_p(line[1000:]), expected, atol=0.01)


def test_a_past_value_is_ranked_among_the_others_alone() -> None:
    line = np.random.default_rng(5).integers(0, 900, 400).astype(np.float64)
    table = ecdf_of(line, 1)
    assert table is not None
    expected = [upper_tail_p(np.append(np.delete(line, i), line[i]), 399, 1)[-1] for i in range(len(line))]
    np.testing.assert_allclose(table.own_p(line), expected, rtol=1e-9)


def test_the_next_bar_is_below_the_level_as_often_as_promised() -> None:
    """Averaged over pasts of 1,000 rows, by the exact chance that the smallest of three uniform p is so small."""
    rng = np.random.default_rng(6)
    often: list[float] = []
    rare: list[float] = []
    for _ in range(2000):
        found = independent_channels(rng.random((3, 1000)))
        assert found is not None
        for shares, q in zip((often, rare), found.smallest, strict=True):
            shares.append(1 - (1 - q) ** 3)
    assert np.mean(often) == pytest.approx(0.1, abs=0.001)
    assert np.mean(rare) == pytest.approx(0.01, abs=0.0003)


def test_channels_that_repeat_each_other_count_once() -> None:
    rng = np.random.default_rng(2)
    alone = rng.random((3, 40_000))
    found = independent_channels(np.concatenate([alone, alone, alone[:1]]))
    assert found is not None
    assert found.channels == pytest.approx((3, 3), rel=0.08)
    counted_as = found.of(alone.min(axis=0))
    p = sidak(np.concatenate([alone, alone]), counted_as)
    assert np.mean(p <= 0.1) == pytest.approx(0.1, abs=0.002)
    assert np.mean(p <= 0.01) == pytest.approx(0.01, abs=0.001)
    assert np.mean(sidak(np.concatenate([alone, alone])) <= 0.1) < 0.06


def test_numbers_between_the_levels_follow_the_logarithm() -> None:
    found = Independent((0.02, 0.002), (5.0, 4.0))
    assert found.of(np.array([0.5, 0.02, np.sqrt(0.02 * 0.002), 0.002, 1e-5])).tolist() == pytest.approx(
        [5, 5, 4.5, 4, 4]
    )


def test_too_few_rows_have_no_estimate_and_few_have_one_number() -> None:
    p = np.random.default_rng(3).random((4, 1200))
    assert independent_channels(p[:, :49]) is None
    assert independent_channels(np.full((4, 100), np.nan)) is None
    few, many = independent_channels(p[:, :900]), independent_channels(p)
    assert few is not None
    assert many is not None
    assert few.channels[0] == few.channels[1]
    assert many.channels[0] != many.channels[1]
