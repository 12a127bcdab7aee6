"""One rule for the word of a score, whatever its uncertainty: card, chart, explanation, other timeframes and JSON."""

import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.framework.direction import MOST_UNCERTAIN, NEUTRAL_BAND, direction_of
from analysis.framework.reasons import Message
from analysis.framework.result import Analysis, OtherTimeframe
from analysis.regime.state import regime_word, verdict
from analysis.registry import MODULES
from bot.http_api.shapes import analysis_answer
from config.c_volat import VolatilityConfig
from handlers.modules.registry import LOOKS
from handlers.render.card import card_caption, card_text, inline_summary
from handlers.render.html import DOT, plain
from handlers.render.tones import SIGNS
from handlers.render.view import ReaderView
from handlers.render.why import why_caption, why_text
from handlers.render.words import message_text, score_word
from tests.handlers.harness import MESSAGES, Harness
from tests.handlers.sample import AS_OF, MODULE, analysis

UNIT = st.floats(0.0, 1.0, allow_nan=False).map(lambda value: round(value, 3))
ERRORS = st.one_of(st.none(), st.floats(0.0, MOST_UNCERTAIN).map(lambda value: round(value, 3)))
LANGUAGES = st.sampled_from(MESSAGES.languages)
LOW, HIGH, NEUTRAL = 0.5 - NEUTRAL_BAND, 0.5 + NEUTRAL_BAND, 0.5


def pointed(score: float, uncertainty: float | None) -> str:
    return direction_of(score, uncertainty, low=0.0, high=1.0, neutral=NEUTRAL)


def module_words(module_id: str, score: float, uncertainty: float | None) -> Message | None:
    """What a module says of a score."""
    if module_id == "trend":
        return Message(pointed(score, uncertainty))
    if module_id == "regime":
        config = VolatilityConfig()
        is_trend = float(score >= config.trend_enter)
        return verdict(regime_word(is_trend, score, uncertainty or 0.0, config), "calm")
    if module_id == "risk":
        return Message("riskier_than", {"share": f"{score:.0%}", "days": 365})
    return Message("ordinary_bar")


def answered(module_id: str, score: float, uncertainty: float | None) -> Analysis:
    """An answer whose every timeframe has the same score."""
    (module,) = (module for module in MODULES if module.id == module_id)
    return analysis(
        module=module_id,
        score=score,
        uncertainty=uncertainty,
        low=module.score.low,
        high=module.score.high,
        neutral=module.score.neutral,
        verdict=module_words(module_id, score, uncertainty),
        other_timeframes=(OtherTimeframe("1h", score, uncertainty=uncertainty),),
        notes=(),
    )


@pytest.mark.parametrize("module_id", [module.id for module in MODULES])
@settings(max_examples=60, deadline=None)
@given(score=UNIT, uncertainty=ERRORS, language=LANGUAGES)
@example(score=0.55, uncertainty=0.05, language="tr")
@example(score=0.26, uncertainty=0.28, language="en")
def test_every_place_says_the_same_word(
    module_id: str, score: float, uncertainty: float | None, language: str
) -> None:
    result, look, tr = answered(module_id, score, uncertainty), LOOKS[module_id], MESSAGES.of(language)
    view = ReaderView(result, MODULE, look, tr, "UTC", AS_OF)
    assert result.verdict is not None
    word, sign = message_text(result.verdict, tr), SIGNS[look.tone(result)]
    assert score_word(result, look, tr) == word  # beside the score on the chart, too
    for shown in (card_text(view), card_caption(view), why_text(view), why_caption(view)):
        headline = plain(shown).split("\n")[2]
        assert headline.startswith(f"{sign} ")
        assert word in headline
    assert word in inline_summary(view)
    row = next(line for line in plain(card_caption(view)).split("\n") if line.startswith("1h\u00a0"))
    arrow = "" if look.bands is not None else sign
    assert [re.sub(r"[\d.,]+$", "", part) for part in row.split(DOT)] == [
        f"1h\u00a0{arrow}",
        f"4h\u00a0{arrow}",
    ]
    said = analysis_answer(result)["verdict"]
    assert said == {"code": result.verdict.code, "text": message_text(result.verdict, MESSAGES.of("en"))}


async def test_the_chart_gets_word_and_tone_of_the_card() -> None:
    for score, uncertainty in ((0.55, 0.05), (0.55, 0.01), (0.3, 0.05), (0.5, 0.2)):
        harness = Harness()
        harness.runner.change = lambda result, s=score, u=uncertainty: replace(result, score=s, uncertainty=u)  # type: ignore[misc]
        await harness.type("/t btc")
        ((_, _, labels),) = harness.charts.drawn
        headline = harness.answer.plain.split("\n")[2]
        assert headline.startswith(SIGNS[labels.tone])
        assert labels.word in headline
        assert labels.word


@settings(max_examples=300)
@given(score=UNIT, uncertainty=ERRORS)
def test_a_direction_is_what_one_standard_error_reaches(score: float, uncertainty: float | None) -> None:
    error = 0.05 if uncertainty is None else uncertainty
    low, high = score - error, score + error
    word = pointed(score, uncertainty)
    assert (word == "up") == (low - NEUTRAL > NEUTRAL_BAND)
    assert (word == "down") == (NEUTRAL - high > NEUTRAL_BAND)
    if word == "between_neutral_up":
        assert low >= LOW - 1e-12
        assert high > HIGH - 1e-12


@pytest.mark.parametrize(
    ("away", "error"), [(0.1, 0.03), (0.05, 0.05), (0.01, 0.005), (0.05, 0.2), (0.03, 0.0)]
)
def test_up_and_down_are_mirror_images(away: float, error: float) -> None:
    assert pointed(NEUTRAL + away, error).replace("up", "down") == pointed(NEUTRAL - away, error)


@given(score=UNIT, uncertainty=st.floats(0.0, 0.4))
def test_a_larger_error_never_makes_a_word_stronger(score: float, uncertainty: float) -> None:
    strength = {"neutral": 0, "between_neutral_up": 1, "between_neutral_down": 1, "up": 2, "down": 2}
    sure = strength[pointed(score, 0.0)]
    if sure == 2:
        assert strength[pointed(score, uncertainty)] >= strength[pointed(score, uncertainty + 0.1)]


@settings(max_examples=200)
@given(score=UNIT, uncertainty=ERRORS)
@pytest.mark.parametrize("module_id", [module.id for module in MODULES if LOOKS[module.id].bands])
def test_a_severity_holds_over_one_standard_error(
    module_id: str, score: float, uncertainty: float | None
) -> None:
    bands = LOOKS[module_id].bands
    assert bands is not None
    tone, error = bands.tone(score, uncertainty), uncertainty or 0.0
    ends = (score - error, score + error)
    if tone == "alert":
        assert min(ends) >= bands.alert
    if tone == "raised":
        assert min(ends) >= bands.raised
    if tone == "calm":
        assert max(ends) < bands.calm
