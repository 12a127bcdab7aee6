"""Module G on recorded markets: violations as promised, crashes at the top of their year, quiet days at the bottom."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from analysis.features.var_backtest import kupiec
from analysis.framework.answer import compute
from analysis.framework.question import Scope
from analysis.risk.fit import RiskFit
from analysis.risk.inputs import RiskInputs, history
from analysis.risk.metrics import SCALARS, RiskSection
from analysis.risk.trace import trace
from analysis.risk_expos import MODULE
from scripts.figures.risk import all_fits, all_violations, half_life, inputs_of
from tests.support.recorded import recorded_bars
from utils.binance_api.bars import Bars

CONFIG = RiskSection()
SPOT = "klines_spot/BTCUSDT-1h_2020-01-01_2024-12-31.csv.gz"
HOUR = 3_600_000
CRASHES = {
    "2021-05": 1_621_432_800_000,  # 19 May 14:00
    "2022-11": 1_668_038_400_000,  # 10 November 00:00
    "2024-08": 1_722_844_800_000,  # 5 August 08:00
}
QUIET = 1_694_304_000_000  # 10 September 2023


@pytest.fixture(scope="module")
def bars(shared_data: Path) -> Bars:
    return recorded_bars(shared_data / SPOT, "BTCUSDT", "1h")


@pytest.fixture(scope="module")
def inputs(bars: Bars) -> RiskInputs:
    return inputs_of(bars, CONFIG)


@pytest.fixture(scope="module")
def fits(inputs: RiskInputs) -> dict[int, RiskFit]:
    return all_fits(inputs, CONFIG)


@pytest.fixture(scope="module")
def score(inputs: RiskInputs, fits: dict[int, RiskFit]) -> np.ndarray:
    return trace(inputs, fits, CONFIG, Scope(len(inputs.bars))).score


def test_filtered_violations_lie_inside_kupiecs_band(bars: Bars, fits: dict[int, RiskFit]) -> None:
    found = all_violations(bars, fits, CONFIG)
    for level in (95, 99):
        violated, known = found["filtered", level]
        count, lost = int(known.sum()), int(violated.sum())
        assert count > 41_000
        low, high = np.asarray(binom.ppf([0.025, 0.975], count, 1 - level / 100))
        assert low <= lost <= high
        assert kupiec(lost, count, level / 100).p_value > 0.05


def test_every_fit_converged(fits: dict[int, RiskFit]) -> None:
    assert len(fits) > 80
    assert all(fit.garch.converged and fit.garch.persistence < 1.0001 for fit in fits.values())


@pytest.mark.parametrize("moment", CRASHES.values(), ids=list(CRASHES))
def test_crashes_are_the_riskiest_hours_of_their_year(bars: Bars, score: np.ndarray, moment: int) -> None:
    assert score[np.searchsorted(bars.close_time, moment) - 1] > 0.97


def test_a_quiet_day_is_low_and_an_ordinary_one_in_the_middle(bars: Bars, score: np.ndarray) -> None:
    row = int(np.searchsorted(bars.close_time, QUIET)) - 1
    assert score[row] < 0.3
    assert np.nanmedian(score[9000:]) == pytest.approx(0.5, abs=0.1)


def test_the_declared_half_life_is_measured(score: np.ndarray) -> None:
    assert half_life(score) == SCALARS[0].half_life_bars


def test_an_answer_of_today_equals_the_long_trace(
    bars: Bars, score: np.ndarray, fits: dict[int, RiskFit]
) -> None:
    moment = CRASHES["2024-08"]
    short = bars.closed(moment).tail(history(CONFIG, "1h"))
    asked = replace(inputs_of(short, CONFIG), from_listing=False)
    wanted = all_fits(asked, CONFIG)
    assert all(fit == fits[at] for at, fit in wanted.items())
    answer = compute(MODULE, asked, wanted, CONFIG)
    assert answer.score == score[np.searchsorted(bars.close_time, moment) - 1]
