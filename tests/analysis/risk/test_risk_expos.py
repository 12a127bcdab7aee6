"""Module G: the rank and its contributions, fits by refit time, what the chart gets, and what is declared."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from analysis.features.stress import EVENTS
from analysis.registry import MODULES
from analysis.risk.fit import RiskFit, fit
from analysis.risk.inputs import fit_keys
from analysis.risk.leverage_metrics import LEVERAGES
from analysis.risk.metrics import METRICS, SCALARS, RiskSection
from analysis.risk_expos import MODULE
from tests.analysis.risk.readings import (
    BARS,
    CONFIG,
    ROWS,
    WHOLE,
    clustered_bars,
    fits_of,
    inputs_of,
    read,
    traced,
)
from utils.binance_api.bars import Bars

PRICES = ("open", "high", "low", "close", "volume", "quote_volume")


def spoiled(bars: Bars, cut: int) -> Bars:
    generator = np.random.default_rng(99)
    garbage = {name: getattr(bars, name).copy() for name in PRICES}
    for column in garbage.values():
        column[cut:] = 1e5 * np.exp(generator.standard_normal(len(column) - cut))
    return replace(bars, **garbage)


def test_the_score_is_drawn_and_has_no_direction() -> None:
    path, answer = traced(WHOLE), read(WHOLE)
    assert answer.direction is None
    assert answer.percentile is None
    np.testing.assert_array_equal(answer.series["score"], path.score[-300:])
    assert np.isfinite(answer.series["score"]).all()


def test_the_rank_is_a_step_after_the_groups() -> None:
    groups = read(WHOLE).groups
    assert [group.id for group in groups] == ["volatility", "tail", "drawdown", "leverage", "rank"]


def test_a_metric_raises_the_score_by_what_it_stands_above_its_own_year() -> None:
    path, answer, year = traced(WHOLE), read(WHOLE), 720
    shares = {"drawdown_now": 0.2, "liq_deviations": 0.15, "atr_pct": 0.35 / 2}
    for name, share in shares.items():
        past = path.signals[name][-year - 1 : -1]
        above = path.signals[name][-1] - np.median(past[np.isfinite(past)])
        assert answer.metric(name).contribution == pytest.approx(share * above, abs=1e-12)


def test_the_score_is_the_rank_of_the_weighted_levels_by_hand() -> None:
    path, year = traced(WHOLE), 720
    groups = {"volatility": 0.35, "tail": 0.3, "drawdown": 0.2, "leverage": 0.15}
    raw = np.sum([weight * path.groups[name] for name, weight in groups.items()], axis=0)
    past = raw[-year - 1 : -1]
    expected = ((past < raw[-1]).sum() + (past == raw[-1]).sum() / 2) / year
    assert path.score[-1] == pytest.approx(expected, abs=1e-12)
    assert path.groups["volatility"][-1] == pytest.approx(
        (path.signals["atr_pct"][-1] + path.signals["vol_forecast"][-1]) / 2
    )


def test_a_longer_history_gives_the_same_score() -> None:
    longer = clustered_bars(ROWS + 700)
    assert read(inputs_of(longer)).score == read(inputs_of(longer.tail(ROWS))).score


def test_a_fit_depends_on_the_bars_before_its_boundary_alone() -> None:
    longer = clustered_bars(ROWS + 700)
    cut, spoilt = longer.tail(ROWS), spoiled(longer, ROWS + 300)
    known: dict[int, RiskFit] = fits_of(inputs_of(longer))
    for refit_time, fitted in fits_of(inputs_of(cut)).items():
        assert known[refit_time] == fitted
    before = [at for at in known if at <= longer.close_time[ROWS + 299]]
    for refit_time in before:
        assert fit(inputs_of(spoilt), CONFIG, refit_time) == known[refit_time]


def test_a_fit_near_the_start_waits_for_its_whole_window() -> None:
    wanted = [key.refit_time for key in fit_keys(WHOLE, CONFIG)]
    rows = np.searchsorted(BARS.close_time, wanted)
    assert rows.min() >= 2151
    listed = [key.refit_time for key in fit_keys(inputs_of(BARS, from_listing=True), CONFIG)]
    assert np.searchsorted(BARS.close_time, listed).min() < 1100


def test_the_chart_gets_equal_lengths_and_forecasts_made_before_the_bar() -> None:
    answer, path = read(WHOLE), traced(WHOLE)
    assert len(answer.series["time"]) == 300
    assert set(answer.series) == {
        *("time", "open", "high", "low", "close", "volume", "return", "var_95", "var_99", "drawdown"),
        *("trail_long", "trail_short", "volatility", "score"),
    }
    np.testing.assert_array_equal(answer.series["var_95"], path.values["var_filtered_95_bar"][-301:-1])
    assert answer.curves["liq_leverage"].tolist() == list(LEVERAGES)
    assert len(answer.curves["liq_long"]) == len(answer.curves["liq_short"]) == len(LEVERAGES)
    assert len(answer.curves["stress_loss"]) == len(answer.curves["stress_leverage"]) == len(EVENTS)


def test_the_verdict_says_what_the_score_says() -> None:
    answer = read(WHOLE)
    assert answer.score is not None
    assert answer.verdict is not None
    assert answer.verdict.text == f"riskier than {answer.score:.0%} of the past 30 days"
    assert [note.code for note in answer.notes] == ["approximate_brackets"]


def test_the_declaration_is_complete() -> None:
    assert MODULE in MODULES
    assert MODULE.account
    assert not MODULE.score.directional
    assert "not bearish" in MODULE.explanation
    assert 6 <= sum(spec.on_card for spec in METRICS) <= 9
    assert {spec.group for spec in METRICS if spec.group} == set(MODULE.groups)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: RiskSection(chandelier_calm=5.0, chandelier_stressed=3.0),
        lambda: RiskSection(bracket_caps=(1.0,)),
        lambda: RiskSection(bracket_caps=(), bracket_rates=(), bracket_leverages=()),
        lambda: RiskSection(bracket_caps=(2.0, 1.0), bracket_rates=(0.1, 0.2), bracket_leverages=(2, 1)),
        lambda: RiskSection(bracket_caps=(1.0,), bracket_rates=(1.5,), bracket_leverages=(2.0,)),
        lambda: RiskSection(bracket_caps=(1.0, 2.0), bracket_rates=(0.2, 0.1), bracket_leverages=(2, 1)),
        lambda: RiskSection.model_validate({"weights": {"sharpe": 0.1}}),
        lambda: RiskSection.model_validate({"groups": {"tail": -1.0}}),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"expected|equal|less than"):
        wrong()


IDS = """
atr_14 atr_pct stop_long stop_short stop_pct
chandelier_multiple chandelier_long chandelier_short chandelier_long_pct chandelier_short_pct
vol_forecast vol_day garch_vol garch_day vol_rank target_leverage drawdown_now drawdown_max drawdown_bars ulcer
var_historical_95_bar var_historical_99_bar var_historical_95_day var_historical_99_day
var_cornish_fisher_95_bar var_cornish_fisher_99_bar var_cornish_fisher_95_day var_cornish_fisher_99_day
var_filtered_95_bar var_filtered_99_bar var_filtered_95_day var_filtered_99_day
es_historical_95_bar es_historical_99_bar es_historical_95_day es_historical_99_day
es_cornish_fisher_95_bar es_cornish_fisher_99_bar es_cornish_fisher_95_day es_cornish_fisher_99_day
es_filtered_95_bar es_filtered_99_bar es_filtered_95_day es_filtered_99_day
failures_recent
failures_historical_95 kupiec_historical_95 christoffersen_historical_95
failures_historical_99 kupiec_historical_99 christoffersen_historical_99
failures_cornish_fisher_95 kupiec_cornish_fisher_95 christoffersen_cornish_fisher_95
failures_cornish_fisher_99 kupiec_cornish_fisher_99 christoffersen_cornish_fisher_99
failures_filtered_95 kupiec_filtered_95 christoffersen_filtered_95
failures_filtered_99 kupiec_filtered_99 christoffersen_filtered_99
sharpe sharpe_se sharpe_ewma sharpe_ewma_se sortino sortino_se sortino_ewma sortino_ewma_se
liq_long_5 liq_short_5 liq_long_10 liq_short_10 liq_long_25 liq_short_25 liq_long_50 liq_short_50
liq_long_100 liq_short_100 liq_deviations liq_cluster
stress_covid_2020 survives_covid_2020 stress_may_2021 survives_may_2021 stress_luna_2022 survives_luna_2022
stress_ftx_2022 survives_ftx_2022 stress_yen_2024 survives_yen_2024 beta
"""


def test_the_ids_are_a_contract() -> None:
    assert [spec.id for spec in METRICS] == IDS.split()
    assert [spec.name for spec in SCALARS] == ["risk.market", "risk.tail", "risk.surprise"]
