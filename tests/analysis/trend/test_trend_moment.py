"""Module A: direction times strength, what is drawn, honest holes, recovery of a known drift."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.framework.answer import compute
from analysis.framework.result import Analysis
from analysis.sources.quotes import LiveQuote
from analysis.trend.inputs import history
from analysis.trend.metrics import METRICS, TrendSection
from analysis.trend.specs import VOLUME, VOLUME_DAY, VOLUME_WEEK
from analysis.trend_moment import MODULE
from tests.analysis.trend.readings import CONFIG, columns, fits_of, inputs_of, perpetual_of, read, traced
from tests.support.recorded import bars_of, walk_bars

BARS = walk_bars(1500, seed=21, drift=0.001)
WHOLE = inputs_of(BARS, perpetual_of(BARS))
VOLUME_METRICS = {spec.id for spec in METRICS if spec.family in (VOLUME, VOLUME_DAY, VOLUME_WEEK)}


def test_answer_as_of_t_is_the_row_of_a_longer_trace() -> None:
    whole, short = columns(traced(WHOLE)), BARS._pick(slice(0, 1300))
    cut = columns(traced(inputs_of(short, perpetual_of(short))))
    for name, column in cut.items():
        np.testing.assert_array_equal(column[-1], whole[name][1299], err_msg=name)


def test_drawn_lines_are_the_last_rows_of_the_trace() -> None:
    path, answer = traced(WHOLE), read(WHOLE)
    np.testing.assert_array_equal(answer.series["score"], path.score[-300:])
    for name in set(answer.series) & set(path.values) - {"macd_hist"}:
        np.testing.assert_array_equal(answer.series[name], path.values[name][-300:], err_msg=name)


def test_the_start_of_the_history_does_not_move_the_answer() -> None:
    longer = walk_bars(3000, seed=4)
    full, cut = longer, longer.tail(history(CONFIG, "4h"))
    left, right = read(inputs_of(full)), read(inputs_of(cut))
    assert left.score == pytest.approx(right.score, abs=1e-5)
    assert left.metric("kalman_slope_t").value == right.metric("kalman_slope_t").value


def test_the_score_is_direction_times_strength_around_one_half() -> None:
    answer = read(WHOLE)
    assert answer.direction is not None
    assert answer.score == pytest.approx(0.5 + 0.5 * answer.direction * answer.multipliers["strength"])
    assert [g.id for g in answer.groups] == ["slope", "oscillators", "di", "position"]
    assert all(m.contribution == 0 for m in answer.metrics if m.group == "strength")


def test_full_inputs_cover_everything_and_name_only_what_is_not_live() -> None:
    answer = read(WHOLE)
    assert answer.coverage == pytest.approx(1.0)
    assert {m.id: m.reason.code for m in answer.missing if m.reason} == {
        "since_close": "no_history",
        "mean_5m_gap": "no_history",
    }
    assert answer.percentile is not None
    assert answer.bar_close == int(BARS.close_time[-1])
    assert all(len(column) == 300 for column in answer.series.values())
    assert answer.metric("basis_bps").value == pytest.approx(3.0)


def assert_holes_are_named(answer: Analysis) -> None:
    assert all(metric.reason is not None and metric.reason.text for metric in answer.missing)
    voting = [metric for metric in answer.metrics if metric.weight > 0 and metric.signal is None]
    assert all(metric.reason is not None for metric in voting)
    assert answer.score is not None or answer.null_reasons


def test_thirty_bars_have_some_metrics_and_no_score() -> None:
    answer = read(inputs_of(BARS.tail(30)))
    assert_holes_are_named(answer)
    assert answer.score is None
    assert answer.null_reasons[0].code == "low_coverage"
    assert answer.metric("rsi_14").value is not None
    reason = answer.metric("ema_200").reason
    assert reason is not None
    assert reason.text == "needs 200 bars, has 30"
    assert 0 < answer.coverage < 0.5
    assert answer.percentile is None


@pytest.mark.parametrize("rows", [15, 29, 64, 199, 505])
def test_any_short_history_is_answered(rows: int) -> None:
    assert_holes_are_named(read(inputs_of(BARS.tail(rows))))


def test_no_perpetual_lowers_coverage_and_the_rest_stands() -> None:
    alone, both = read(inputs_of(BARS)), read(WHOLE)
    assert alone.coverage < both.coverage
    assert alone.score is not None
    assert alone.direction == both.direction
    reason = alone.metric("perp_agreement").reason
    assert reason is not None
    assert reason.code == "no_perpetual"


def test_a_perpetual_that_disagrees_lowers_strength() -> None:
    against = perpetual_of(BARS)
    mirrored = BARS.close[-1] ** 2 / BARS.close
    answer = read(inputs_of(BARS, replace(against, close=mirrored)))
    agreeing = read(WHOLE)
    assert answer.metric("perp_sign").value == -1
    assert answer.metric("perp_agreement").signal == 0
    assert answer.multipliers["strength"] < agreeing.multipliers["strength"]


def test_constant_prices_have_no_score() -> None:
    n = 900
    flat = {name: np.full(n, 100.1) for name in ("open", "high", "low", "close")}
    bars = bars_of(BARS.open_time[:n].copy(), {**flat, "volume": np.ones(n)}, np.full(n, 100.1))
    answer = read(inputs_of(bars, bars))
    assert_holes_are_named(answer)
    assert answer.score is None
    for name in ("rsi_14", "zscore", "adx_14", "kalman_slope_t", "stochrsi_k"):
        reason = answer.metric(name).reason
        assert reason is not None
        assert reason.code == "constant", name


def test_zero_volume_silences_only_volume() -> None:
    zero = np.zeros(len(BARS))
    answer = read(inputs_of(replace(BARS, volume=zero, quote_volume=zero), perpetual_of(BARS)))
    silent = {m.id for m in answer.missing if m.reason and m.reason.code == "no_volume"}
    assert {"vwap", "vwap_day", "vwap_week", "poc", "value_distance"} <= silent
    for mine, theirs in zip(answer.metrics, read(WHOLE).metrics, strict=True):
        assert mine.id in VOLUME_METRICS or mine.value == theirs.value, mine.id


def test_missing_quote_volume_silences_only_volume_and_says_so() -> None:
    bare = replace(BARS, quote_volume=np.zeros(len(BARS)))
    answer = read(inputs_of(bare, perpetual_of(BARS)))
    silent = {m.id: m.reason.text for m in answer.missing if m.id in VOLUME_METRICS and m.reason}
    assert silent == dict.fromkeys(VOLUME_METRICS, "no quote volume at this time")
    assert answer.score == read(WHOLE).score


def test_one_bar_without_quote_volume_silences_the_windows_that_hold_it() -> None:
    quote = BARS.quote_volume.copy()
    quote[-60] = 0.0  # 50 bars of VWAP begin after it, the 100 of the profile before
    answer = read(inputs_of(replace(BARS, quote_volume=quote)))
    assert answer.metric("vwap").value == read(inputs_of(BARS)).metric("vwap").value
    for name in ("poc", "value_low", "value_distance"):
        reason = answer.metric(name).reason
        assert reason is not None, name
        assert reason.params == {"what": "quote volume"}


@pytest.mark.parametrize("mean", [0.0, None])
def test_a_five_minute_mean_of_nothing_is_missing(mean: float | None) -> None:
    quote = LiveQuote(float(BARS.close[-1]), mean, 1.5, BARS.as_of)
    gap = read(replace(WHOLE, quote=quote, missing={})).metric("mean_5m_gap")
    assert gap.value is None
    assert gap.reason is not None
    assert gap.reason.text == "no live figure at this time"


def test_a_gap_is_said_and_costs_quality() -> None:
    keep = np.r_[0:1000, 1003:1500]
    answer = read(inputs_of(BARS._pick(keep)))
    assert [note.text for note in answer.notes if note.code == "gaps"] == [
        "bars missing in the exchange's history: 3"
    ]
    assert answer.scalars[0].quality == pytest.approx(1497 / 1500)
    assert answer.score is not None


@pytest.mark.parametrize("side", [1, -1])
def test_a_known_drift_is_recovered(side: int) -> None:
    path = traced(inputs_of(walk_bars(2500, seed=6, drift=side * 0.004, sigma=0.008)))
    lean = (path.score[1000:] - 0.5) * side
    assert np.mean(lean) > 0.1
    assert np.mean(lean > 0) > 0.85


def test_driftless_walks_score_neutral_on_average() -> None:
    path = traced(inputs_of(walk_bars(6_000, seed=8)))
    assert np.nanmean(path.score) == pytest.approx(0.5, abs=0.03)
    assert np.nanmin(path.score) >= 0
    assert np.nanmax(path.score) <= 1


def test_kalman_slope_follows_a_slow_known_slope() -> None:
    generator = np.random.default_rng(3)
    slope = np.cumsum(generator.standard_normal(2500)) * 0.004 / 40
    steps = slope + 0.004 * generator.standard_normal(2500)
    base = walk_bars(2500, seed=3, sigma=0.004)
    close = 100 * np.exp(np.cumsum(steps))
    bars = replace(base, open=close, high=close * 1.001, low=close * 0.999, close=close)
    estimate = traced(inputs_of(bars)).values["kalman_slope"] / 10_000
    known = np.isfinite(estimate)
    assert known.sum() > 1800
    assert np.corrcoef(estimate[known], slope[known])[0, 1] > 0.85


def test_weights_and_groups_of_zero_do_not_count() -> None:
    config = TrendSection.model_validate({"weights": {"rsi_14": 0}, "groups": {"position": 0}})
    answer = read(WHOLE, config)
    assert [g.id for g in answer.groups] == ["slope", "oscillators", "di"]
    assert answer.metric("rsi_14").contribution == 0
    assert answer.metric("rsi_14").signal is not None
    assert answer.score is not None
    assert abs(sum(m.contribution for m in answer.metrics) - (answer.score - 0.5)) < 1e-12


def test_the_kalman_bound_is_reported() -> None:
    notes = [note.code for note in read(inputs_of(walk_bars(1500, seed=2))).notes]
    memory = read(inputs_of(walk_bars(1500, seed=2))).metric("kalman_memory").value
    assert ("at_bound" in notes) == (memory in (pytest.approx(10), pytest.approx(100)))


def test_the_note_says_what_is_at_which_limit() -> None:
    at_bound = {
        at: replace(estimate, at_bound=True, noise=replace(estimate.noise, memory=100.0))
        for at, estimate in fits_of(WHOLE).items()
    }
    answer = compute(MODULE, WHOLE, at_bound, CONFIG)
    assert [note.text for note in answer.notes] == ["the Kalman memory is at its limit of 100 bars"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"ema_fast": 60},
        {"macd_fast": 30},
        {"kalman_memory_min": 200.0},
        {"wavelet_window": 130},
        {"scale_min_bars": 400},
        {"weights": {"adx_14": 0, "kalman_abs_t": 0, "perp_agreement": 0}},
    ],
)
def test_inconsistent_configuration_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        TrendSection.model_validate(wrong)
