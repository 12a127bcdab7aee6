"""Options in module C: a skew centred on its own past, gamma that is context, and honest holes."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.deriv_sentim import MODULE
from analysis.features import gamma_exposure
from analysis.framework.answer import compute
from analysis.framework.result import Analysis, Metric
from analysis.sentiment.inputs import SentimentInputs
from analysis.sentiment.option_rows import GAMMA_FIGURES, by_hour
from analysis.sources.option_gamma import gamma_to_record
from analysis.sources.option_jobs import option_gamma
from analysis.sources.option_surface import OptionSurface
from tests.modules.inputs import sentiment as made
from tests.support.made_options import made_chain
from utils.binance_api.answers import Answer
from utils.binance_api.intervals import HOUR
from utils.recorder.option_figures import NOTHING_BESIDE, Beside, recorded_chain, summary_of

WHOLE = made.whole()
SPOT = float(WHOLE.bars.close[-1])


def surface() -> OptionSurface:
    assert WHOLE.options is not None
    return WHOLE.options


def read(changed: OptionSurface | None, inputs: SentimentInputs = WHOLE) -> Analysis:
    return compute(MODULE, replace(inputs, options=changed), {}, made.config())


def reversal(changed: OptionSurface) -> Metric:
    return read(changed).metric("risk_reversal")


def centred(changed: OptionSurface) -> Metric:
    return read(changed).metric("risk_reversal_z")


def shifted(points: float) -> OptionSurface:
    """A past of the skew around that of now plus so many points."""
    now = reversal(surface()).value
    assert now is not None
    noise = 0.5 * np.random.default_rng(3).standard_normal(len(surface().known_at))
    return replace(surface(), reversal=now + points + noise)


def code(metric: Metric) -> str | None:
    return None if metric.reason is None else metric.reason.code


def test_the_skew_votes_by_its_place_in_its_own_past() -> None:
    """Negative now, but higher than usual: a vote for longs; the same value below its past votes for shorts."""
    now = reversal(surface())
    assert now.value is not None
    assert now.value < 0
    assert now.weight == 0
    above, below = centred(shifted(-2.0)), centred(shifted(2.0))
    assert above.value is not None
    assert above.signal is not None
    assert above.signal == pytest.approx(np.tanh(above.value / 2))
    assert above.signal > 0.8
    assert below.signal is not None
    assert below.signal < -0.8
    assert abs(centred(shifted(0.0)).signal or 1.0) < 0.3
    assert above.contribution > 0 > below.contribution


def test_too_little_recorded_leaves_the_value_without_a_vote() -> None:
    known = surface().known_at[-40:]
    found = read(replace(surface(), known_at=known, reversal=np.full(40, -3.0)))
    assert found.metric("risk_reversal").value is not None
    metric = found.metric("risk_reversal_z")
    assert (metric.value, metric.signal, metric.contribution) == (None, None, 0)
    assert (code(metric), metric.reason and metric.reason.params) == (
        "few_recorded",
        {"needs": 48, "has": 10},
    )
    assert found.coverage == pytest.approx(1 - 0.2 / 1.2)


def test_each_hour_counts_once() -> None:
    known = np.array([0, 10, 20, HOUR, HOUR + 5, 3 * HOUR], np.int64)
    times, values = by_hour(known, np.arange(6.0))
    assert times.tolist() == [20, HOUR + 5, 3 * HOUR]
    assert values.tolist() == [2.0, 4.0, 5.0]
    assert len(by_hour(np.empty(0, np.int64), np.empty(0))[0]) == 0


def test_a_skew_between_no_two_expiries_is_missing_now_and_not_the_recorded_one() -> None:
    short = made_chain(WHOLE.as_of, SPOT, {5.0: (0.5, -0.3, 0.4), 20.0: (0.5, -0.3, 0.4)})
    found = read(replace(surface(), chain=short))
    for name in ("risk_reversal", "risk_reversal_z", "butterfly", "atm_iv", "risk_reversal_90d"):
        assert (found.metric(name).value, code(found.metric(name))) == (None, "not_enclosed"), name
    assert found.metric("risk_reversal_7d").value is not None
    assert found.metric("gamma_gross").value is not None


def test_expiries_within_two_days_are_no_part_of_the_term_structure() -> None:
    near = made_chain(
        WHOLE.as_of, SPOT, {1.0: (0.9, -3.0, 0.4), 20.0: (0.5, -0.1, 0.4), 40.0: (0.5, -0.1, 0.4)}
    )
    found = read(replace(surface(), chain=near))
    assert code(found.metric("risk_reversal_7d")) == "not_enclosed"
    assert found.curves["skew_days"].tolist() == pytest.approx([20.0, 40.0])


def test_gamma_is_that_of_the_chain_and_moves_no_score() -> None:
    found, bare = read(surface()), read(None)
    chain = surface().chain
    assert chain is not None
    options = gamma_exposure.open_options(chain, WHOLE.as_of)
    strikes, level = gamma_exposure.by_strike(options), gamma_exposure.zero_gamma(options)
    assert level is not None
    assert found.metric("gamma_gross").value == pytest.approx(strikes.gross)
    assert found.metric("gamma_net_share").value == pytest.approx(100 * strikes.net_share)
    assert found.metric("zero_gamma").value == pytest.approx(level * SPOT)
    assert found.metric("gamma_strike").value == strikes.largest(1)[0]
    np.testing.assert_array_equal(found.curves["gamma_calls"], strikes.calls)
    for name in ("gamma_gross", "gamma_net_share", "gamma_strike", "zero_gamma"):
        assert (found.metric(name).weight, found.metric(name).contribution) == (0, 0)
    assert "gamma_strike" not in bare.curves


def test_a_part_of_the_open_interest_is_no_total() -> None:
    chain = surface().chain
    assert chain is not None
    held = np.where(chain.expiry == chain.expiries[1], np.nan, chain.open_interest)
    found = read(replace(surface(), chain=replace(chain, open_interest=held)))
    assert (found.metric("gamma_gross").value, code(found.metric("gamma_gross"))) == (None, "no_data")
    assert code(found.metric("zero_gamma")) == "no_data"
    assert found.metric("risk_reversal").value is not None
    held = chain.open_interest.copy()
    held[0] = np.nan
    one = read(replace(surface(), chain=replace(chain, open_interest=held)))
    assert one.metric("gamma_gross").value is not None
    nothing = read(replace(surface(), chain=replace(chain, open_interest=np.zeros(len(chain)))))
    assert (nothing.metric("gamma_gross").value, code(nothing.metric("zero_gamma"))) == (None, "no_data")


def test_a_net_gamma_that_keeps_its_sign_has_no_zero_level() -> None:
    chain = surface().chain
    assert chain is not None
    calls = replace(chain, open_interest=np.where(chain.is_call, 1.0, 0.0))
    found = read(replace(surface(), chain=calls))
    assert (found.metric("zero_gamma").value, code(found.metric("zero_gamma"))) == (None, "keeps_sign")
    assert found.metric("gamma_net_share").value == pytest.approx(100.0)


def test_a_past_without_a_record_has_the_recorded_skew_alone() -> None:
    past = made.cut(WHOLE, 700)
    found = compute(MODULE, past, {}, made.config())
    assert past.options is not None
    assert found.metric("risk_reversal").value == past.options.reversal[-1]
    assert found.metric("risk_reversal_z").signal is not None
    assert code(found.metric("gamma_gross")) == code(found.metric("butterfly")) == "no_history"
    assert found.curves == {}
    assert found.metric("dvol").value is not None


def recorded(changed: OptionSurface, measured: Beside | None = None) -> OptionSurface:
    """The surface as it is known of a past moment: what the recorder kept of the chain."""
    assert changed.chain is not None
    answer = Answer(changed.chain, changed.as_of, "made.chain", changed.as_of)
    measured = option_gamma(changed.chain, changed.as_of) if measured is None else measured
    return replace(changed, chain=None, record=recorded_chain(summary_of(answer, "deribit", measured)))


def test_the_past_has_the_surface_and_the_gamma_that_were_recorded() -> None:
    live, past = read(surface()), read(recorded(surface()))
    names = ("butterfly", "atm_iv", "risk_reversal_7d", "risk_reversal_90d", *GAMMA_FIGURES)
    for name in names:
        assert past.metric(name).value == pytest.approx(live.metric(name).value), name
        assert past.metric(name).value is not None, name
    for name in ("skew_days", "skew_reversal", "skew_iv"):
        np.testing.assert_allclose(past.curves[name], live.curves[name])
    for name in ("gamma_strike", "gamma_calls", "gamma_puts"):
        np.testing.assert_allclose(past.curves[name], live.curves[name], atol=0.5)


def test_strikes_with_next_to_no_gamma_are_not_recorded() -> None:
    chain = surface().chain
    assert chain is not None
    lowest = chain.strike.min()
    held = np.where(chain.strike == lowest, 1e-9, chain.open_interest)
    past = read(recorded(replace(surface(), chain=replace(chain, open_interest=held))))
    assert lowest not in past.curves["gamma_strike"]
    assert len(past.curves["gamma_strike"]) == len(np.unique(chain.strike)) - 1


def test_a_record_without_gamma_has_the_surface_alone() -> None:
    past = read(recorded(surface(), NOTHING_BESIDE))
    assert past.metric("butterfly").value is not None
    assert "gamma_strike" not in past.curves
    for name in GAMMA_FIGURES:
        assert (past.metric(name).value, code(past.metric(name))) == (None, "no_history"), name
    chain = surface().chain
    assert chain is not None
    calls = replace(chain, open_interest=np.where(chain.is_call, 1.0, 0.0))
    keeps = read(recorded(replace(surface(), chain=calls)))
    assert code(keeps.metric("zero_gamma")) == "keeps_sign"


def test_gamma_of_a_part_of_the_options_is_not_recorded() -> None:
    chain = surface().chain
    assert chain is not None
    held = np.where(chain.expiry == chain.expiries[1], np.nan, chain.open_interest)
    assert gamma_to_record(replace(chain, open_interest=held), WHOLE.as_of) == ({}, ())


def test_the_answer_names_the_source_of_its_options() -> None:
    assert read(surface()).notes[-1].text == "25Δ skew -4.1 pts (Deribit)"
    short = made_chain(WHOLE.as_of, SPOT, {5.0: (0.5, -0.3, 0.4)})
    assert read(replace(surface(), chain=short)).notes[-1].text == "options: Deribit"
    assert not any(note.code in {"options_from", "skew_from"} for note in read(None).notes)
