"""One moment of each score: card, chart, explanation, all scores, and JSON say the same number, sign, unit and word."""

import re
from dataclasses import replace
from typing import Any, Final

import pytest

from analysis.framework.question import Request
from analysis.framework.reasons import Message
from bot.http_api.composite_shape import composite_answer
from composite.declared import BY_NAME, SCORES
from composite.result import Composite
from handlers.composites.board import Board
from handlers.composites.board_card import board_caption
from handlers.composites.inputs import input_title
from handlers.composites.registry import ONE, look_of_score
from handlers.composites.score_card import score_caption, score_text
from handlers.composites.score_why import score_why_caption, score_why_text
from handlers.render.html import plain, unbroken
from handlers.render.theme import theme_of
from handlers.render.tones import SIGNS, TONE_WORDS
from handlers.render.words import message_text, score_word
from tests.handlers.composites.harness import ScoreHarness
from tests.handlers.composites.sample import composite
from tests.handlers.composites.views import board_view, view_of
from tests.handlers.harness import ALI, ANN, MESSAGES

NUMBERS: Final = [score.name for score in SCORES if not score.is_weights]
MOMENTS: Final = ((0.68, 0.09), (0.31, 0.06), (0.5, 0.02), (0.96, 0.004), (0.07, None))
PEOPLE: Final = {"en": ANN, "tr": replace(ALI, id=7)}


def at(name: str, score: float, uncertainty: float | None) -> Composite:
    """A whole answer; one that points somewhere says so, as computed ones do."""
    changes: dict[str, Any] = {
        "score": score,
        "uncertainty": uncertainty,
        "null_reasons": (),
        "coverage": 1.0,
    }
    made = composite(name, **changes)
    if not made.steps:
        made = replace(made, raw=score)
    if BY_NAME[name].directed:
        made = replace(made, verdict=look_of_score(name).verdict(replace(made, verdict=None)))
    return made


def local(value: float, decimals: int, language: str, *, sign: bool = False) -> str:
    text = f"{value:+.{decimals}f}" if sign else f"{value:.{decimals}f}"
    return text.replace(".", ",") if language == "tr" else text


async def drawn_texts(result: Composite, language: str) -> list[str]:
    """What the picture under which the card stands says, with the labels that the chat gives it."""
    harness = ScoreHarness()
    harness.scores.change = lambda made: result
    await harness.type(f"/{ONE[result.name].commands[0]} btc 4h", PEOPLE[language])
    ((shown, _, labels),) = harness.charts.drawn
    scene = look_of_score(result.name).chart.draw(shown, theme_of("dark"), labels)
    return [item.text.replace("−", "-") for item in scene.texts]


@pytest.mark.parametrize("language", MESSAGES.languages)
@pytest.mark.parametrize(("score", "uncertainty"), MOMENTS)
@pytest.mark.parametrize("name", NUMBERS)
async def test_a_number_is_the_same_wherever_it_stands(
    name: str, score: float, uncertainty: float | None, language: str
) -> None:
    result, look, tr = at(name, score, uncertainty), look_of_score(name), MESSAGES.of(language)
    said = composite_answer(result, Request("BTCUSDT", "4h"))
    assert said[BY_NAME[name].score_name] == said["score"] == score
    number = local(said["score"], 2, language)
    error = said["uncertainty"]
    spread = (
        ""
        if error is None
        else "<" + local(0.01, 2, language)
        if error < 0.005
        else local(error, 2, language)
    )
    beside = f"{number} ± {spread}" if spread else number
    word, sign = score_word(result, look, tr), SIGNS[look.tone(result)]
    view = view_of(result, language)
    for shown in (score_caption(view), score_text(view), score_why_caption(view), score_why_text(view)):
        assert f"{sign} {beside} {word}".strip() in plain(shown)
    texts = await drawn_texts(result, language)
    assert number in texts
    assert not spread or f"±{spread}" in texts
    picture_sign = "◆" if look.tone(result) == "neutral" else sign
    assert not word or f"{picture_sign} {word}" in texts
    board = replace(board_view(language), board=Board("4h", (result,)))
    (row,) = [
        line for line in plain(board_caption(board)).split("\n") if line.startswith(tr.gettext(look.row))
    ]
    assert (f"{number}±{spread}" if spread else number) in row
    tone_word = TONE_WORDS[look.tone(result)]
    assert not tone_word or row.endswith((f" {tr.gettext(tone_word)}", f" {sign}"))
    if said["verdict"] is None:
        assert word == ""
    else:
        assert said["verdict"]["text"] == score_word(result, look, MESSAGES.of("en"))
        assert word == message_text(
            Message(said["verdict"]["code"], (result.verdict or Message("")).params), tr
        )


@pytest.mark.parametrize("language", MESSAGES.languages)
@pytest.mark.parametrize("name", NUMBERS)
async def test_what_adds_up_to_it_has_one_sign_and_size_on_card_in_picture_and_in_json(
    name: str, language: str
) -> None:
    result, tr = at(name, 0.68, 0.09), MESSAGES.of(language)
    said = composite_answer(result, Request("BTCUSDT", "4h"))
    shown, texts = plain(score_why_text(view_of(result, language))), await drawn_texts(result, language)
    terms = [(tr.gettext(input_title(one["input"])), one["contribution"]) for one in said["contributions"]]
    for title, added in terms:
        if not added:
            continue
        size = local(added, 3, language, sign=True)
        (row,) = [line for line in shown.split("\n") if line.startswith(title) and line.endswith(f" {size}")]
        assert row
        assert texts[texts.index(title) + 1] == size
    for one in result.parts:
        if one.value is None:
            assert said[one.name] is None
            continue
        title = unbroken(tr.gettext(look_of_score(name).part_title(one.name)))
        found = re.search(rf"{re.escape(title)}\u00a0([-+]?[\d.,]+)", shown)
        assert found is not None
        assert float(found[1].replace(",", ".")) == pytest.approx(said[one.name], abs=0.006)
        assert found[1].startswith(("+", "-")) == (one.low < one.neutral == 0)


@pytest.mark.parametrize("language", MESSAGES.languages)
async def test_weights_are_the_same_wherever_they_stand(language: str) -> None:
    result = composite("optimal_allocation")
    said = composite_answer(result, Request("BTCUSDT", "1d"))
    shares = said["optimal_allocation_weights"]
    assert sum(shares.values()) == pytest.approx(1)
    harness = ScoreHarness()
    harness.scores.change = lambda made: result
    await harness.type("/oa btc eth", PEOPLE[language])
    ((drawn, _, labels),) = harness.charts.drawn
    texts = [
        item.text for item in look_of_score(result.name).chart.draw(drawn, theme_of("dark"), labels).texts
    ]
    for coin, share in shares.items():
        (row,) = [line for line in harness.answer.plain.split("\n") if line.startswith(f"{coin} ")]
        assert re.search(rf"[ %]{100 * share:.0f} ?%?\b", row)
        assert any(f"{100 * share:.0f}" in text for text in texts if "%" in text)
