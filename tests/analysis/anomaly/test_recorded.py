"""Module J on recorded bars: the crash hours are among the most unusual, alarms about as frequent as expected."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.anomaly.channels import IDS, p_metric
from analysis.anomaly.inputs import AnomalyInputs
from analysis.anomaly.metrics import RegimeAnomalyConfig
from analysis.framework.module import AnyTrace
from analysis.framework.question import LATEST
from scripts.figures import redet
from tests.analysis.anomaly.readings import inputs_of
from tests.support.recorded import recorded_bars

CONFIG = RegimeAnomalyConfig(
    refit_bars=2000, refit_days=90, cusum_chains=50, forest_trees=50
)  # fewer fits: a quarter of the time
CRASHES = {
    "March 2020": "2020-03-12T10",
    "May 2021": "2021-05-19T12",
    "LUNA": "2022-05-11T12",
    "FTX": "2022-11-08T18",
    "August 2024": "2024-08-05T01",
}
BITCOIN = {
    "2020-03-12T10": 0.614,
    "2021-05-19T12": 0.690,
    "2022-05-11T12": 0.690,
    "2022-11-08T17": 0.5705,
    "2024-08-05T13": 0.5466,
}
BITCOIN_TOP_PERCENT = 0.513  # where that of ETHUSDT's scores of 2020-2024 begins


@pytest.fixture(scope="module")
def bitcoin(shared_data: Path) -> AnomalyInputs:
    return redet.recorded_inputs(shared_data)


@pytest.fixture(scope="module")
def inputs(shared_data: Path) -> AnomalyInputs:
    return inputs_of(recorded_bars(shared_data / redet.SPOT.format("ETHUSDT"), "ETHUSDT", "1h"))


@pytest.fixture(scope="module")
def path(inputs: AnomalyInputs) -> AnyTrace:
    return redet.traced(inputs, CONFIG)


@pytest.mark.parametrize("event", list(CRASHES))
def test_the_hour_of_the_largest_move_is_in_the_top_percent(
    inputs: AnomalyInputs, path: AnyTrace, event: str
) -> None:
    start, end = (np.datetime64(day, "ms").astype(np.int64) for day in redet.EVENTS[event])
    opened = inputs.bars.open_time
    inside = np.flatnonzero((opened >= start) & (opened < end))
    moves = np.abs(np.log(inputs.bars.close[inside] / inputs.bars.close[inside - 1]))
    row = int(inside[moves.argmax()])
    assert opened[row] == np.datetime64(CRASHES[event], "ms").astype(np.int64)
    known = path.score[np.isfinite(path.score)]
    assert np.mean(known >= path.score[row]) <= 0.01
    assert path.score[row] >= 0.5


@pytest.mark.parametrize("hour", list(BITCOIN))
def test_bitcoin_s_crash_hours_as_the_bot_judges_them_are_in_the_top_percent(
    bitcoin: AnomalyInputs, hour: str
) -> None:
    row = int(np.searchsorted(bitcoin.bars.open_time, np.datetime64(hour, "ms").astype(np.int64)))
    moment, other = int(bitcoin.bars.close_time[row]) + 1, bitcoin.counterpart
    assert other is not None
    bars, known = bitcoin.bars.closed(moment), other.closed(moment)
    asked = replace(bitcoin, bars=bars, counterpart=known, as_of=moment, scope=LATEST)
    score = redet.traced(asked, RegimeAnomalyConfig()).score[-1]
    assert score == pytest.approx(BITCOIN[hour], abs=5e-4)
    assert score >= BITCOIN_TOP_PERCENT


def test_alarms_are_as_frequent_as_promised(inputs: AnomalyInputs, path: AnyTrace) -> None:
    years = inputs.bars.open_time.astype("datetime64[ms]").astype("datetime64[Y]").astype(int) + 1970
    for year in np.unique(years):
        score = path.score[(years == year) & np.isfinite(path.score)]
        assert len(score) > 6500
        assert 0.005 < np.mean(score >= 0.5) < 0.016, year
    score = path.score[np.isfinite(path.score)]
    assert 0.007 <= np.mean(score >= 0.5) <= 0.013
    assert 0.08 <= np.mean(score >= 0.25) <= 0.12


def test_every_channel_s_p_is_about_uniform(path: AnyTrace) -> None:
    read = [name for name in IDS if name not in ("open_interest", "funding", "basis")]
    for name in read:
        p = path.values[p_metric(name)]
        p = p[np.isfinite(p)]
        assert len(p) > 40_000, name
        assert 0.005 < np.mean(p <= 0.01) < 0.02, name
        assert 0.4 < np.median(p) < 0.6, name
