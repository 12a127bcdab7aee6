"""Cards of composite scores: their exact words, widths and limits, whatever the numbers and names are."""

import math
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.framework.reasons import MESSAGES as SENTENCES
from analysis.framework.reasons import Message, Reason
from analysis.registry import MODULES
from composite.declared import SCORES
from composite.result import Composite, Event, Gate, Multiplier, Part, Step
from handlers.composites.board import Board
from handlers.composites.board_card import BoardView, board_block, board_caption, board_text
from handlers.composites.inputs import INPUTS, with_titles
from handlers.composites.record_card import record_caption, record_text
from handlers.composites.registry import ONE, look_of_score
from handlers.composites.scan_card import ScanView, scan_caption, scan_text
from handlers.composites.score_card import score_caption, score_text
from handlers.composites.score_why import score_why_caption, score_why_text
from handlers.composites.terms import for_and_against, input_terms, step_terms
from handlers.composites.view import ScoreView
from handlers.render.card import COLUMNS
from handlers.render.html import CAPTION_LIMIT, TEXT_LIMIT, Html, plain, visible_units
from tests.handlers.composites.sample import (
    NO_FLOW,
    RECORD,
    SAMPLES,
    WITHHELD,
    composite,
    contribution,
    ranking,
)
from tests.handlers.composites.views import board_view, scan_view, score_view, view_of
from tests.handlers.harness import MESSAGES, NOW_MS
from tests.handlers.sample import AS_OF
from utils.sandbox.telegram.text.html import parse_html

GOLDEN = Path(__file__).parents[2] / "golden" / "composites"
LANGUAGES = pytest.mark.parametrize("language", MESSAGES.languages)
EVERY = pytest.mark.parametrize("name", [score.name for score in SCORES])
CARDS: dict[str, Callable[[str], Html]] = {
    "trend_caption": lambda language: score_caption(score_view("trend_strength", language)),
    "trend_past": lambda language: score_caption(score_view("trend_strength", language, past=True)),
    "buy_missing": lambda language: score_text(score_view("buy_opportunity", language)),
    "buy_withheld": lambda language: score_caption(score_view("buy_opportunity", language, **WITHHELD)),
    "risk_why": lambda language: score_why_text(score_view("risk_exposure", language)),
    "pressure_low_coverage": lambda language: score_caption(score_view("liquidity_pressure", language)),
    "allocation": lambda language: score_caption(score_view("optimal_allocation", language)),
    "allocation_why": lambda language: score_why_text(score_view("optimal_allocation", language)),
    "all": lambda language: board_caption(board_view(language)),
    "scan": lambda language: scan_caption(scan_view(language)),
    "record": lambda language: record_text(score_view("trend_strength", language), (RECORD,)),
    "no_record": lambda language: record_text(score_view("trend_strength", language), ()),
}


@LANGUAGES
@pytest.mark.parametrize("card", CARDS)
def test_the_words_of_a_card_are_these(card: str, language: str) -> None:
    shown = CARDS[card](language)
    assert shown + "\n" == (GOLDEN / f"{card}_{language}.html").read_text(encoding="utf-8")


@EVERY
@LANGUAGES
def test_what_is_shown_adds_up_to_the_number_shown(name: str, language: str) -> None:
    result = composite(name)
    if result.score is None or result.raw is None:
        return
    inputs = sum(term.contribution for term in input_terms(result))
    steps = sum(term.contribution for term in step_terms(result))
    assert result.raw == pytest.approx(result.neutral + inputs, abs=1e-9)
    assert result.score == pytest.approx(result.raw + steps, abs=1e-9)
    lines = plain(score_why_text(view_of(result, language))).split("\n")
    start = next(place for place, line in enumerate(lines) if line.startswith(_tr(language, "neutral")))
    end = next(place for place, line in enumerate(lines) if line.startswith("= " + _tr(language, "score")))
    numbers = [float(line.split()[-1].replace(",", ".")) for line in lines[start : end + 1]]
    raws = [place for place, line in enumerate(lines[start:end]) if line.startswith("= ")]
    added = sum(number for place, number in enumerate(numbers[:-1]) if place not in raws)
    assert added == pytest.approx(numbers[-1], abs=0.002)


