"""Charts of composite scores: pictures of one size, whole where something is missing, in the reader's words."""

import itertools
import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from composite.declared import SCORES
from handlers.composites.board import Board
from handlers.composites.board_chart import BOARD_CHART
from handlers.composites.registry import look_of_score
from handlers.composites.scan_chart import SCAN_CHART
from handlers.composites.waterfall import bars_of
from handlers.locale.messages import N_
from handlers.render.chart import render_chart
from handlers.render.labels import ChartLabels, chart_labels
from handlers.render.look import Chart
from handlers.render.pool import identity
from handlers.render.scene import Scene
from handlers.render.theme import HEIGHT, LEAST_HEIGHT, WIDTH, theme_of
from tests.handlers.composites.sample import COINS, WITHHELD, all_scores, composite, ranking
from tests.handlers.composites.views import BASKET_REQUEST

THEMES = pytest.mark.parametrize("theme", ["dark", "light"])
Drawn = tuple[Chart[Any], object]


def _score(name: str, **changes: Any) -> Drawn:
    request = BASKET_REQUEST if name == "optimal_allocation" else None
    return look_of_score(name).chart, composite(name, request, **changes)


PICTURES: dict[str, Callable[[], Drawn]] = {
    **{score.name: partial(_score, score.name) for score in SCORES},
    "withheld": lambda: _score("buy_opportunity", **WITHHELD),
    "no bars": lambda: _score("trend_strength", candles={}),
    "no past": lambda: _score("trend_strength", series={}),
    "nothing": lambda: _score("trend_strength", series={}, candles={}, raw=None, score=None),
    "no weights": lambda: _score("optimal_allocation", weights={}, verdict=None, tables=()),
    "forty coins": lambda: _score(
        "optimal_allocation", weights={f"COIN{place}": 1 / 40 for place in range(40)}, tables=()
    ),
    "all": lambda: (BOARD_CHART, Board("4h", all_scores())),
    "scan 3": lambda: (SCAN_CHART, ranking(count=3)),
    "scan 50": lambda: (SCAN_CHART, ranking(count=50)),
    "scan of none": lambda: (SCAN_CHART, ranking(count=2)),
}
EVERY = pytest.mark.parametrize("picture", PICTURES)


def labels(words: frozenset[str], translate: Callable[[str], str] = str) -> ChartLabels:
    return chart_labels(
        translate, "en", words, as_of="12:00", word="§word", tone="up", zone="UTC", title="§title"
    )


def scene_of(drawn: Drawn, translate: Callable[[str], str] = str) -> Scene:
    chart, result = drawn
    return chart.draw(result, theme_of("dark"), labels(chart.words, translate))


@EVERY
@THEMES
def test_it_is_a_phone_sized_png_that_is_the_same_each_time(picture: str, theme: str) -> None:
    chart, result = PICTURES[picture]()
    drawn = [
        render_chart(chart.draw, result, theme=theme, labels=labels(chart.words))  # type: ignore[arg-type]
        for _ in range(2)
    ]
    width, height = Image.open(BytesIO(drawn[0])).size
    assert width == WIDTH
    assert LEAST_HEIGHT <= height <= HEIGHT
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) < 200_000


def test_few_rows_make_a_lower_picture() -> None:
    tall = scene_of(PICTURES["scan 50"]())
    for picture in ("scan 3", "optimal_allocation", "no bars"):
        low = scene_of(PICTURES[picture]())
        assert low.height < tall.height == HEIGHT
        assert low.height == LEAST_HEIGHT or low.height - max(item.box[3] for item in low.texts) < 60


def test_without_anything_it_says_so() -> None:
    assert "no bars to draw" in [item.text for item in scene_of(PICTURES["nothing"]()).texts]


@EVERY
def test_no_text_leaves_the_picture_or_covers_another(picture: str) -> None:
    scene = scene_of(PICTURES[picture]())
    texts = scene.texts
    assert all(item.box[0] >= 0 and item.box[2] <= scene.width for item in texts)
    assert all(item.box[1] >= 0 and item.box[3] <= scene.height for item in texts)
    pairs = [(a.text, b.text) for place, a in enumerate(texts) for b in texts[place + 1 :] if a.overlaps(b)]
    assert pairs == []


@EVERY
def test_every_word_is_one_of_its_words_and_translated(picture: str) -> None:
    names = {"BTCUSDT", "BTC ETH SOL XRP", *COINS, "USDT"}
    for item in scene_of(PICTURES[picture](), lambda text: f"§{text}").texts:
        number = not any(letter.isalpha() for letter in item.text) or item.text[0].isdigit()
        named = item.text in names or item.text.split()[0] in names or item.text.startswith("COIN")
        assert number or named or "§" in item.text, item.text


@EVERY
def test_drawer_and_result_travel_to_a_worker_process(picture: str) -> None:
    chart, result = PICTURES[picture]()
    draw, received = pickle.loads(pickle.dumps((chart.draw, result)))  # noqa: S301 - our own bytes
    one, other = (
        render_chart(drawer, subject, theme="dark", labels=labels(chart.words))
        for drawer, subject in ((draw, received), (chart.draw, result))
    )
    assert one == other


def test_the_chart_of_a_scan_marks_the_same_ranks_as_its_card() -> None:
    whole = ranking(count=5)
    rows = [replace(row, rank_days=days) for row, days in zip(whole.rows, (365, 17, None, 3, 3), strict=True)]
    drawn = scene_of((SCAN_CHART, replace(whole, rows=tuple(rows))))
    assert [item.text for item in drawn.texts if item.text.endswith("*")] == ["0.77*"]


@pytest.mark.parametrize("name", [score.name for score in SCORES if not score.is_weights])
def test_the_waterfall_ends_at_the_number_on_the_card(name: str) -> None:
    result = composite(name)
    bars = bars_of(result)
    if result.score is None:
        assert bars == []
        return
    assert bars[0].end == result.neutral
    assert bars[-1].end == result.score
    for before, bar in itertools.pairwise(bars):
        assert bar.begin == pytest.approx(bar.end if bar.kind == "level" else before.end)
        assert bar.begin == pytest.approx(before.end)


def test_a_withheld_score_ends_at_what_was_withheld() -> None:
    last = bars_of(composite("buy_opportunity", **WITHHELD))[-1]
    assert (last.title, last.end) == (N_("raw, withheld"), 0.57)


def test_equal_content_is_the_same_picture_whenever_it_was_computed() -> None:
    first = composite()
    assert identity(first) == identity(composite(computed_at=1, sources=()))
    assert identity(first) != identity(composite(score=0.69))
    board = Board("4h", all_scores())
    assert identity(board) == identity(Board("4h", all_scores()))
    assert identity(board) != identity(Board("4h", all_scores()[1:]))
    assert identity(ranking()) != identity(ranking(count=21))
