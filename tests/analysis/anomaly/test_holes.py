"""Module J where something is missing: the value is None with its reason, the rest stands, coverage falls."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.anomaly.inputs import AnomalyInputs, fit_keys
from analysis.anomaly.metrics import RegimeAnomalyConfig
from analysis.framework.answer import compute
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from analysis.regime_anomal import MODULE
from tests.analysis.anomaly.readings import SMALL, fits_of, hourly, inputs_of, read, until, whole_of

BARS = hourly(1100, seed=33)
WHOLE = whole_of(BARS, latest=True)


def reason_of(answer: Analysis, metric: str) -> str:
    reason = answer.metric(metric).reason
    assert reason is not None, metric
    return reason.text


def assert_holes_are_named(answer: Analysis) -> None:
    assert all(metric.reason is not None and metric.reason.text for metric in answer.missing)
    assert answer.score is not None or answer.null_reasons
    assert answer.scalars[0].value is not None or answer.scalars[0].reason is not None
    assert all(metric.contribution == 0 for metric in answer.missing)


def test_whole_inputs_miss_nothing_but_dates_of_changes_that_were_not() -> None:
    answer = read(WHOLE)
    assert answer.coverage == pytest.approx(1.0)
    assert {metric.reason.code for metric in answer.missing if metric.reason} <= {"no_change"}


@pytest.mark.parametrize("rows", [70, 150, 210, 330, 460, 700])
def test_any_short_history_is_answered(rows: int) -> None:
    assert_holes_are_named(read(whole_of(BARS.tail(rows), latest=True)))


def test_thirty_bars_have_no_score() -> None:
    answer = read(whole_of(BARS.tail(30), latest=True))
    assert answer.score is None
    assert answer.coverage == 0
    assert answer.verdict is None
    assert reason_of(answer, "p_returns") == "needs 230 bars, has 30"
    assert reason_of(answer, "return_z") == "needs 101 bars, has 29"
    assert answer.metric("basis_bps").value is not None


def test_enough_bars_but_no_moment_yet_is_said() -> None:
    bars = BARS._pick(slice(0, 230))
    answer = read(inputs_of(bars, latest=True))
    assert not fit_keys(inputs_of(bars, latest=True), SMALL)
    assert reason_of(answer, "p_returns") == "no fit yet: none of its moments has 230 bars before it"
    assert_holes_are_named(answer)


def test_without_a_perpetual_three_channels_are_missing_and_the_rest_stands() -> None:
    alone, both = read(inputs_of(BARS, latest=True)), read(WHOLE)
    assert alone.coverage == pytest.approx(8 / 11)
    assert alone.score is not None
    assert alone.metric("p_returns").value == both.metric("p_returns").value
    assert alone.metric("p_volume").value == both.metric("p_volume").value
    for name in ("p_open_interest", "p_funding", "p_basis", "open_interest_z", "basis_bps"):
        assert reason_of(alone, name) == "no perpetual is listed for BTCUSDT"
    notes = [note.text for note in alone.notes if note.code == "forest_without"]
    assert notes == [
        f"the isolation forest does without {words}"
        for words in ("basis", "open interest at this close", "settled funding")
    ]
    assert alone.metric("isolation_features").value == 3


@pytest.mark.parametrize("channel", ["open_interest", "funding"])
def test_one_source_missing_costs_one_channel(channel: str) -> None:
    missing = {channel: Reason("source_down", {"source": "x"})}
    gone: dict[str, Any] = {channel: None}
    answer = read(replace(WHOLE, missing=missing, **gone))
    assert answer.coverage == pytest.approx(10 / 11)
    assert reason_of(answer, f"p_{channel}") == "x does not answer now"
    assert answer.score is not None
    assert answer.metric("p_joint").value is not None
    assert_holes_are_named(answer)


def test_a_perpetual_that_does_not_answer_costs_the_basis() -> None:
    missing = {"counterpart": Reason("source_down", {"source": "x"})}
    answer = read(replace(WHOLE, counterpart=None, missing=missing))
    assert answer.coverage == pytest.approx(10 / 11)
    assert reason_of(answer, "p_basis") == "x does not answer now"


def test_open_interest_of_a_few_days_has_too_few_past_values() -> None:
    interest = WHOLE.open_interest
    assert interest is not None
    answer = read(replace(WHOLE, open_interest=interest.tail(60)))
    assert reason_of(answer, "p_open_interest") == "needs 100 past values, has 59"
    week = read(replace(WHOLE, open_interest=interest.tail(150)))
    found = week.metric("p_open_interest").reason
    assert found is not None
    assert found.code == "few_past_values"
    assert int(found.params["has"]) < 100  # of 149 changes those whose hour had a week before
    late = read(until(replace(WHOLE, open_interest=interest._pick(slice(0, 1090))), 1100))
    assert reason_of(late, "p_open_interest") == "no open interest at this close at this time"


def constant() -> AnomalyInputs:
    flat = np.full(len(BARS), 100.0)
    return inputs_of(replace(BARS, open=flat, high=flat, low=flat, close=flat), latest=True)


def test_a_price_that_stands_still_has_no_price_channels() -> None:
    answer = read(constant())
    assert_holes_are_named(answer)
    for name in ("p_returns", "p_range", "p_deviation", "p_change", "return_skew"):
        assert reason_of(answer, name) == "the values do not vary", name
    assert answer.metric("p_volume").value is not None
    assert answer.score is None
    assert answer.null_reasons[0].code == "low_coverage"


def test_no_trades_cost_the_volume_channels() -> None:
    silent = replace(BARS, volume=np.zeros(len(BARS)), quote_volume=np.zeros(len(BARS)))
    answer = read(inputs_of(silent, latest=True))
    assert reason_of(answer, "p_volume") == "no trades in the window"
    assert reason_of(answer, "p_volume_wave") == "no trades in the window"
    assert answer.metric("p_returns").value is not None
    assert answer.metric("isolation_features").value == 2
    assert_holes_are_named(answer)


def test_a_bar_after_a_gap_is_no_market_event_and_the_gap_is_said() -> None:
    factor = np.where(np.arange(1100) >= 1099, 1.2, 1.0)
    moved = {name: getattr(BARS, name) * factor for name in ("open", "high", "low", "close")}
    bars = replace(BARS, **moved)._pick(np.r_[0:1095, 1099:1100])
    answer = read(inputs_of(bars, latest=True))
    assert reason_of(answer, "p_returns") == "no return over one bar: bars before it are missing"
    assert answer.metric("return_z").value is None
    assert answer.metric("p_deviation").value is None
    assert answer.metric("feed_gaps").value == 4
    assert [note.text for note in answer.notes if note.code == "gaps"] == [
        "bars missing in the exchange's history: 4"
    ]
    assert answer.scalars[0].quality == pytest.approx(1096 / 1100)
    assert_holes_are_named(answer)


def test_a_gap_in_the_past_costs_one_bar_not_a_window() -> None:
    answer = read(inputs_of(BARS._pick(np.r_[0:1000, 1003:1100]), latest=True))
    for name in ("p_returns", "p_deviation", "p_change", "p_price_wave", "return_skew"):
        assert answer.metric(name).value is not None, name
    assert np.isnan(answer.series["cusum_up"]).sum() == 1


def test_garch_that_does_not_converge_is_replaced_and_said() -> None:
    config = SMALL.model_copy(update={"volatility": "garch"})
    inputs = inputs_of(BARS, latest=True)
    fits = fits_of(inputs, config)
    unconverged = {
        at: replace(fit, change=replace(fit.change, converged=False, garch=None)) for at, fit in fits.items()
    }
    answer = compute(MODULE, inputs, unconverged, config)
    assert "garch_replaced" in [note.code for note in answer.notes]
    assert answer.metric("p_change").value is not None
    assert read(inputs, config).metric("p_change").value is not None


def test_a_past_shorter_than_a_year_is_said() -> None:
    config = RegimeAnomalyConfig(**{**SMALL.model_dump(), "rank_days": 365})
    notes = [note.text for note in read(inputs_of(BARS, latest=True), config).notes]
    assert any(text.startswith("ranks compare with the last 4") for text in notes)
    assert "short_year" not in [note.code for note in read(WHOLE).notes]
