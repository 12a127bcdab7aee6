"""The row of a published score: what it is a score of, what it rests on, and nothing that JSON cannot keep."""

from dataclasses import replace

import pytest

from analysis.framework.question import Basket, Instrument, Request, asked_of
from analysis.framework.reasons import Reason
from composite.published import published, series_of
from composite.result import Gate, Step
from tests.support.composites import AS_OF, CLOSE, NO_LEVERAGE, sample_composite, sample_contributions

ASKED = Request("BTCUSDT", "4h")
BASKET = Basket((Instrument("spot", "ETHUSDT"), Instrument("futures", "BTCUSDT")), "majors")


def test_a_closed_bar_has_one_row_whenever_it_is_shown() -> None:
    first, again = (published(sample_composite(as_of=AS_OF + later), ASKED) for later in (0, 900_000))
    assert first.ts == again.ts == first.bar_close == CLOSE
    assert first.key == again.key
    assert (first.as_of, again.as_of) == (AS_OF, AS_OF + 900_000)


def test_a_running_score_has_one_row_a_minute() -> None:
    moments = [
        published(sample_composite(is_final=False, as_of=AS_OF + later), ASKED).ts
        for later in (0, 59_999, 60_000)
    ]
    assert moments == [AS_OF, AS_OF, AS_OF + 60_000]


def test_the_row_is_found_by_the_question_that_was_asked() -> None:
    assert published(sample_composite(), ASKED).series == series_of("trend_strength", ASKED)
    basket, asked = sample_composite(market="futures", basket=BASKET), asked_of(BASKET, "4h")
    assert published(basket, asked).series == series_of("trend_strength", asked)
    assert published(basket, asked).subject == "BTCUSDT.P,ETHUSDT"


def test_a_score_of_the_perpetual_stands_under_the_market_that_was_asked_for() -> None:
    assert published(sample_composite(market="futures"), ASKED).series == series_of("trend_strength", ASKED)


def test_a_basket_is_its_members_whatever_it_is_called() -> None:
    renamed = replace(BASKET, name=None)
    assert series_of("x", asked_of(BASKET, "4h")) == series_of("x", asked_of(renamed, "4h"))


def test_the_inputs_explain_the_number() -> None:
    row = published(
        sample_composite(
            steps=(Step("rank", 0.01),), gates=(Gate("flow.fragility", 0.4, 0.8, closed=False),)
        ),
        ASKED,
    )
    contributions = row.inputs["contributions"]
    assert isinstance(contributions, list)
    assert sum(one["contribution"] for one in contributions) == pytest.approx(-0.1743, abs=1e-12)
    assert contributions[1]["input"] == "sentiment.tilt"
    assert contributions[1]["quality"] == 0.9
    assert row.inputs["multipliers"] == {"trend.strength": 0.73, "regime.p_trend": 0.61}
    assert row.inputs["steps"] == {"rank": 0.01}
    assert row.inputs["gates"] == [{"name": "flow.fragility", "value": 0.4, "limit": 0.8, "closed": False}]
    assert row.inputs["parts"] == {"direction": -0.5225, "strength": 0.6673}


def test_a_withheld_score_keeps_why_and_a_missing_input_stays_missing() -> None:
    first, *rest = sample_contributions()
    gone = replace(first, value=None, contribution=0.0, effective=0.0, reason=NO_LEVERAGE)
    withheld = sample_composite(
        score=None, raw=None, contributions=(gone, *rest), null_reasons=(Reason("low_coverage"),)
    )
    row = published(withheld, ASKED)
    assert (row.score, row.raw, row.inputs["null_reasons"]) == (None, None, ["low_coverage"])
    contributions = row.inputs["contributions"]
    assert isinstance(contributions, list)
    assert (contributions[0]["value"], contributions[0]["reason"]) == (None, "no_data")


def test_numbers_that_are_none_are_null() -> None:
    row = published(
        sample_composite(score=float("nan"), uncertainty=float("inf"), weights={"BTC": float("nan")}),
        ASKED,
    )
    assert (row.score, row.uncertainty, row.inputs["weights"]) == (None, None, {"BTC": None})