def test_the_largest_terms_of_the_sum_stand_on_the_card_steps_among_them() -> None:
    pro, contra = for_and_against(composite("risk_exposure"))
    assert [term.title for term in pro[:3]] == ["Rank in its year", "Vol. rank", "Tail losses"]
    assert [term.title for term in contra] == ["Backdrop"]
    assert for_and_against(composite("risk_exposure", score=None)) == ([], [])


@LANGUAGES
def test_what_a_score_is_and_is_not_stands_on_its_card(language: str) -> None:
    said = {name: look_of_score(name).remark for name in ONE}
    assert said["risk_exposure"] == "High risk is not bearish."
    assert said["trend_strength"] == "Says that it is trending, not that it will go on."
    for name, remark in said.items():
        for shown in (score_caption(score_view(name, language)), score_text(score_view(name, language))):
            assert _tr(language, remark) in plain(shown)


@pytest.mark.parametrize(
    ("name", "score", "uncertainty", "word"),
    [
        ("trend_strength", 0.71, 0.08, "▲ 0.71 ± 0.08 up"),
        ("trend_strength", 0.55, 0.06, "• 0.55 ± 0.06 between neutral and up"),
        ("trend_strength", 0.2, 0.05, "▼ 0.20 ± 0.05 down"),
        ("buy_opportunity", 0.9, 0.05, "• 0.90 ± 0.05\u00a0·"),
        ("liquidity_pressure", 0.3, 0.05, "▼ 0.30 ± 0.05 down"),
    ],
)
def test_only_up_neutral_and_down_stand_beside_a_score_without_a_record(
    name: str, score: float, uncertainty: float, word: str
) -> None:
    shown = plain(score_text(score_view(name, score=score, uncertainty=uncertainty, percentile=0.5)))
    assert word in shown
    assert "± one sigma of the inputs" in shown


def test_a_withheld_score_says_by_what_and_shows_no_number() -> None:
    shown = plain(score_caption(score_view("buy_opportunity", **WITHHELD)))
    assert "No score: 10,000 USDT do not fit in the visible book" in shown
    assert "Age of the data: –, withholds the score (no live order flow now)" in shown
    assert "±" not in shown
    why = plain(score_why_text(score_view("buy_opportunity", **WITHHELD)))
    assert "= raw, withheld            0.570" in why
    assert "Fragile book: 0.97 of 0.90, withholds the score" in why


def test_one_row_for_every_score_and_below_them_the_coverage_that_is_not_whole() -> None:
    lines = plain(board_text(board_view())).split("\n")
    assert [row[:8].rstrip() for row in lines[4:11]] == [look_of_score(score.name).row for score in SCORES]
    assert "Coverage: Buy\u00a085% · Pressure\u00a00%" in lines


@LANGUAGES
@pytest.mark.parametrize("score", [0.9, 0.5, 0.1])
def test_a_row_of_all_scores_ends_in_its_word_or_in_the_sign_that_has_room(
    score: float, language: str
) -> None:
    made = composite("trend_strength", score=score, uncertainty=0.05)
    exact = replace(made, uncertainty=1e-9)
    word = _tr(language, {0.9: "up", 0.5: "neutral", 0.1: "down"}[score])
    for one, ends in ((made, (word,)), (exact, (word, "▲", "•", "▼"))):
        view = replace(board_view(language), board=Board("4h", (one, *board_view(language).board.scores[1:])))
        row = plain(board_text(view)).split("\n")[4]
        assert len(row) <= COLUMNS
        assert row.split()[-1] in ends


