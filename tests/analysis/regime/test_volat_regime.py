"""Module B: what is drawn, its fits and their times, its labels, what is declared."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.arrays import Floats
from analysis.features.range_har import range_har_forecast
from analysis.framework.answer import compute
from analysis.framework.bar_rules import refit_times
from analysis.framework.question import LATEST, Scope
from analysis.framework.range_forecast import ranges_of
from analysis.regime import values
from analysis.regime.fit import fit
from analysis.regime.forecasts import DAY_FORECASTS
from analysis.regime.horizons import range_har_bars
from analysis.regime.inputs import fit_keys, history
from analysis.regime.values import MEMORIES, Tail
from analysis.volat_regime import MODULE
from config.c_volat import VolatilityConfig
from tests.analysis.regime.readings import CONFIG, fits_of, read, traced
from tests.modules.inputs.regime import BARS, bare_of, garbage, whole_of
from tests.support.recorded import walk_bars

HISTORY = Scope(len(BARS))
WHOLE, EVERY_ROW = whole_of(BARS), whole_of(BARS, HISTORY)
IDS = [
    *("stretch", "er_10", "er_20", "er_40", "slope_rank"),
    *("vr_z", "hurst_z", "fdi_z", "monotone_share", "rei_abs", "squeeze", "p_ahead"),
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
        "vr_2_plain",
        "vr_4_plain",
        "vr_8_plain",
        "vr_16_plain",
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
        "vol_day",
        "range_har_vol",
        "range_har_day",
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
    *("har_vol", "ewma_vol", "range_har_qlike", "har_qlike", "ewma_qlike", "garch_qlike"),
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


def test_sources_beside_the_bars_are_read_where_they_are_known() -> None:
    left, right = traced(EVERY_ROW).values, traced(replace(garbage(EVERY_ROW, 1500), bars=BARS)).values
    for name in (
        "premium_bps",
        "premium_z",
        "funding_8h",
        "basis_annual",
        "iv30",
        "iv_premium",
        "iv_rv_spread",
    ):
        np.testing.assert_array_equal(left[name][:1500], right[name][:1500], err_msg=name)
        assert not np.array_equal(left[name][1500:], right[name][1500:], equal_nan=True), name


@pytest.mark.parametrize("wild", [-1e6, 1e6, np.nan])
def test_nothing_but_the_hurst_metrics_rests_on_hurst(wild: float, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = read(WHOLE)

    def memories(returns: Floats, tail: Tail) -> dict[str, Floats]:
        del tail
        return dict.fromkeys(MEMORIES, np.full(len(returns), wild))

    monkeypatch.setattr(values, "_memory_values", memories)
    found = read(WHOLE)
    for answer in (honest, found):
        assert {answer.metric(name).weight for name in MEMORIES} == {0.0}
    assert found.metric("hurst_dfa").value != honest.metric("hurst_dfa").value
    named = (
        "score",
        "uncertainty",
        "percentile",
        "labels",
        "verdict",
        "notes",
        "scalars",
        "groups",
        "coverage",
    )
    for name in named:
        assert getattr(found, name) == getattr(honest, name), name
    others = [[one for one in answer.metrics if one.id not in MEMORIES] for answer in (honest, found)]
    assert others[0] == others[1]


def test_drawn_lines_are_the_last_rows_of_the_history() -> None:
    path, answer = traced(EVERY_ROW), read(WHOLE)
    drawn = {
        "p_trend": path.score,
        "vol_percentile": path.values["vol_percentile"],
        "stressed": path.values["markov_stressed"],
        "hv": path.values["hv_yang_zhang"],
        "garch": path.values["garch_vol"],
    }
    for name, column in drawn.items():
        # BLAS sums in an order that depends on the number of rows
        np.testing.assert_allclose(answer.series[name], column[-300:], rtol=1e-12, err_msg=name)


def test_fits_depend_on_the_bars_before_their_refit_time_alone() -> None:
    some, every = fits_of(bare_of(BARS)), fits_of(bare_of(BARS, HISTORY))
    assert len(some) < len(every)
    for at, found in some.items():
        assert found == every[at]
        shorter = bare_of(BARS._pick(slice(100, int(np.searchsorted(BARS.close_time, at)) + 1)))
        if len(shorter.bars) > CONFIG.garch_fit_bars + 1:
            assert fit(shorter, CONFIG, at) == found


def test_more_fits_than_needed_change_nothing() -> None:
    answer = compute(MODULE, bare_of(BARS), fits_of(bare_of(BARS, HISTORY)), CONFIG)
    assert [m.value for m in answer.metrics] == [m.value for m in read(bare_of(BARS)).metrics]
    assert answer.labels == read(bare_of(BARS)).labels


def test_the_start_of_the_history_does_not_move_the_answer() -> None:
    long = walk_bars(3600, seed=4)
    left, right = read(bare_of(long)), read(bare_of(long.tail(history(CONFIG, "4h"))))
    assert left.score == right.score
    for mine, theirs in zip(left.metrics, right.metrics, strict=True):
        fades = pytest.approx(theirs.value, rel=1e-9) if theirs.value is not None else None
        assert mine.value == fades, mine.id  # the starts of Wilder's ATR and of EWMA have faded


def test_grouped_metrics_contribute_and_the_base_is_a_step() -> None:
    answer = read(WHOLE)
    assert answer.groups[-1].id == "base"
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
    assert answer.verdict is not None
    assert answer.verdict.code.startswith(answer.labels["regime_label"])


def test_the_first_forecast_is_that_of_the_smallest_trailing_loss() -> None:
    path = traced(EVERY_ROW).values
    assert set(DAY_FORECASTS) == {"range_har_day", "har_vol", "garch_day", "ewma_vol"}
    for row in range(1900, 2000):
        known = {
            name: path[loss][row]
            for name, loss in DAY_FORECASTS.items()
            if np.isfinite(path[loss][row] + path[name][row])
        }
        assert path["vol_day"][row] == path[min(known, key=lambda name: known[name])][row]
    answer = read(WHOLE)
    note = next(one for one in answer.notes if one.code == "best_forecast")
    assert note.params["count"] == CONFIG.qlike_bars
    assert answer.metric("vol_day").value == pytest.approx(path["vol_day"][-1])


def test_a_fit_of_fewer_bars_has_a_key_of_its_own_and_no_range_har() -> None:
    """So a history that begins late leaves nothing behind for who asks about the same moment with all bars."""
    needed = max(range_har_bars(CONFIG, "4h"), CONFIG.garch_fit_bars + 1)
    fits, keys = fits_of(bare_of(BARS, HISTORY)), fit_keys(bare_of(BARS, HISTORY), CONFIG)
    before = {key: int(np.searchsorted(BARS.close_time, key.refit_time)) for key in keys}
    assert min(before.values()) < needed < max(before.values())
    for key, count in before.items():
        assert key.variant == ("" if count >= needed else f"{count} bars before")
        has_enough = count >= range_har_bars(CONFIG, "4h")
        assert (fits[key.refit_time].range_har is not None) == has_enough


def test_range_forecasts_of_a_row_are_those_of_the_fit_in_force() -> None:
    path = traced(EVERY_ROW)
    fits = fits_of(EVERY_ROW)
    row = len(BARS) - 7
    model = fits[max(at for at in fits if at <= BARS.close_time[row])].range_har
    assert model is not None
    rows = ranges_of(BARS).select(slice(row - max(model.spans) + 1, row + 1))
    found = range_har_forecast(model, rows)
    for name, bars in (("range_har_vol", 1), ("range_har_day", 6)):
        annual = 100 * np.sqrt(found[bars][-1] * 365 * 6)
        assert path.values[name][row] == pytest.approx(annual), name
        assert read(WHOLE).metric(name).value == pytest.approx(path.values[name][-1]), name


def test_the_ids_are_a_contract() -> None:
    module = MODULE
    assert [spec.id for spec in module.metrics] == IDS
    assert 6 <= sum(spec.on_card for spec in module.metrics) <= 9
    assert {spec.name for spec in module.scalars} == {
        "regime.p_trend",
        "regime.p_ahead",
        "regime.vol_percentile",
        "regime.stress",
    }


def test_refit_times_are_those_of_the_rows_drawn_or_replayed() -> None:
    rows = 300 + CONFIG.replay_bars + CONFIG.stress_bars
    wanted = refit_times(BARS, CONFIG.markov_fit_bars + 1, CONFIG.refit_bars)
    every, latest = (
        tuple(key.refit_time for key in fit_keys(bare_of(BARS, scope), CONFIG)) for scope in (HISTORY, LATEST)
    )
    assert every == wanted
    assert latest == wanted[-len(latest) :]
    assert latest[0] <= BARS.close_time[-rows] < latest[1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"trend_enter": 0.3},
        {"calm_leave": 0.1},
        {"stress_leave": 0.9},
        {"calm_leave": 0.7},
    ],
)
def test_inconsistent_configuration_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        VolatilityConfig(**wrong)  # type: ignore[arg-type]
