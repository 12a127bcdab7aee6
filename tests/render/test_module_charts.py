"""The chart of every module: sized, repeatable, whole when a series is missing, and in the reader's words."""

import pickle
from collections.abc import Mapping
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from analysis.arrays import Floats
from handlers.modules.registry import LOOKS
from handlers.render.labels import chart_labels
from tests.render.charts import CHARTS
from tests.render.samples import ENGLISH_LABELS, drawer_of, drawn, picture, texts

every_chart = pytest.mark.parametrize("module", CHARTS)
CASES = [(module, gone, words) for module, sample in CHARTS.items() for gone, words in sample.PARTS.items()]


def without(series: Mapping[str, Floats], *names: str) -> dict[str, Floats]:
    return {name: values for name, values in series.items() if name not in names}


@every_chart
def test_it_is_a_small_phone_sized_png_that_is_the_same_each_time(module: str) -> None:
    pictures = [picture(CHARTS[module].sample(), theme="light") for _ in range(2)]
    assert Image.open(BytesIO(pictures[0])).size == (1080, 1350)
    assert len(pictures[0]) < 200_000
    assert pictures[0] == pictures[1]


@every_chart
def test_drawer_and_result_travel_to_a_worker_process(module: str) -> None:
    analysis = CHARTS[module].sample()
    sent = pickle.loads(pickle.dumps((drawer_of(analysis), analysis, ENGLISH_LABELS)))  # noqa: S301 - our own bytes
    draw, received, labels = sent
    assert draw is drawer_of(analysis)
    assert picture(received, labels=labels) == picture(analysis)


@pytest.mark.parametrize(("module", "gone", "words"), CASES)
def test_a_missing_series_leaves_its_part_out_and_the_rest_fills_the_room(
    module: str, gone: tuple[str, ...], words: frozenset[str]
) -> None:
    sample, series = CHARTS[module].sample, CHARTS[module].series()
    whole, less = set(texts(sample())), set(texts(sample(without(series, *gone))))
    empty = sample(series | {name: np.full(300, np.nan) for name in gone})
    assert words <= whole
    assert not words & less
    assert set(texts(empty)) == less


@every_chart
def test_without_bars_it_says_so(module: str) -> None:
    assert "no bars to draw" in texts(CHARTS[module].sample({}))


@every_chart
def test_every_word_is_one_of_its_look_and_translated(module: str) -> None:
    chart = LOOKS[module].chart
    assert chart is not None
    labels = chart_labels(
        lambda text: f"§{text}",
        "en",
        chart.words,
        tone="calm",
        as_of="12:00",
        word="§word",
        zone="UTC",
        market="§spot",
    )
    names = {"BTCUSDT", *CHARTS[module].NAMES}
    for item in drawn(CHARTS[module].sample(), labels).texts:
        number = not any(letter.isalpha() for letter in item.text) or item.text[0].isdigit()
        month = any(item.text.endswith(part) for part in labels.months)
        assert number or month or item.text in names or "§" in item.text, item.text


def test_a_word_outside_the_list_is_refused() -> None:
    with pytest.raises(KeyError, match="words of its Chart"):
        ENGLISH_LABELS.text("no such word")
