"""The chart is a pure function of the result: the right size, the same bytes, the result's own words and numbers."""

import pickle
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from handlers.render.chart import draw_chart, has_chart, render_chart
from handlers.render.theme import ThemeName, theme_of
from tests.render.samples import (
    ENGLISH_LABELS,
    last_rows,
    moment,
    recorded,
    result,
    turkish_labels,
    walk,
)

THEMES: tuple[ThemeName, ThemeName] = ("dark", "light")


def words(**changes: object) -> list[str]:
    drawn = draw_chart(result(walk(), **changes), theme="dark", labels=ENGLISH_LABELS)
    return [item.text for item in drawn.texts]


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_a_phone_sized_png_on_the_themes_background(theme: ThemeName) -> None:
    png = render_chart(result(walk()), theme=theme, labels=ENGLISH_LABELS)
    image = Image.open(BytesIO(png))
    assert (image.format, image.size) == ("PNG", (1080, 1350))
    corner = np.array(image.convert("RGB").getpixel((3, 3)))
    assert np.abs(corner - np.array(theme_of(theme).background)).max() <= 3
    assert len(png) < 200_000


def test_equal_inputs_give_equal_bytes_and_others_do_not() -> None:
    first = render_chart(result(walk()), theme="dark", labels=ENGLISH_LABELS)
    assert render_chart(result(walk()), theme="dark", labels=ENGLISH_LABELS) == first
    assert render_chart(result(walk(seed=8)), theme="dark", labels=ENGLISH_LABELS) != first
    assert render_chart(result(walk()), theme="light", labels=ENGLISH_LABELS) != first


def test_function_and_arguments_travel_to_a_worker_process() -> None:
    work = (render_chart, result(walk()), ENGLISH_LABELS)
    function, analysis, labels = pickle.loads(pickle.dumps(work))  # noqa: S301 - our own bytes
    assert function(analysis, theme="dark", labels=labels) == render_chart(
        work[1], theme="dark", labels=ENGLISH_LABELS
    )


def test_the_result_names_itself() -> None:
    drawn = words(symbol="1000SHIBUSDT", interval="15m", score=0.71, uncertainty=0.05)
    for expected in ("1000SHIBUSDT", "15m", "0.71", "±0.05", "▼ bearish", "10 Nov 2022 00:00 UTC", "spot"):
        assert expected in drawn


def test_a_withheld_score_is_a_dash() -> None:
    drawn = words(score=None, uncertainty=None)
    assert "–" in drawn
    assert not [text for text in drawn if text.startswith("±")]


def test_turkish_words_and_marks() -> None:
    drawn = draw_chart(result(walk(), score=0.71), theme="light", labels=turkish_labels())
    texts = [item.text for item in drawn.texts]
    assert {"0,71", "▲ güçlü yükseliş", "Hacim", "sinyal", "sürekli vadeli"} <= set(texts)
    assert any(text.endswith(" Kas") for text in texts)


@pytest.mark.parametrize(
    ("end", "price", "rsi"),
    [(moment(2022, 11, 10), "15,922.8", "10"), (moment(2024, 8, 9), "61,686", "66")],
)
def test_recorded_bars_show_their_last_price_and_rsi(
    shared_data: Path, end: int, price: str, rsi: str
) -> None:
    drawn = draw_chart(result(recorded(shared_data, end)), theme="dark", labels=ENGLISH_LABELS)
    texts = [item.text for item in drawn.texts]
    assert price in texts
    assert texts[texts.index("RSI 14") + 1] == rsi


def test_a_missing_series_leaves_its_line_and_an_empty_panel_out() -> None:
    series = walk() | {name: np.full(300, np.nan) for name in ("ema_200", "macd", "macd_signal", "macd_hist")}
    del series["kalman_level"]
    texts = [item.text for item in draw_chart(result(series), theme="dark", labels=ENGLISH_LABELS).texts]
    assert {"EMA 20", "EMA 50", "Bollinger", "RSI 14", "ADX 14"} <= set(texts)
    assert not {"EMA 200", "Kalman", "MACD", "signal"} & set(texts)


def test_a_last_value_that_is_missing_is_a_dash() -> None:
    series = walk()
    series["rsi_14"] = np.where(np.arange(300) == 299, np.nan, series["rsi_14"])
    texts = [item.text for item in draw_chart(result(series), theme="dark", labels=ENGLISH_LABELS).texts]
    assert texts[texts.index("RSI 14") + 1] == "–"


def test_without_bars_it_says_so() -> None:
    texts = [item.text for item in draw_chart(result({}), theme="dark", labels=ENGLISH_LABELS).texts]
    assert "no bars to draw" in texts
    assert "BTCUSDT" in texts


def test_old_bars_outside_the_window_change_nothing() -> None:
    series = walk()
    cut = last_rows(series, 150)
    whole = render_chart(result(series), theme="dark", labels=ENGLISH_LABELS)
    assert render_chart(result(cut), theme="dark", labels=ENGLISH_LABELS) == whole


def test_a_module_without_a_chart_is_named() -> None:
    assert has_chart("trend")
    assert not has_chart("nothing")
    with pytest.raises(LookupError, match="'nothing' has no chart"):
        render_chart(result(walk(), module="nothing"), theme="dark", labels=ENGLISH_LABELS)
