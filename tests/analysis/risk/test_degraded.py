"""Module G with holes: what is missing is None with its reason, the rest is unaffected."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.features.garch import fit_garch
from analysis.features.stress import EVENTS, CrashPath
from analysis.framework.answer import compute
from analysis.framework.missing import FITS, PART_FAILED
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from analysis.risk.inputs import RiskInputs
from analysis.risk.metrics import RiskSection
from analysis.risk_expos import MODULE
from analysis.sources.crashes import Crashes
from tests.analysis.risk.readings import (
    BARS,
    CONFIG,
    WHOLE,
    clustered_bars,
    fits_of,
    inputs_of,
    lacking,
    read,
    without,
)
from utils.binance_api.bars import Bars


def young(rows: int) -> RiskInputs:
    return inputs_of(BARS.tail(rows), from_listing=True)


def code(answer: Analysis, name: str) -> str:
    metric = answer.metric(name)
    assert metric.value is None, name
    assert metric.reason is not None, name
    return metric.reason.code


def assert_holes_are_named(answer: Analysis) -> None:
    assert all(metric.reason is not None and metric.reason.text for metric in answer.missing)
    assert all(metric.signal is not None or metric.reason for metric in answer.metrics if metric.weight > 0)
    assert all(scalar.value is not None or scalar.reason for scalar in answer.scalars)
    assert answer.score is not None or answer.null_reasons
    assert (answer.score is None) == (answer.verdict is None)


def test_full_inputs_leave_out_only_what_cannot_be() -> None:
    answer = read(WHOLE)
    codes = {m.id: m.reason.code for m in answer.missing if m.reason}
    cornish = {name for name in codes if "cornish" in name}
    assert {name: codes[name] for name in codes if name not in cornish} == {
        "beta": "not_asked",
    }
    assert {codes[name] for name in cornish} <= {"not_monotone", "no_failures"}


def test_thirty_bars() -> None:
    answer = read(young(30))
    assert_holes_are_named(answer)
    assert answer.score is None
    assert answer.null_reasons[0].code == "low_coverage"
    assert answer.coverage < read(WHOLE).coverage
    assert answer.metric("atr_14").value is not None
    assert answer.metric("liq_long_10").value is not None
    assert answer.metric("stress_ftx_2022").value is not None
    reason = answer.metric("var_historical_95_bar").reason
    assert reason is not None
    assert reason.text == "needs 500 observations, has 29"
    assert code(answer, "drawdown_now") == "too_few_bars"
    assert code(answer, "var_filtered_95_bar") == "too_few_bars"
    assert "ewma_used" in {note.code for note in answer.notes}


@pytest.mark.parametrize("rows", [14, 16, 51, 60, 250, 349, 400, 551, 1100, 1600, 2300])
def test_any_short_history_is_answered(rows: int) -> None:
    assert_holes_are_named(read(young(rows)))


def test_a_coin_of_four_hundred_bars_has_a_score_without_a_tail() -> None:
    answer = read(young(400))
    assert answer.score is not None
    assert answer.coverage == pytest.approx(0.7)
    assert [note.code for note in answer.notes] == ["ewma_used", "short_year", "approximate_brackets"]
    assert answer.verdict is not None
    assert answer.verdict.text.endswith("past 15 days")
    assert abs(sum(g.contribution for g in answer.groups) - (answer.score - 0.5)) < 1e-12


def test_hourly_99_needs_two_thousand_and_95_five_hundred() -> None:
    answer = read(young(1100))
    assert answer.metric("var_historical_95_bar").value is not None
    assert answer.metric("var_filtered_95_bar").value is not None
    assert answer.metric("var_filtered_95_day").value is not None
    reason = answer.metric("var_historical_99_bar").reason
    assert reason is not None
    assert reason.text == "needs 2000 observations, has 1099"
    assert code(answer, "var_filtered_99_bar") == "observations"
    assert code(answer, "es_filtered_99_day") == "observations"


def test_a_few_scores_are_no_year() -> None:
    answer = read(young(150))
    assert answer.score is None
    assert answer.coverage >= CONFIG.min_coverage
    assert answer.null_reasons[0].text == "needs 100 past values, has 99"
    assert read(young(151)).score is not None


def test_weeks_are_ranked_among_as_many_as_a_rank_needs() -> None:
    bars = clustered_bars(300, seed=6, interval="1w")
    answer = read(inputs_of(bars, from_listing=True, daily=bars), RiskSection())
    assert_holes_are_named(answer)
    assert answer.verdict is not None
    assert answer.verdict.text.endswith("of the past 700 days")


def test_fits_that_failed_are_not_called_too_few_bars() -> None:
    inputs = replace(WHOLE, missing={**WHOLE.missing, FITS: PART_FAILED})
    answer = compute(MODULE, inputs, {}, CONFIG)
    note = next(one for one in answer.notes if one.code == "ewma_used")
    assert note.text == "no GARCH, exponential smoothing instead: the fits failed"
    assert code(answer, "var_filtered_95_bar") == "part_failed"


def flat(bars: Bars) -> Bars:
    still = np.full(len(bars), 50.0)
    return replace(bars, open=still, high=still.copy(), low=still.copy(), close=still.copy())


def test_constant_price() -> None:
    answer = read(inputs_of(flat(BARS)))
    assert_holes_are_named(answer)
    assert answer.metric("vol_forecast").value == 0
    assert answer.metric("drawdown_max").value == 0
    assert code(answer, "sharpe") == "constant"
    assert code(answer, "sortino") == "no_losses"
    assert code(answer, "target_leverage") == "constant"
    assert code(answer, "var_filtered_99_day") == "constant"
    assert code(answer, "liq_deviations") == "constant"
    assert answer.coverage < 1
    assert [note.code for note in answer.notes][:1] == ["ewma_used"]


def test_zero_volume_moves_no_metric() -> None:
    silent = replace(BARS, volume=np.zeros(len(BARS)), quote_volume=np.zeros(len(BARS)))
    answer = read(replace(WHOLE, bars=silent))
    assert [m.value for m in answer.metrics] == [m.value for m in read(WHOLE).metrics]


def test_gaps_are_noted_and_lower_the_quality() -> None:
    holes = np.r_[3000:3010, len(BARS) - 2]
    answer = read(inputs_of(without(BARS, holes)))
    assert_holes_are_named(answer)
    assert answer.score is not None
    assert answer.notes[0].text == "bars missing in the exchange's history: 11"
    assert answer.scalars[0].quality == pytest.approx(1 - 11 / len(BARS))
    assert answer.metric("var_filtered_99_bar").value is not None
    gone = read(inputs_of(without(BARS, np.array([len(BARS) - 2]))))
    loss_p = gone.scalars[2]
    assert loss_p.value is None
    assert loss_p.reason is not None


def test_no_daily_bars() -> None:
    down = Reason("source_down", {"source": "binance.spot.klines"})
    answer = read(lacking(WHOLE, daily=down))
    assert answer.metric("var_historical_95_day").reason == down
    assert answer.metric("es_cornish_fisher_99_day").reason == down
    assert answer.metric("var_filtered_95_day").value is not None
    assert answer.score == read(WHOLE).score


def test_no_perpetual() -> None:
    absent = Reason("no_perpetual", {"symbol": "BTCUSDT"})
    answer = read(lacking(WHOLE, brackets=absent))
    assert answer.metric("liq_long_10").reason == absent
    assert answer.metric("survives_ftx_2022").reason == absent
    assert answer.metric("stress_ftx_2022").value is not None
    assert answer.coverage == pytest.approx(0.85)
    assert answer.score is not None
    assert abs(sum(g.contribution for g in answer.groups) - (answer.score - 0.5)) < 1e-12
    assert np.isnan(answer.curves["liq_long"]).all()
    assert not answer.notes


def test_leverage_that_is_not_offered() -> None:
    config = RiskSection(rank_days=30, liq_notional=50_000.0)
    answer = compute(MODULE, WHOLE, fits_of(WHOLE, config), config)
    reason = answer.metric("liq_long_100").reason
    assert reason is not None
    assert reason.text == "100x is not offered for 50000 USDT"
    assert answer.metric("liq_long_50").value is not None


def test_crashes_without_a_path() -> None:
    first, second, *_ = EVENTS
    paths: dict[str, CrashPath | Reason] = dict(WHOLE.crashes.paths)
    paths[first.id] = Reason("not_traded_then", {"symbol": "NEWUSDT", "event": first.title})
    answer = read(inputs_of(BARS, crashes=Crashes(paths, (second.id,), 1.5)))
    assert code(answer, f"stress_{first.id}") == "not_traded_then"
    assert code(answer, f"survives_{first.id}") == "not_traded_then"
    assert answer.metric(f"stress_{second.id}").value is not None
    assert answer.metric("beta").value == 1.5
    assert answer.notes[-1].text == (
        "no usable bars of BTCUSDT through May 2021: its beta to bitcoin of 1.50 is used"
    )


def test_fits_that_do_not_converge_are_noted() -> None:
    unfit = fit_garch(np.zeros(2000))
    smooth = replace(unfit, omega=0.0, alpha=0.06, beta=0.94)
    fits = {at: replace(fit, garch=smooth) for at, fit in fits_of(WHOLE).items()}
    answer = compute(MODULE, WHOLE, fits, CONFIG)
    assert "no GARCH, exponential smoothing instead: the fit did not converge" in {
        n.text for n in answer.notes
    }
    assert answer.score is not None
    assert answer.coverage == 1.0
    level, other = answer.metric("garch_vol").value, read(WHOLE).metric("garch_vol").value
    assert level != other
    assert answer.metric("garch_day").value == pytest.approx(level)
    assert answer.metric("vol_forecast").value == read(WHOLE).metric("vol_forecast").value


def test_a_fit_at_its_bound_is_noted() -> None:
    fits = {at: replace(fit, garch=replace(fit.garch, at_bound=True)) for at, fit in fits_of(WHOLE).items()}
    answer = compute(MODULE, WHOLE, fits, CONFIG)
    assert [note.code for note in answer.notes] == ["garch_at_bound", "approximate_brackets"]


def test_a_day_is_one_bar_on_daily_bars() -> None:
    bars = clustered_bars(3000, seed=2, interval="1d")
    inputs = inputs_of(bars, from_listing=True, daily=bars)
    answer = read(inputs)
    assert_holes_are_named(answer)
    for method in ("historical", "filtered"):
        for level in (95, 99):
            for kind in ("var", "es"):
                bar = answer.metric(f"{kind}_{method}_{level}_bar").value
                assert bar is not None
                assert bar == answer.metric(f"{kind}_{method}_{level}_day").value
    assert answer.metric("vol_day").value == pytest.approx(answer.metric("vol_forecast").value)
