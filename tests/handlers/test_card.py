"""Cards and explanations: their exact words, their widths and limits, whatever the numbers are."""

import math
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.framework.question import PriceChanges
from analysis.framework.reasons import MESSAGES as SENTENCES
from analysis.framework.reasons import STILL_COMPUTING, Message, Reason
from analysis.framework.result import Analysis, CostToAct, Group, Headline, Metric, OtherTimeframe
from analysis.trend_moment import MODULE as TREND
from handlers.modules.registry import LOOKS
from handlers.render.card import COLUMNS, card_caption, card_text, inline_summary, value_words
from handlers.render.html import CAPTION_LIMIT, DOT, NO_BREAK, TEXT_LIMIT, plain, visible_units
from handlers.render.look import Look
from handlers.render.score_lines import score_bar
from handlers.render.view import ReaderView
from handlers.render.why import why_caption, why_text
from handlers.render.words import cost_line, message_text
from tests.handlers.harness import MESSAGES
from tests.handlers.sample import AS_OF, MODULE, analysis
from utils.sandbox.telegram.text.html import parse_html

GOLDEN = Path(__file__).parents[1] / "golden"
NOT_A_NUMBER = re.compile(r"\b(nan|inf)\b", re.IGNORECASE)
VIEWS = {"card": card_text, "caption": card_caption, "why": why_text, "why_caption": why_caption}


def view_of(result: Analysis, language: str = "en", *, past: bool = False) -> ReaderView:
    return ReaderView(
        result, MODULE, LOOKS[result.module], MESSAGES.of(language), "UTC", AS_OF + 20_000, past
    )


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("view", ["card", "why"])
def test_the_words_of_a_card_are_these(view: str, language: str) -> None:
    shown = VIEWS[view](view_of(analysis(), language))
    assert shown + "\n" == (GOLDEN / f"{view}_{language}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "tr"])
def test_a_withheld_score_says_why_and_shows_no_number(language: str) -> None:
    reasons = (
        Reason("low_coverage", {"has": 0.31, "needs": 0.5}),
        Reason("too_few_bars", {"needs": 200, "has": 143}),
    )
    shown = plain(
        card_text(
            view_of(analysis(score=None, uncertainty=None, percentile=None, null_reasons=reasons), language)
        )
    )
    assert message_text(reasons[0], MESSAGES.of(language)) in shown
    assert "143" in shown
    assert "±" not in shown


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "IC is +0.198 (-0.007 to 1,204.388)"), ("tr", "IC değeri +0,198 (-0,007 ile 1.204,388 arası)")],
)
def test_decimals_inside_a_sentence_are_the_readers(language: str, shown: str) -> None:
    facts = {"ic": "+0.198", "low": "-0.007", "high": "1204.388"}
    assert shown in message_text(Message("views_used", facts), MESSAGES.of(language))


@pytest.mark.parametrize(
    ("score", "uncertainty", "tone", "bar"),
    [
        (0.5, 0.06, "neutral", "░░░░░░░░│░░░░░░░░"),
        (0.55, 0.06, "neutral", "░░░░░░░░│█░░░░░░░"),
        (0.71, 0.08, "up", "░░░░░░░░│███░░░░░"),
        (1.0, 0.01, "up", "░░░░░░░░│████████"),
        (0.0, 0.01, "down", "████████│░░░░░░░░"),
        (0.52, None, "neutral", "░░░░░░░░│░░░░░░░░"),
        (0.4, None, "down", "░░░░░░██│░░░░░░░░"),
    ],
)
def test_the_bar_and_its_word_follow_the_score(
    score: float, uncertainty: float | None, tone: str, bar: str
) -> None:
    result = analysis(score=score, uncertainty=uncertainty)
    assert (LOOKS["trend"].tone(result), score_bar(result)) == (tone, bar)


def test_three_speak_for_the_score_and_one_against() -> None:
    lines = plain(card_text(view_of(analysis()))).split("\n")
    start = lines.index("Speaks for it")
    assert [line[:14].strip() for line in lines[start + 1 : start + 6]] == [
        "EMA slope",
        "MACD hist",
        "RSI",
        "Speaks against",
        "%B",
    ]


def test_one_reason_is_told_once_for_all_it_explains() -> None:
    result = analysis()
    metrics = tuple(
        replace(m, value=None, weight=1.0, reason=Reason("source_down", {"source": "binance.futures"}))
        if m.id in {"adx_14", "atr_pct"}
        else m
        for m in result.metrics
    )
    shown = plain(card_text(view_of(replace(result, metrics=metrics))))
    assert "– ADX, ATR %: Binance futures does not answer now" in shown


BESIDE = (
    Headline("crowding", 0.724, 0.0, 1.0, 0.5, 0.05, 0.9),
    Headline("market_depth", -0.31, -1.0, 1.0, 0.0, None, 0.9),
    Headline(
        "fragility", None, 0.0, 1.0, 0.5, None, 0.1, (Reason("too_few_bars", {"needs": 200, "has": 143}),)
    ),
)
VALUES = (None, 0.0, -0.0, 1e-9, 0.5, -21.4, 99999.5, 1e12, -1e300, math.nan, math.inf, -math.inf)
SYMBOLS = ("BTCUSDT", "币安人生USDT", "<B>&AMP;", "1000000MOGUSDT")


