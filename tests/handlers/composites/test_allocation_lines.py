"""What cards of an allocation say beside its words: bands, steps that lead to what is shown, facts and reasons."""

import re
from dataclasses import replace

import numpy as np
import pytest

from analysis.allocate.specs import BITCOIN, SHORT_NAMES
from analysis.allocate.table_specs import BAND
from analysis.framework.reasons import Reason
from analysis.framework.result import Table
from composite.result import Composite, Part
from handlers.composites.allocation_lines import (
    FROM_EQUAL,
    HELD_DOWN,
    SHARED,
    STABLE,
    allocation_facts,
    fact_words,
    weight_steps,
)
from handlers.composites.registry import look_of_score
from handlers.composites.score_card import score_caption, score_text
from handlers.composites.score_why import score_why_caption, score_why_text
from handlers.composites.weights_chart import WEIGHTS_CHART
from handlers.render.card import COLUMNS
from handlers.render.html import Html, plain
from handlers.render.theme import theme_of
from handlers.render.words import band_words, number
from tests.handlers.composites.sample import composite
from tests.handlers.composites.test_charts import labels
from tests.handlers.composites.views import BASKET_REQUEST, view_of
from tests.handlers.harness import MESSAGES

LANGUAGES = pytest.mark.parametrize("language", MESSAGES.languages)
YOUNG = Reason("observations", {"needs": 14, "has": 3})


def sample(**changes: object) -> Composite:
    return composite("optimal_allocation", BASKET_REQUEST, **changes)


def rows(text: Html) -> dict[str, list[str]]:
    """The numbers of each coin's row."""
    lines = [line.split() for line in plain(text).split("\n")]
    return {words[0]: words[1:] for words in lines if words and words[0] in {*sample().weights}}


def without(*names: str, reason: Reason = YOUNG) -> tuple[Part, ...]:
    return tuple(
        replace(part, value=None, reason=reason) if part.name in names else part for part in sample().parts
    )


@LANGUAGES
def test_each_weight_stands_beside_its_band(language: str) -> None:
    for card in (score_text, score_caption):
        shown = rows(card(view_of(sample(), language)))
        assert [re.sub(r"\D", "", words[0]) for words in shown.values()] == ["38", "27", "17", "10", "8"]
        assert shown["BTC"][1] == "31–44"
        assert shown["USDT"][1:] == []
    unbanded = sample(tables=())
    assert len(rows(score_text(view_of(unbanded, language)))["BTC"]) == 1
    assert "95" not in plain(score_text(view_of(unbanded, language)))


def test_a_coin_without_a_band_has_its_weight_alone() -> None:
    table = Table(BAND, ("BTC", "ETH"), ("low", "high"), np.array([[np.nan, np.nan], [0.2, 0.33]]))
    shown = rows(score_text(view_of(sample(tables=(table,)))))
    assert (shown["BTC"], shown["ETH"], shown["SOL"]) == (["38%"], ["27%", "20–33"], ["17%"])


@pytest.mark.parametrize(
    ("low", "high", "said"), [(0.31, 0.44, "31–44"), (0.2, 0.2, "20.0–20.0"), (0.198, 0.204, "19.8–20.4")]
)
def test_a_narrow_band_has_a_decimal(low: float, high: float, said: str) -> None:
    assert band_words(low, high, lambda value, decimals: number(value, decimals, "en")) == said


def test_the_steps_lead_from_equal_weight_to_what_is_shown() -> None:
    result = sample()
    steps = weight_steps(result, 0.9)
    assert list(steps) == ["BTC", "ETH", "SOL", "USDT", "XRP"]
    for name, (equal, method, shown) in steps.items():
        assert shown == result.weights[name]
        if name == "USDT":
            assert equal == 0.0
            assert method == pytest.approx(0.0)
        else:
            assert equal == 0.25
            assert 0.9 * method == pytest.approx(shown)
    for place in range(3):
        assert sum(step[place] for step in steps.values()) == pytest.approx(1)


