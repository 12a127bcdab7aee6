"""Module B: no look-ahead, one answer, exact contributions, the words with hysteresis, what travels."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from analysis import volat_regime
from analysis.framework.reasons import Reason
from analysis.framework.refit import refit_times_of
from analysis.framework.result import Analysis
from analysis.regime.state import CALM, NORMAL, STRESSED, last_state, state_rows, stress_level
from config.c_volat import VolatilityConfig
from tests.analysis.regime.readings import BARS, CONFIG, alone, fits_of, read, spoiled, traced, whole
from tests.analysis.trend.readings import columns
from tests.support.recorded import walk_bars

WHOLE = whole(BARS)
IDS = [
    *("vr_z", "hurst_z", "fdi_z", "monotone_share", "rei_abs", "squeeze"),
    *(
        "hv_yang_zhang",
        "vol_percentile",
        "hv_close",
        "hv_close_rank",
        "hv_parkinson",
        "hv_parkinson_rank",
        "hv_garman_klass",
    ),
    *("hv_garman_klass_rank", "atr_pct", "atr_rank", "bb_width", "bb_rank"),
    *(
        "vr_2",
        "vr_4",
        "vr_8",
        "vr_16",
        "vr_2_z",
        "vr_4_z",
        "vr_8_z",
        "vr_16_z",
        "vr_joint",
        "vr_joint_p",
        "rei",
    ),
    *("entropy_3", "entropy_4", "entropy_5", "sign_entropy"),
    *(
        "hurst_dfa",
        "hurst_dfa_low",
        "hurst_dfa_high",
        "hurst_rs",
        "hurst_rs_low",
        "hurst_rs_high",
        "jump_share",
        "jump_z",
    ),
    *(
        "garch_vol",
        "garch_day",
        "garch_month",
        "garch_persistence",
        "garch_half_life",
        "garch_degrees",
        "garch_residual",
        "garch_tail",
    ),
    *("markov_stressed", "markov_calm_vol", "markov_stressed_vol", "stress_level"),
    *("har_vol", "ewma_vol", "har_qlike", "ewma_qlike", "garch_qlike"),
    *(
        "iv30",
        "rv30",
        "iv_premium",
        "iv_rv_spread",
        "premium_bps",
        "premium_z",
        "funding_8h",
        "basis_annual",
        "days_to_delivery",
    ),
]


@pytest.mark.parametrize("cut", [1300, 1790])
def test_nothing_after_t_moves_anything_at_t(cut: int) -> None:
    true = columns(traced(whole(BARS, evidence=True)))
    broken = spoiled(BARS, cut)
    false_inputs = replace(whole(broken, evidence=True), quarterly=whole(BARS).quarterly)
    false = columns(traced(false_inputs))
    assert {name.removeprefix("values.") for name in true if name.startswith("values.")} == set(IDS)
    for name, column in true.items():
        np.testing.assert_array_equal(column[:cut], false[name][:cut], err_msg=name)


def test_readings_beside_the_bars_do_not_look_ahead() -> None:
    base = whole(BARS, evidence=True)
    moment, later = int(BARS.close_time[1500]), slice(1501, None)
    assert not isinstance(base.premium, Reason)
    assert not isinstance(base.funding, Reason)
    assert not isinstance(base.implied, Reason)
    premium, rate, volatility = (
        array.copy() for array in (base.premium.close, base.funding.rate, base.implied.recorded)
    )
    premium[later] = 9.0
    rate[base.funding.time > moment] = 9.0
    volatility[base.implied.known_at > moment] = 900.0
    false = replace(
        base,
        premium=replace(base.premium, close=premium),
        funding=replace(base.funding, rate=rate),
        implied=replace(base.implied, recorded=volatility),
    )
    left, right = traced(base).values, traced(false).values
    for name in ("premium_bps", "premium_z", "funding_8h", "iv30", "iv_premium", "iv_rv_spread"):
        np.testing.assert_array_equal(left[name][:1501], right[name][:1501], err_msg=name)
        assert not np.array_equal(left[name][1501:], right[name][1501:], equal_nan=True), name


def test_compute_is_the_last_row_of_the_evidence() -> None:
    path, answer = traced(whole(BARS, evidence=True)), read(WHOLE)

    def near(value: float) -> object:  # BLAS sums in an order that depends on the number of rows
        return pytest.approx(float(value), rel=1e-12, abs=1e-12)

    assert answer.score == near(path.score[-1])
    assert answer.uncertainty == near(path.uncertainty[-1])
    assert answer.coverage == near(path.coverage[-1])
    for metric in answer.metrics:
        value = path.values[metric.id][-1]
        missing = metric.value is None and not np.isfinite(value)
        assert missing or metric.value == near(value), metric.id
    for scalar in answer.scalars:
        assert scalar.value == near(path.scalars[scalar.name][-1])
    drawn = {
        "p_trend": path.score,
        "vol_percentile": path.values["vol_percentile"],
        "stressed": path.values["markov_stressed"],
        "hv": path.values["hv_yang_zhang"],
        "garch": path.values["garch_vol"],
    }
    for name, column in drawn.items():
        np.testing.assert_allclose(answer.series[name], column[-300:], rtol=1e-12, err_msg=name)


def test_two_orders_one_answer() -> None:
    early = BARS._pick(slice(0, 1900))
    first = [read(alone(bars)) for bars in (early, BARS)]
    second = [read(alone(bars)) for bars in (BARS, early)][::-1]
    for left, right in zip(first, second, strict=True):
        assert left.score == right.score
        assert [m.value for m in left.metrics] == [m.value for m in right.metrics]


def test_fits_depend_on_the_bars_before_their_boundary_alone() -> None:
    some, every = fits_of(alone(BARS)), fits_of(alone(BARS, evidence=True))
    assert len(some) < len(every)
    for at, fit in some.items():
        assert fit == every[at]
        shorter = alone(BARS._pick(slice(100, int(np.searchsorted(BARS.close_time, at)) + 1)))
        if len(shorter.bars) > CONFIG.garch_fit_bars + 1:
            assert volat_regime.fit(shorter, CONFIG, at) == fit


def test_more_fits_than_needed_change_nothing() -> None:
    answer = volat_regime.compute(alone(BARS), fits_of(alone(BARS, evidence=True)), CONFIG)
    assert [m.value for m in answer.metrics] == [m.value for m in read(alone(BARS)).metrics]
    assert answer.labels == read(alone(BARS)).labels


def test_the_start_of_the_history_does_not_move_the_answer() -> None:
    long = walk_bars(3600, seed=4)
    left, right = read(alone(long)), read(alone(long.tail(volat_regime.history(CONFIG, "4h"))))
    assert left.score == right.score
    for mine, theirs in zip(left.metrics, right.metrics, strict=True):
        fades = pytest.approx(theirs.value, rel=1e-9) if theirs.value is not None else None
        assert mine.value == fades, mine.id  # the starts of Wilder's ATR and of EWMA have faded


def test_contributions_add_up_to_score_minus_neutral() -> None:
    answer = read(WHOLE)
    assert answer.score is not None
    base = answer.groups[-1]
    assert base.id == "base"
    assert abs(sum(m.contribution for m in answer.metrics) + base.contribution - (answer.score - 0.5)) < 1e-12
    assert abs(sum(g.contribution for g in answer.groups) - (answer.score - 0.5)) < 1e-12
    assert sum(m.weight for m in answer.metrics) == pytest.approx(1)
    assert {m.id for m in answer.metrics if m.contribution} == {m.id for m in answer.metrics if m.group}


def test_full_inputs_cover_everything() -> None:
    answer = read(WHOLE)
    assert answer.coverage == pytest.approx(1.0)
    assert {m.id: m.reason.code for m in answer.missing if m.reason} in ({}, {"garch_half_life": "no_decay"})
    assert answer.direction is None
    assert answer.percentile is not None
    assert all(len(column) == 300 for column in answer.series.values())
    assert len({len(curve) for curve in answer.curves.values()}) == 1
    assert set(answer.labels) == {"regime_label", "volatility_state"}
    assert all(word in volat_regime.MODULE.labels[key] for key, word in answer.labels.items())
    assert answer.verdict is not None
    assert answer.verdict.text.startswith(f"{answer.labels['regime_label']} regime")


def test_answer_and_inputs_travel_between_processes() -> None:
    assert pickle.loads(pickle.dumps(read(WHOLE))).score == read(WHOLE).score  # noqa: S301
    jobs = pickle.loads(pickle.dumps((volat_regime.compute, WHOLE, fits_of(WHOLE), CONFIG)))  # noqa: S301
    again: Analysis = jobs[0](*jobs[1:])
    assert again.score == read(WHOLE).score


def test_declarations_fit_the_card() -> None:
    module = volat_regime.MODULE
    assert [spec.id for spec in module.metrics] == IDS
    assert all(0 < len(spec.title) <= 14 for spec in module.metrics)
    assert len({spec.title for spec in module.metrics}) == len(IDS)
    assert 6 <= sum(spec.on_card for spec in module.metrics) <= 9
    assert {spec.name for spec in module.scalars} == {
        "regime.p_trend",
        "regime.vol_percentile",
        "regime.stress",
    }


def test_boundaries_are_those_of_the_rows_shown() -> None:
    rows = 300 + CONFIG.replay_bars + CONFIG.stress_bars
    wanted = refit_times_of(BARS, CONFIG.markov_fit_bars + 1, CONFIG.refit_bars)
    assert volat_regime.refit_times(alone(BARS, evidence=True), CONFIG) == wanted
    shown = volat_regime.refit_times(alone(BARS), CONFIG)
    assert shown == wanted[-len(shown) :]
    assert shown[0] <= BARS.close_time[-rows] < shown[1]


def test_stress_level_is_the_mean_of_rank_and_late_chance() -> None:
    rank, chance = np.array([0.2, 0.4, 0.6, 0.8]), np.array([np.nan, 1.0, 0.0, 0.5])
    np.testing.assert_allclose(stress_level(rank, chance, 2), [0.2, 0.4, 0.55, 0.525])


def test_states_hold_until_the_level_has_left_their_band() -> None:
    level = np.array([0.5, 0.81, 0.65, 0.59, 0.7, 0.19, 0.3, 0.36, 0.3])
    config = VolatilityConfig(replay_bars=1)
    assert last_state(level[:2], config) == STRESSED
    config = VolatilityConfig(replay_bars=9)
    tail = [last_state(np.concatenate([np.full(9, 0.5), level[: k + 1]]), config) for k in range(len(level))]
    held = [NORMAL, STRESSED, STRESSED, NORMAL, NORMAL, CALM, CALM, NORMAL, NORMAL]
    assert tail == held
    stressed, calm = state_rows(np.random.default_rng(1).uniform(size=500), config)
    assert not np.any((stressed == 1) & (calm == 1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"trend_enter": 0.4},
        {"calm_leave": 0.1},
        {"stress_leave": 0.9},
        {"calm_leave": 0.7},
    ],
)
def test_inconsistent_configuration_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        VolatilityConfig(**wrong)  # type: ignore[arg-type]
