"""Which question a value needs, when it has another answer, and what an answer says of the value."""

from dataclasses import replace

import pytest

from analysis.framework.reasons import Message
from analysis.framework.result import Headline
from analysis.registry import MODULES
from handlers.alerts.catalogue import PRICE, Catalogue
from handlers.alerts.condition import WatchedValue
from handlers.alerts.facts import facts_of
from handlers.alerts.questions import LIVE_MS, SETTLED_MS, AlertQuestion, AlertQuestions
from handlers.alerts.truth import NO_VALUE, CurrentValue
from handlers.composites.registry import ONE
from tests.handlers.sample import analysis
from tests.support.composites import sample_composite

HOUR = 3_600_000
NOW_MS = 1_781_703_420_000  # 13:37


@pytest.fixture
def questions(everything: Catalogue) -> AlertQuestions:
    return AlertQuestions(everything, MODULES, ONE.values())


@pytest.mark.parametrize(
    ("watched", "asked"),
    [
        (PRICE, AlertQuestion("price", "price", "BTCUSDT", "spot", "")),
        (WatchedValue("score", "trend"), AlertQuestion("module", "trend", "BTCUSDT", "spot", "1h")),
        (
            WatchedValue("metric", "trend", "rsi_14", "4h"),
            AlertQuestion("module", "trend", "BTCUSDT", "spot", "4h"),
        ),
        (WatchedValue("score", "flow"), AlertQuestion("module", "flow", "BTCUSDT", "spot", "1m")),
        (
            WatchedValue("composite", "trend_strength", "", "1d"),
            AlertQuestion("composite", "trend_strength", "BTCUSDT", "spot", "1d"),
        ),
    ],
)
def test_the_question_of_a_value(
    questions: AlertQuestions, watched: WatchedValue, asked: AlertQuestion
) -> None:
    assert questions.question(watched, "BTCUSDT", "spot", "1h") == asked


def test_values_of_one_answer_share_their_question(questions: AlertQuestions) -> None:
    parts = [("score", ""), ("metric", "rsi_14"), ("metric", "adx_14")]
    asked = {
        questions.question(WatchedValue(kind, "trend", part), "BTCUSDT", "spot", "1h")  # type: ignore[arg-type]
        for kind, part in parts
    }
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("source", "name", "interval", "after_ms"),
    [
        ("module", "trend", "1h", 23 * 60_000 + SETTLED_MS),
        ("module", "trend", "15m", 8 * 60_000 + SETTLED_MS),
        ("module", "trend", "1w", 23 * 60_000 + SETTLED_MS),
        ("composite", "trend_strength", "4h", 143 * 60_000 + SETTLED_MS),
        ("module", "flow", "1m", LIVE_MS),
        ("price", "price", "", LIVE_MS),
        ("composite", "liquidity_pressure", "1h", LIVE_MS),
    ],
)
def test_it_is_asked_again_when_its_answer_is_another(
    questions: AlertQuestions, source: str, name: str, interval: str, after_ms: int
) -> None:
    question = AlertQuestion(source, name, "BTCUSDT", "spot", interval)  # type: ignore[arg-type]
    assert questions.next_ms(question, NOW_MS) == NOW_MS + after_ms


def test_what_an_answer_says(questions: AlertQuestions) -> None:
    result = replace(
        analysis(),
        score=0.62,
        uncertainty=0.01,
        verdict=None,
        labels={"volatility_state": "calm"},
        headlines=(Headline("fragility", 0.4, 0.0, 1.0, 0.0, None, 1.0),),
    )
    said = facts_of(result, "trend")
    trend = WatchedValue("score", "trend")
    assert questions.value(trend, said) == CurrentValue(0.62, "up", 0.02)
    assert questions.value(trend, facts_of(replace(result, verdict=Message("odd")), "trend")).word == "odd"
    assert questions.value(trend, facts_of(replace(result, score=None), "trend")) == NO_VALUE
    rsi = questions.value(WatchedValue("metric", "trend", "rsi_14"), said)
    assert rsi.number == result.metric("rsi_14").value
    assert rsi.margin == pytest.approx(0.001 * abs(rsi.number or 0))
    fragility = questions.value(WatchedValue("score", "flow", "fragility"), said)
    assert fragility == CurrentValue(0.4, None, 0.02)
    assert questions.value(WatchedValue("score", "sentiment", "crowding"), said) == NO_VALUE
    state = WatchedValue("label", "regime", "volatility_state")
    assert questions.value(state, said) == CurrentValue(word="calm")
    assert questions.value(replace(state, part="other"), said) == NO_VALUE


def test_prices_composites_and_nothing(questions: AlertQuestions) -> None:
    assert questions.value(PRICE, 64_000.0) == CurrentValue(64_000.0, None, 64.0)
    assert questions.value(PRICE, None) == NO_VALUE
    strength = WatchedValue("composite", "trend_strength")
    made = sample_composite(score=0.2, uncertainty=0.05)
    assert questions.value(strength, facts_of(made, "trend_strength")) == CurrentValue(0.2, "down", 0.02)
    assert questions.value(strength, facts_of(replace(made, score=None), "trend_strength")) == NO_VALUE