@LANGUAGES
def test_however_much_is_missing_all_scores_say_so_under_their_picture(language: str) -> None:
    codes = ("few_past_values", "low_coverage", "no_live", "too_few_bars", "no_history", "few_recorded")
    reasons = [Reason(code, dict.fromkeys(("needs", "has", "what"), 60)) for code in codes]
    scores = [
        composite(score.name, score=None, uncertainty=None, coverage=0.3, null_reasons=(reason,))
        for score, reason in zip(SCORES, [*reasons, reasons[0]], strict=True)
    ]
    shown = plain(board_caption(replace(board_view(language), board=Board("4h", tuple(scores)))))
    assert _tr(language, "Missing") in shown
    assert _tr(language, "More under “Text”.") in shown
    assert all(_tr(language, look_of_score(score.name).row) in shown for score in SCORES)


def test_one_symbol_has_no_weights_but_a_way_to_ask_for_them() -> None:
    scores = tuple(composite(score.name, weights={}, verdict=None) for score in SCORES)
    shown = plain(board_text(replace(board_view(), board=Board("4h", scores))))
    assert "Weights  /oa BTC ETH SOL" in shown


@pytest.mark.parametrize(
    ("gate", "english", "turkish"),
    [
        (Gate("fragile_book", 0.414, 0.9, closed=False), "0.41 of 0.90, open", "0,41 / 0,90, açık"),
        (
            Gate("stale_data", 0.5, 0.4, closed=True, reads="age"),
            "0.50 of 0.40 half-lives, withholds the score",
            "0,50 / 0,40 yarı ömür, skoru engelliyor",
        ),
        (
            Gate("event_near", 236.07, 0.0, closed=False, reads="event"),
            "10 days away, open",
            "10 gün uzakta, açık",
        ),
        (
            Gate("event_near", 5.3, 12.0, closed=True, reads="event"),
            "5 hr away, limit 12 hr, withholds the score",
            "5 sa. uzakta, sınır 12 sa., skoru engelliyor",
        ),
        (
            Gate("event_near", None, 0.0, closed=False, reason=Reason("no_event_near"), reads="event"),
            "–, open (no dated event is known near this moment)",
            "–, açık (bu ana yakın, tarihi belli bir olay bilinmiyor)",
        ),
    ],
)
def test_a_gate_says_what_it_read_in_its_unit(gate: Gate, english: str, turkish: str) -> None:
    for language, said in (("en", english), ("tr", turkish)):
        shown = plain(score_why_text(score_view("buy_opportunity", language, gates=(gate,))))
        assert [line for line in shown.split("\n") if line.endswith(f": {said}")], shown


def test_an_error_too_small_for_its_decimals_is_not_said_to_be_none() -> None:
    view = score_view("anomaly_alert", uncertainty=0.0012)
    assert "0.12 ± <0.01" in plain(score_caption(view))
    board = Board("4h", (view.composite,))
    assert "0.12±<0.01" in plain(board_text(replace(board_view(), board=board)))
    assert "0.12 ± 0.01" in plain(score_caption(score_view("anomaly_alert", uncertainty=0.0051)))
    assert "±" not in plain(score_caption(score_view("anomaly_alert", uncertainty=None)))


@LANGUAGES
def test_inputs_that_a_sentence_names_have_their_titles_wherever_it_stands(language: str) -> None:
    names = "trend.strength, regime.p_trend"
    why = Reason("of_module", {"module": "Trend"}, because=Reason("no_multiplier", {"inputs": names}))
    made = composite(
        score=None,
        null_reasons=(why,),
        notes=(Message("pca_contradicts", {"inputs": names}),),
        multipliers=(Multiplier("regime.p_trend", None, Reason("no_scalar", {"scalar": "regime.p_trend"})),),
        contributions=(contribution("sentiment.tilt", "positioning", None, reason=why),),
        parts=(Part("strength", None, 0.0, 1.0, 0.5, why),),
        gates=(Gate("event_near", None, 0.0, closed=True, reason=why),),
    )
    shown = plain(score_text(view_of(with_titles(made), language)))
    assert not re.search(r"\b(trend|regime)\.[a-z_]+", shown), shown
    assert shown.count(f"{_tr(language, 'Strength')}, {_tr(language, 'P(trend)')}") >= 3


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "* rank among its last 8.5–120 days, not a year"),
        ("tr", "* bir yıl değil, son 8,5–120 gün içindeki sırası"),
    ],
)
def test_a_scan_marks_the_ranks_that_are_among_less_than_a_year(language: str, said: str) -> None:
    view = scan_view(language)
    days = dict(enumerate((365.0, 120.2, 364.2, 8.49)))
    rows = tuple(replace(row, rank_days=days.get(place)) for place, row in enumerate(view.ranking.rows))
    view = replace(view, ranking=replace(view.ranking, rows=rows))
    for shown in (plain(scan_text(view)), plain(scan_caption(view))):
        lines = shown.split("\n")
        marked = [line.split()[1] for line in lines if line.strip()[:1].isdigit() and "*" in line]
        assert marked == ["C01", "C03"]
        assert said in lines
        assert max(len(line) for line in lines if "*" in line and "C0" in line) <= COLUMNS
    whole = replace(
        view, ranking=replace(view.ranking, rows=tuple(replace(row, rank_days=365.0) for row in rows))
    )
    assert "*" not in plain(scan_text(whole))