def any_reason(rng: random.Random) -> Reason:
    code = rng.choice(list(SENTENCES))
    values: tuple[str | int | float, ...] = ("<&>", 3, 0.31)
    return Reason(code, {name: rng.choice(values) for name in _names(code)})


def any_metric(rng: random.Random, metric: Metric) -> Metric:
    return replace(
        metric,
        value=rng.choice(VALUES),
        contribution=rng.choice([0.0, rng.uniform(-1, 1)]),
        weight=rng.choice([0.0, 1.0]),
        reason=rng.choice([None, any_reason(rng)]),
    )


def any_result(seed: int) -> Analysis:
    """Any result a module could hand over, and some that none should."""
    rng = random.Random(seed)
    score = rng.choice([None, 0.0, 0.5, 1.0, rng.random()])
    return analysis(
        metrics=tuple(any_metric(rng, metric) for metric in analysis().metrics),
        score=score,
        symbol=rng.choice(SYMBOLS),
        price=10 ** rng.uniform(-8, 6),
        uncertainty=rng.choice([None, rng.random()]),
        percentile=rng.choice([None, rng.random()]),
        coverage=rng.random(),
        null_reasons=() if score is not None else (any_reason(rng), any_reason(rng)),
        notes=tuple(any_reason(rng) for _ in range(rng.randrange(9))),
        market=rng.choice(["spot", "futures"]),
        headlines=rng.choice([(), BESIDE]),
    )


def _names(code: str) -> list[str]:
    return [part.split("}")[0] for part in SENTENCES[code].split("{")[1:]]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["en", "tr"]), st.booleans())
def test_any_result_is_shown_within_limits_and_columns(seed: int, language: str, past: bool) -> None:
    result = any_result(seed)
    for name, view in VIEWS.items():
        markup = view(view_of(result, language, past=past))
        limit = CAPTION_LIMIT if "caption" in name else TEXT_LIMIT
        assert visible_units(markup) <= limit
        parsed = parse_html(markup)
        assert parsed.text == plain(markup).strip()
        for block in markup.split("<pre>")[1:]:
            assert all(len(line) <= COLUMNS for line in plain(block.split("</pre>")[0]).split("\n"))
        assert not NOT_A_NUMBER.search(parsed.text)


def test_a_caption_that_leaves_something_out_says_where_it_is() -> None:
    notes = tuple(Reason("spot_missing", {"symbol": "X" * 60}) for _ in range(9))
    shown = plain(card_caption(view_of(analysis(notes=notes))))
    assert "More under “Text”." in shown
    assert "X" * 60 not in shown


def test_the_inline_line_is_short_and_plain() -> None:
    assert inline_summary(view_of(analysis())) == (
        "▼ 0.22 ± 0.06 down · above 7% of its past · 50,412.31 · 5 Aug 2024 13:10 UTC"
    )


def test_the_cost_sums_both_ways_and_names_what_it_lacks() -> None:
    no_book = Reason("no_history", {"what": "the order book"})
    cost = CostToAct(None, None, 20.0, 0.31, 4.0, {"spread": no_book, "slippage_10k": no_book})
    assert plain(cost_line(cost, MESSAGES.of("en"))) == (
        "Cost of acting and undoing: 20.3 bps (fees 20.0, funding 0.3); "
        "without spread, slippage: the order book has no history for a past moment; measured edge 4.0 bps"
    )
    assert "21.1 bps (spread 0.2, slippage 0.8, fees 20.0, funding 0.1)" in plain(
        cost_line(CostToAct(0.2, 0.4, 20.0, 0.1), MESSAGES.of("en"))
    )
    assert cost_line(None, MESSAGES.of("en")) == ""


@pytest.mark.parametrize(
    ("language", "changes", "line"),
    [
        ("en", PriceChanges(0.0123, -0.2), "50,432.10\u00a0· 24h +1.2%\u00a0· 7d -20.0%"),
        ("tr", PriceChanges(0.0123, -0.2), "50.432,10\u00a0· 24s +%1,2\u00a0· 7g -%20,0"),
        ("en", PriceChanges(week=0.5), "50,432.10\u00a0· 7d +50.0%"),
    ],
)
def test_the_price_stands_with_what_it_did(language: str, changes: PriceChanges, line: str) -> None:
    result = analysis(price=50_432.1, changes=changes)
    for words in (card_text, card_caption):
        shown = plain(words(view_of(result, language))).split("\n")
        assert shown[1] == line
        assert shown[2].endswith("UTC")


