"""Small words of cards: dates and units in the language's way, numbers of one, and where a line may break."""

from dataclasses import replace

import pytest

from analysis.deriv_sentim import MODULE as SENTIMENT
from analysis.framework.question import SourceStamp
from analysis.framework.reasons import Message
from analysis.framework.result import Metric
from analysis.sources.live_ticks import LIVE_FLOW, live_notes
from handlers.render.card import card_text, strongest, value_words
from handlers.render.html import DOT, dotted, esc, plain
from handlers.render.score_lines import scored_lines
from handlers.render.why import why_text
from handlers.render.words import message_text, with_unit
from tests.handlers.harness import MESSAGES
from tests.handlers.sample import analysis
from tests.handlers.test_card import view_of

ENGLISH, TURKISH = MESSAGES.of("en"), MESSAGES.of("tr")


@pytest.mark.parametrize(
    ("written", "english", "turkish"),
    [
        ("2026-06-16", "16 Jun 2026", "16 Haz 2026"),
        ("2024-08-05 13:10 UTC", "5 Aug 2024 13:10 UTC", "5 Ağu 2024 13:10 UTC"),
        ("x2026-06-16", "x2026-06-16", "x2026-06-16"),
    ],
)
def test_a_date_in_a_message_is_written_as_the_language_does(
    written: str, english: str, turkish: str
) -> None:
    said = Message("from_flows", {"provider": "Coin Metrics", "day": written})
    shown = [message_text(said, tr).replace("\u00a0", " ") for tr in (ENGLISH, TURKISH)]
    assert shown == [
        f"Exchange flows: Coin Metrics, {english}",
        f"Borsa akışları: Coin Metrics, {turkish}",
    ]


def test_a_unit_of_one_is_singular() -> None:
    assert [with_unit(text, "bars", ENGLISH) for text in ("1", "2", "0", "1.5")] == [
        "1 bar",
        "2 bars",
        "0 bars",
        "1.5 bars",
    ]
    assert with_unit("1", "days", TURKISH) == "1 gün"


def test_one_row_of_a_source_is_singular() -> None:
    stamps = tuple(SourceStamp(f"made.{rows}", 1, 1, rows) for rows in (1, 2000))
    shown = plain(why_text(view_of(analysis(sources=stamps))))
    assert "– made.1, 1 row, " in shown
    assert "– made.2000, 2,000 rows, " in shown


def test_words_that_begin_with_a_number_are_set_apart_from_the_score() -> None:
    rare = analysis(verdict=Message("once_in_bars", {"bars": 29, "channel": "price"}))
    english, turkish = (
        plain(scored_lines(rare, view_of(rare).look, tr)).split("\n")[0] for tr in (ENGLISH, TURKISH)
    )
    assert "± 0.06 once in 29 bars" in english
    assert "± 0,06 · 29 mumda bir" in turkish


def test_a_line_of_facts_cannot_begin_with_a_dot() -> None:
    assert plain(dotted([esc("a b"), esc(""), esc("c")])) == f"a b{DOT}c"
    assert DOT.startswith("\u00a0")
    heading = plain(card_text(view_of(analysis()))).split("\n")[0]
    assert heading.count(DOT) == heading.count("·") > 0


def test_what_shows_as_nothing_speaks_for_no_side() -> None:
    terms = [
        replace(analysis().metrics[0], contribution=value) for value in (0.0004, -0.0004, 0.001, -0.2, 0.0)
    ]
    pro, contra = strongest(terms, 1.0)
    assert [[term.contribution for term in side] for side in (pro, contra)] == [[0.001], [-0.2]]


class Lived:
    """Ticks of which only how far they reach back is known."""

    delay_ms = None
    age_ms = None

    def __init__(self, quotes_s: float, trades_s: float) -> None:
        self.quotes_s, self.trades_s = quotes_s, trades_s


@pytest.mark.parametrize(
    ("quotes_s", "trades_s", "said"),
    [
        (0.2, 0.0, "no live flow so far"),
        (8.0, 0.0, "8 s of live flow, trades of the last 0 s"),
        (8.0, 41.0, "8 s of live flow, trades of the last 41 s"),
        (18.0, 1_080.0, "18 s of live flow, trades of the last 18 min"),
    ],
)
def test_young_flow_is_told_in_seconds(quotes_s: float, trades_s: float, said: str) -> None:
    (note,) = live_notes(Lived(quotes_s, trades_s))
    assert (note.text, note.code in LIVE_FLOW) == (said, True)


@pytest.mark.parametrize(
    ("value", "english", "turkish"),
    [
        (1_586_882_642.0, "1,587 M USD", "1.587 mn USD"),
        (1_000_000.0, "1 M USD", "1 mn USD"),
        (999_999.0, "999,999 USD", "999.999 USD"),
    ],
)
def test_a_large_sum_is_said_in_millions(value: float, english: str, turkish: str) -> None:
    gross = Metric("gamma_gross", None, value, "USD", None, 0.0, 0.0, None)
    views = (replace(view_of(analysis(), language), module=SENTIMENT) for language in ("en", "tr"))
    assert [value_words(view, gross, 17) for view in views] == [english, turkish]