@LANGUAGES
def test_titles_fit_their_columns(language: str) -> None:
    tr = MESSAGES.of(language)
    assert [words.title for words in INPUTS.values() if len(tr.gettext(words.title)) > 14] == []
    assert [name for name in ONE if len(tr.gettext(look_of_score(name).row)) > 8] == []


def test_every_input_of_the_modules_has_a_title() -> None:
    assert {spec.name for module in MODULES for spec in module.scalars} <= set(INPUTS)


NUMBERS = (None, 0.0, -0.0, 1e-9, 0.5, -21.4, 99999.5, 1e12, -1e300, math.nan, math.inf, -math.inf)
NAMES = ("BTCUSDT", "币安人生USDT", "<B>&AMP;", "1000000MOGUSDT", "x" * 32)
NOT_A_NUMBER = re.compile(r"\b(nan|inf)\b", re.IGNORECASE)


def any_reason(rng: random.Random) -> Reason:
    code = rng.choice(list(SENTENCES))
    names = re.findall(r"\{(\w+)", SENTENCES[code])
    return Reason(code, {name: rng.choice(("<&>", 3, 0.31)) for name in names})


def any_composite(rng: random.Random) -> Composite:
    """A score with all that there can be too much of."""
    name = rng.choice(list(SAMPLES))
    inputs = tuple(
        contribution(key, rng.choice(("trend", "<x>")), rng.choice(NUMBERS), rng.uniform(-1, 1))
        for key in rng.sample([*INPUTS, "new.<input>"], rng.randint(0, 12))
    )
    inputs = tuple(replace(one, reason=any_reason(rng)) if one.value is None else one for one in inputs)
    withheld = rng.random() < 0.3
    return composite(
        name,
        symbol=rng.choice(NAMES),
        market=rng.choice(("spot", "futures")),
        price=rng.choice((None, 1e-8, 50_412.31, 1e9)),
        score=None if withheld else rng.uniform(0, 1),
        raw=rng.choice((None, rng.uniform(0, 1))),
        uncertainty=rng.choice((None, 0.0, 0.33)),
        percentile=rng.choice((None, 0.0, 1.0)),
        coverage=rng.uniform(0, 1),
        contributions=inputs,
        null_reasons=tuple(any_reason(rng) for _ in range(rng.randint(0, 3))),
        multipliers=tuple(
            Multiplier(key, rng.choice(NUMBERS), any_reason(rng)) for key in rng.sample(list(INPUTS), 3)
        ),
        steps=tuple(Step(key, rng.uniform(-1, 1)) for key in rng.sample(("rank", "<step>"), 1)),
        gates=tuple(
            Gate(key, rng.choice(NUMBERS), 0.9, rng.random() < 0.5, any_reason(rng))
            for key in ("fragile_book", "<gate>")
        ),
        parts=tuple(
            Part(key, rng.choice(NUMBERS), -1.0, 1.0, 0.0, any_reason(rng)) for key in ("short_side", "<p>")
        ),
        notes=tuple(any_reason(rng) for _ in range(rng.randint(0, 4))),
        events=tuple(Event(f"e{place}", "<event> " * 4, AS_OF, "x") for place in range(rng.randint(0, 3))),
        verdict=rng.choice((None, Message("riskier_than", {"share": "91%", "days": 365}))),
        weights=rng.choice(({}, {f"<{place}>": 1 / 40 for place in range(40)})),
    )