@LANGUAGES
def test_why_explains_the_weights_and_speaks_of_no_groups(language: str) -> None:
    tr = MESSAGES.of(language)
    for card in (score_why_text, score_why_caption):
        text = plain(card(view_of(sample(), language)))
        assert tr.gettext("From equal weight to the weights") in text
        assert number(0.9, 2, language) in text
        assert "group" not in text
        assert "grub" not in text
        shown = rows(card(view_of(sample(), language)))
        digits = [re.sub(r"\D", "", words) for words in shown["BTC"]]
        assert digits == ["25", "42", "38"]
        assert max(len(line) for line in text.split("\n") if line.startswith("BTC  ")) <= COLUMNS
    unknown = score_why_text(view_of(sample(parts=without("gross", "volatility")), language))
    assert [re.sub(r"\D", "", words) for words in rows(unknown)["BTC"]] == ["25", "38", "38"]


@LANGUAGES
def test_every_fact_is_said_in_the_reader_s_words(language: str) -> None:
    tr = MESSAGES.of(language)
    facts = allocation_facts(sample())
    assert [fact.message for fact in facts] == [HELD_DOWN, STABLE, FROM_EQUAL, SHARED]
    for card in (score_text, score_caption, score_why_text):
        shown = plain(card(view_of(sample(), language))).split("\n")
        assert [fact_words(fact, tr) for fact in facts] == [
            line for line in shown if line in {fact_words(fact, tr) for fact in facts}
        ]
    assert max(len(fact_words(fact, tr)) for fact in facts) <= 40


def test_facts_in_english() -> None:
    said = [fact_words(fact, MESSAGES.of("en")) for fact in allocation_facts(sample())]
    assert said == [
        "Invested 90%: volatility 67%, target 60%",
        "Stability 93% over 90 days",
        "From equal: 42% traded, 0.042% cost",
        "Concentration 0.71",
    ]


@pytest.mark.parametrize(
    ("gone", "left_out"),
    [
        ("gross", HELD_DOWN),
        ("volatility", HELD_DOWN),
        ("stability", STABLE),
        ("cost", FROM_EQUAL),
        ("concentration", SHARED),
    ],
)
def test_what_is_missing_says_why_in_place_of_a_fact(gone: str, left_out: str) -> None:
    result = sample(parts=without(gone))
    assert left_out not in {fact.message for fact in allocation_facts(result)}
    title = look_of_score("optimal_allocation").part_title(gone)
    assert f"– {title}: needs 14 observations, has 3" in plain(score_text(view_of(result))).split("\n")


def test_what_is_missing_for_one_reason_is_said_once() -> None:
    shown = plain(score_text(view_of(sample(parts=without("gross", "volatility"))))).split("\n")
    assert "– Gross exposure, Volatility: needs 14 observations, has 3" in shown


def test_without_weights_there_are_reasons_alone() -> None:
    nothing = sample(weights={}, verdict=None, null_reasons=(YOUNG,), tables=())
    for card in (score_text, score_caption, score_why_text):
        shown = plain(card(view_of(nothing)))
        assert "needs 14 observations, has 3" in shown
        assert "Stability" not in shown
        assert "Recommended" not in shown
        assert "traded" not in shown


def test_the_chart_tells_the_same_facts_and_bands_in_the_reader_s_words() -> None:
    words = labels(WEIGHTS_CHART.words, lambda text: f"§{text}")
    texts = [item.text for item in WEIGHTS_CHART.draw(sample(), theme_of("dark"), words).texts]
    for message in ("§Invested 90%: volatility 67%, target 60%", "§Stability 93% over 90 days"):
        assert message in texts
    assert "§From equal: 42% traded, 0.042% cost" in texts
    assert {"31–44", "20–33", "12–22", "5–13"} <= set(texts)
    methods = {f"§{name[:2]}" for method, name in SHORT_NAMES.items() if method != BITCOIN}
    assert methods <= {text[:3] for text in texts}
    crowded = sample(weights={f"C{place}": 1 / 14 for place in range(14)})
    drawn = [item.text for item in WEIGHTS_CHART.draw(crowded, theme_of("dark"), words).texts]
    assert "§Concentration 0.71" in drawn