@pytest.mark.parametrize(
    ("language", "row"),
    [
        (
            "en",
            "15m\u00a0▲0.62\u00a0· 4h\u00a0▲0.71\u00a0· 1d\u00a0…\u00a0· …\u00a0not\u00a0ready\u00a0in\u00a0time",
        ),
        (
            "tr",
            "15m\u00a0▲0,62\u00a0· 4h\u00a0▲0,71\u00a0· 1d\u00a0…\u00a0· …\u00a0zamanında\u00a0hazır\u00a0değildi",
        ),
    ],
)
def test_a_late_timeframe_is_said_to_be_late(language: str, row: str) -> None:
    late = (OtherTimeframe("15m", 0.62), OtherTimeframe("1d", None, STILL_COMPUTING))
    result = analysis(score=0.71, uncertainty=0.05, other_timeframes=late)
    for view in (card_text, card_caption):
        assert row in plain(view(view_of(result, language))).split("\n")


def test_prices_keep_their_digits() -> None:
    shown: dict[float, Any] = {
        price: plain(card_text(view_of(analysis(price=price)))).split("\n")[1].split(DOT)[0]
        for price in (0.00001234, 0.5, 612.5, 50412.31, math.nan)
    }
    assert list(shown.values()) == ["0.00001234", "0.50", "612.50", "50,412.31", "–"]


@pytest.mark.parametrize(
    ("tick_size", "price", "words"),
    [
        (0.00001, 0.0689, "0.06890"),
        (0.01, 50_432.1, "50,432.10"),
        (0.1, 50_432.1, "50,432.1"),
        (5.0, 50_430.0, "50,430"),
        (1e-8, 3.1e-8, "0.00000003"),
        (0.01, 0.001234, "0.001234"),
        (None, 0.0689, "0.0689"),
    ],
)
def test_a_price_has_the_decimals_of_the_step_it_is_quoted_in(
    tick_size: float | None, price: float, words: str
) -> None:
    result = analysis(price=price, tick_size=tick_size)
    assert plain(card_text(view_of(result))).split("\n")[1].split(DOT)[0] == words
    view = replace(view_of(result), module=TREND)
    level, difference = (
        replace(view.analysis.metrics[0], id=name, unit="price", value=price) for name in ("ema_20", "macd")
    )
    assert value_words(view, level, 17).split()[0] == words
    known = analysis(price=price)
    assert value_words(view, difference, 17) == value_words(replace(view, analysis=known), difference, 17)


TITLES = Look(headlines={"crowding": "Crowding", "fragility": "Fragility"})


def test_numbers_beside_the_score_stand_below_it() -> None:
    shown = replace(view_of(analysis(headlines=BESIDE)), look=TITLES)
    lines = plain(card_text(shown)).split("\n")
    assert lines[3] == score_bar(shown.analysis)
    assert lines[4:6] == [
        "Crowding\u00a00.72\u00a0±\u00a00.05\u00a0· market\u00a0depth\u00a0-0.31",
        "– Fragility: needs 200 bars, has 143",
    ]
    assert plain(card_caption(shown)).split("\n")[4:6] == lines[4:6]


@pytest.mark.parametrize(("value", "words"), [(0.3, "0.30 longs"), (-0.3, "0.30 shorts"), (0.0, "0.00")])
def test_a_number_with_sides_is_a_level_that_names_its_side(value: float, words: str) -> None:
    look = replace(TITLES, headline_sides={"crowding": ("longs", "shorts")})
    number = Headline("crowding", value, -1.0, 1.0, 0.0, None, 1.0)
    shown = replace(view_of(analysis(headlines=(number,))), look=look)
    assert plain(card_text(shown)).split("\n")[4] == f"Crowding {words}".replace(" ", NO_BREAK)


def test_a_withheld_number_without_a_reason_says_so() -> None:
    shown = view_of(analysis(headlines=(replace(BESIDE[2], null_reasons=()),)))
    assert "– fragility: no reason given" in plain(card_text(shown))


@pytest.mark.parametrize(
    ("price", "value", "level", "width", "text"),
    [
        (0.0689, 0.065455, True, 17, "0.065455 -5.0%"),
        (3.1e-8, 3.0e-8, True, 17, "0.00000003 -3.2%"),
        (58_161.2, 60_000.0, True, 17, "60,000.00 +3.2%"),
        (58_161.2, 60_000.0, True, 10, "60,000.00"),
        (0.0689, 0.0006123456, False, 17, "0.000612346"),
        (0.0689, -0.000612345678, False, 10, "-0.0006123"),
    ],
)
def test_price_metrics_keep_their_digits_and_levels_say_how_far(
    price: float, value: float, level: bool, width: int, text: str
) -> None:
    ids = {False: "macd", True: "ema_20"}
    view = replace(view_of(analysis(price=price)), module=TREND)
    metric = replace(view.analysis.metrics[0], id=ids[level], unit="price", value=value)
    assert value_words(view, metric, width) == text


def test_a_step_after_the_metrics_is_listed_by_its_size() -> None:
    groups = (*analysis().groups, Group("rank", None, 0.0, -0.3))
    shown = replace(view_of(analysis(groups=groups)), look=Look(groups={"rank": "Rank in its year"}))
    rows = plain(card_text(shown)).split("\n")
    first = next(number for number, row in enumerate(rows) if row.startswith("Rank in its year"))
    assert rows[first] == f"{'Rank in its year':<25} -0.300"
    listed = [float(row.split()[-1]) for row in rows[first : first + 3]]
    assert listed == sorted(listed)