def cards_of(view: ScoreView) -> dict[str, Html]:
    board = Board("4h", (view.composite, *(composite(name) for name in SAMPLES)))
    all_view = BoardView(board, view.tr, "UTC", NOW_MS)
    return {
        "caption": score_caption(view),
        "why_caption": score_why_caption(view),
        "board_caption": board_caption(all_view),
        "digest_caption": board_block(all_view),
        "record_caption": record_caption(view, (RECORD,) * 3),
        "text": score_text(view),
        "why_text": score_why_text(view),
        "board_text": board_text(all_view),
        "record_text": record_text(view, (RECORD,) * 3),
    }


@settings(max_examples=250, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(MESSAGES.languages))
def test_any_score_makes_cards_that_telegram_takes(seed: int, language: str) -> None:
    for kind, markup in cards_of(view_of(any_composite(random.Random(seed)), language)).items():
        limit = CAPTION_LIMIT if kind.endswith("caption") else TEXT_LIMIT
        assert visible_units(markup) <= limit, kind
        assert parse_html(markup).text == plain(markup)
        assert not NOT_A_NUMBER.search(plain(markup))
        assert "<x>" not in markup
        assert "<gate>" not in markup
        assert all(len(line) <= COLUMNS for line in monospace_lines(markup)), kind
        rows = [plain(line) for line in markup.split("\n") if "<code>" in line]
        assert [row for row in rows if len(row) > COLUMNS] == [], kind


def monospace_lines(markup: str) -> list[str]:
    blocks = re.findall(r"<(?:pre|code)>(.*?)</(?:pre|code)>", markup, re.DOTALL)
    return [line for block in blocks for line in plain(block).split("\n")]


@pytest.mark.parametrize("count", [3, 20, 50])
@LANGUAGES
def test_a_scan_fits_and_shows_the_highest_and_the_lowest(count: int, language: str) -> None:
    view = scan_view(language, count)
    assert visible_units(scan_caption(view)) <= CAPTION_LIMIT
    assert visible_units(scan_text(view)) <= TEXT_LIMIT
    assert all(len(line) <= COLUMNS for line in monospace_lines(scan_text(view)))
    shown = plain(scan_caption(view))
    assert all(f"C{place:02}" in shown for place in (0, count - 3))
    assert plain(scan_text(view)).count("±") == count - 2


def test_a_scan_with_hostile_names_is_escaped() -> None:
    rows = tuple(replace(row, symbol=f"<{place}&>") for place, row in enumerate(ranking().rows))
    view = replace(scan_view(), ranking=replace(ranking(), rows=rows))
    assert isinstance(view, ScanView)
    assert parse_html(scan_text(view)).text == plain(scan_text(view))
    assert "&lt;0&amp;&gt;" in scan_text(view)


def test_nothing_measured_is_said_in_words() -> None:
    shown = plain(record_text(score_view("trend_strength"), ()))
    assert shown.split("\n")[-1] == "There is no measured record of it yet."
    assert NO_FLOW.text not in shown


def _tr(language: str, text: str) -> str:
    return MESSAGES.of(language).gettext(text)


def test_a_record_that_is_longer_than_a_message_ends_with_its_newest_parts() -> None:
    view = score_view("trend_strength")
    records = tuple(replace(RECORD, variant=f"variant {place}") for place in range(20))
    shown = plain(record_text(view, records))
    assert visible_units(record_text(view, records)) <= TEXT_LIMIT
    assert "variant 0\n" in shown
    assert "variant 5\n" in shown
    assert "variant 19" not in shown
