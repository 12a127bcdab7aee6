"""The chart is a pure function of the result: the right size, the same bytes, the result's own words and numbers."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from handlers.render.theme import ThemeName, theme_of
from tests.render.samples import (
    last_rows,
    moment,
    picture,
    recorded,
    result,
    texts,
    turkish_labels,
    walk,
)

THEMES: tuple[ThemeName, ThemeName] = ("dark", "light")


def words(**changes: object) -> list[str]:
    return texts(result(walk(), **changes))


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_a_phone_sized_png_on_the_themes_background(theme: ThemeName) -> None:
    png = picture(result(walk()), theme=theme)
    image = Image.open(BytesIO(png))
    assert (image.format, image.size) == ("PNG", (1080, 1350))
    corner = np.array(image.convert("RGB").getpixel((3, 3)))
    assert np.abs(corner - np.array(theme_of(theme).background)).max() <= 3
    assert len(png) < 200_000


def test_equal_inputs_give_equal_bytes_and_others_do_not() -> None:
    first = picture(result(walk()))
    assert picture(result(walk())) == first
    assert picture(result(walk(seed=8))) != first
    assert picture(result(walk()), theme="light") != first


def test_the_result_names_itself() -> None:
    drawn = words(symbol="1000SHIBUSDT", interval="15m", score=0.71, uncertainty=0.05)
    for expected in ("1000SHIBUSDT", "15m", "0.71", "±0.05", "▼ bearish", "10 Nov 2022 00:00 UTC"):
        assert expected in drawn
    assert any(text.startswith("spot · Trend") for text in drawn)


def test_a_withheld_score_is_a_dash() -> None:
    drawn = words(score=None, uncertainty=None)
    assert "–" in drawn
    assert not [text for text in drawn if text.startswith("±")]


def test_turkish_words_and_marks() -> None:
    found = texts(result(walk(), score=0.71), turkish_labels())
    assert {"0,71", "▲ güçlü yükseliş", "Hacim", "sinyal"} <= set(found)
    assert any(text.startswith("sürekli vadeli · Rejim") for text in found)
    assert any(text.endswith(" Kas") for text in found)


@pytest.mark.parametrize(
    ("end", "price", "rsi"),
    [(moment(2022, 11, 10), "15,922.8", "10"), (moment(2024, 8, 9), "61,686", "66")],
)
def test_recorded_bars_show_their_last_price_and_rsi(
    shared_data: Path, end: int, price: str, rsi: str
) -> None:
    found = texts(result(recorded(shared_data, end)))
    assert price in found
    assert found[found.index("RSI 14") + 1] == rsi


def test_a_missing_series_leaves_its_line_and_an_empty_panel_out() -> None:
    series = walk() | {name: np.full(300, np.nan) for name in ("ema_200", "macd", "macd_signal", "macd_hist")}
    del series["kalman_slope_t"]
    found = set(texts(result(series)))
    assert {"EMA 20", "EMA 50", "Bollinger", "RSI 14", "ADX 14"} <= found
    assert not {"EMA 200", "Kalman slope", "MACD", "signal"} & found


def test_a_last_value_that_is_missing_is_a_dash() -> None:
    series = walk()
    series["rsi_14"] = np.where(np.arange(300) == 299, np.nan, series["rsi_14"])
    found = texts(result(series))
    assert found[found.index("RSI 14") + 1] == "–"


def test_without_bars_it_says_so() -> None:
    assert {"no bars to draw", "BTCUSDT"} <= set(texts(result({})))


def test_old_bars_outside_the_window_change_nothing() -> None:
    series = walk()
    cut = last_rows(series, 150)
    whole = picture(result(series))
    assert picture(result(cut)) == whole
