"""Module B where something is missing: each hole has its reason, the rest stands, coverage says how much."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.features.garch import fit_garch
from analysis.features.markov_fit import fit_switching
from analysis.framework.answer import compute
from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis
from analysis.regime.fit import RegimeFit
from analysis.regime.inputs import RegimeInputs
from analysis.regime.metrics import METRICS
from analysis.regime.specs import GARCH, HALF_LIFE, SWITCHING
from analysis.volat_regime import MODULE
from tests.analysis.regime.readings import CONFIG, fits_of, read
from tests.modules.inputs.regime import BARS, bare_of, whole_of
from tests.support.recorded import bars_of, walk_bars
from utils.binance_api.bars import Bars

SOURCES = {
    "premium": {"premium_bps", "premium_z"},
    "funding": {"funding_8h"},
    "quarterly": {"basis_annual", "days_to_delivery"},
    "implied_volatility": {"iv30", "iv_premium", "iv_rv_spread"},
}
FIELDS = {"implied_volatility": "implied"}
FITTED = {spec.id for spec in METRICS if spec.family in (GARCH, HALF_LIFE, SWITCHING)}


def codes(answer: Analysis) -> dict[str, str]:
    return {metric.id: metric.reason.code for metric in answer.missing if metric.reason is not None}


def assert_holes_are_named(answer: Analysis) -> None:
    assert all(metric.reason is not None and metric.reason.text for metric in answer.missing)
    assert all(scalar.reason is not None for scalar in answer.scalars if scalar.value is None)
    assert answer.score is not None or answer.null_reasons


def without(source: str) -> RegimeInputs:
    """Whole inputs whose source does not answer."""
    down = Reason("source_down", {"source": "binance.futures"})
    inputs = replace(whole_of(BARS), missing={source: down})
    return replace(inputs, **{FIELDS.get(source, source): None})  # type: ignore[arg-type]


def test_thirty_bars_have_some_metrics_and_no_score() -> None:
    answer = read(bare_of(BARS.tail(30)))
    assert_holes_are_named(answer)
    assert answer.score is None
    assert answer.null_reasons[0].code == "low_coverage"
    assert 0 < answer.coverage < 0.5
    assert answer.labels == {}
    assert answer.verdict is None
    for name in ("hv_yang_zhang", "hv_parkinson", "atr_pct", "bb_width", "rei", "rei_abs"):
        assert answer.metric(name).value is not None, name
    reason = answer.metric("hurst_dfa").reason
    assert reason is not None
    assert reason.text == "needs 257 bars, has 30"
    assert answer.scalars[0].value is None
    assert answer.percentile is None


@pytest.mark.parametrize("rows", [7, 15, 24, 64, 129, 257, 300, 700, 1001, 1500])
def test_any_short_history_is_answered(rows: int) -> None:
    assert_holes_are_named(read(bare_of(BARS.tail(rows))))


def test_what_a_short_history_needs_is_what_it_takes() -> None:
    for name, needs in (("vr_joint", 129), ("hurst_rs", 257), ("entropy_5", 501), ("jump_z", 101)):
        short, enough = (read(bare_of(BARS.tail(rows))).metric(name) for rows in (needs - 1, needs))
        assert short.value is None
        assert short.reason is not None
        assert short.reason.params == {"needs": needs, "has": needs - 1}
        assert enough.value is not None


def test_three_hundred_bars_have_a_score_and_no_fits() -> None:
    answer = read(bare_of(BARS.tail(400)))
    assert answer.score is not None
    assert "regime_label" in answer.labels
    assert {name for name, code in codes(answer).items() if code == "too_few_bars"} >= (
        FITTED | {"har_vol", "entropy_3"}
    )
    assert answer.metric("stress_level").value == answer.metric("vol_percentile").value


def flat(n: int) -> Bars:
    prices = {name: np.full(n, 100.1) for name in ("open", "high", "low", "close")}
    return bars_of(BARS.open_time[:n].copy(), {**prices, "volume": np.ones(n)}, np.full(n, 100.1))


def test_constant_prices_have_no_score() -> None:
    answer = read(bare_of(flat(1900)))
    assert_holes_are_named(answer)
    assert answer.score is None
    assert answer.verdict is None
    for name in ("hv_yang_zhang", "vol_percentile", "hurst_dfa", "vr_joint", "fdi_z", "entropy_4", "atr_pct"):
        assert codes(answer)[name] == "constant", name
    assert codes(answer)["garch_vol"] == "not_converged"
    assert codes(answer)["markov_stressed"] == "not_converged"


def test_zero_volume_changes_nothing() -> None:
    zero = np.zeros(len(BARS))
    silent = read(whole_of(replace(BARS, volume=zero, quote_volume=zero)))
    assert [m.value for m in silent.metrics] == [m.value for m in read(whole_of(BARS)).metrics]


def test_a_gap_is_said_and_costs_quality() -> None:
    keep = np.r_[0:1500, 1503:2000]
    answer = read(bare_of(BARS._pick(keep)))
    assert "bars missing in the exchange's history: 3" in [note.text for note in answer.notes]
    assert answer.scalars[0].quality == pytest.approx(1997 / 2000)
    assert answer.score is not None


@pytest.mark.parametrize("source", list(SOURCES))
def test_each_missing_source_costs_its_metrics_alone(source: str) -> None:
    left, right = read(whole_of(BARS)), read(without(source))
    assert {name for name, code in codes(right).items() if code == "source_down"} == SOURCES[source]
    assert right.score == left.score
    assert right.labels == left.labels
    for mine, theirs in zip(left.metrics, right.metrics, strict=True):
        assert theirs.id in SOURCES[source] or mine.value == theirs.value, mine.id


def test_unconverged_fits_are_reported_and_the_rank_carries_the_state() -> None:
    failed = {
        at: RegimeFit(
            replace(
                fit.garch or fit_garch(np.zeros(5)), converged=False, reason="the likelihood still rises"
            ),
            replace(fit.switching or fit_switching(np.zeros(5)), converged=False, reason="it still rises"),
            fit.variance,
        )
        for at, fit in fits_of(whole_of(BARS)).items()
    }
    answer = compute(MODULE, whole_of(BARS), failed, CONFIG)
    missing = codes(answer)
    for name in FITTED | {"iv_premium"}:
        assert missing[name] == "not_converged", name
    assert answer.score == read(whole_of(BARS)).score
    assert answer.metric("stress_level").value == answer.metric("vol_percentile").value
    assert "volatility_state" in answer.labels
    assert np.isnan(answer.curves["cone_garch"]).all()
    stress = next(scalar for scalar in answer.scalars if scalar.name == "regime.stress")
    assert stress.value is None
    assert stress.reason is not None
    assert stress.reason.code == "not_converged"


def test_a_bound_of_the_fits_is_a_note() -> None:
    fits = {
        at: replace(
            fit,
            garch=None if fit.garch is None else replace(fit.garch, at_bound=True),
            switching=None if fit.switching is None else replace(fit.switching, at_bound=True),
        )
        for at, fit in fits_of(bare_of(BARS)).items()
    }
    notes = [note.code for note in compute(MODULE, bare_of(BARS), fits, CONFIG).notes]
    assert notes == ["ahead_rougher", "best_forecast", "short_year", "garch_at_bound", "markov_at_bound"]


def test_shocks_that_never_fade_have_no_half_life_and_no_pull() -> None:
    fits = {
        at: fit if fit.garch is None else replace(fit, garch=replace(fit.garch, alpha=0.1, beta=0.9))
        for at, fit in fits_of(bare_of(BARS)).items()
    }
    answer = compute(MODULE, bare_of(BARS), fits, CONFIG)
    assert codes(answer)["garch_half_life"] == "no_decay"
    assert answer.metric("garch_month").value == pytest.approx(answer.metric("garch_vol").value)


def test_short_bars_say_how_many_days_they_are_compared_with() -> None:
    quick = replace(walk_bars(1200, interval="5m"), symbol="BTCUSDT")
    notes = {note.code: note.text for note in read(bare_of(quick)).notes}
    assert notes["short_year"] == "ranks compare with the last 4 days"
    assert notes["fitted_on"] == "P(trend) uses the table of 15m bars"


def test_weekly_bars_have_too_few_past_values_for_a_rank() -> None:
    weekly = walk_bars(400, interval="1w")
    answer = read(bare_of(weekly))
    assert_holes_are_named(answer)
    reason = answer.metric("vol_percentile").reason
    assert reason is not None
    assert reason.text == "needs 100 past values, has 52"
    assert codes(answer)["stress_level"] == "few_past_values"
    assert "volatility_state" not in answer.labels
    assert answer.verdict is not None
    assert answer.verdict.code in {"trend_regime", "range_regime", "between_regime"}
