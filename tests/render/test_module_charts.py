"""The charts of regime, risk and anomaly: sized, repeatable, whole when a series is missing, and true to it."""

import pickle
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from analysis.anomaly.metrics import GROUPS
from analysis.contract import Analysis, Floats
from analysis.features.stress import EVENTS
from handlers.render.chart import DRAWERS, draw_chart, render_chart
from handlers.render.labels import CHART_WORDS, chart_labels
from handlers.render.theme import DARK, LIGHT, Colour, ThemeName
from handlers.render.voice import VOICES
from tests.render.module_samples import (
    RESULTS,
    cone,
    redet_result,
    redet_series,
    regime_result,
    regime_series,
    risk_curves,
    risk_result,
    risk_series,
)
from tests.render.samples import ENGLISH_LABELS

MODULES = pytest.mark.parametrize("name", RESULTS)
PANELS: dict[str, dict[tuple[str, ...], set[str]]] = {
    "regime": {
        ("p_trend",): {"P(trend)"},
        ("label",): {"trend", "range"},
        ("state",): {"volatility stressed"},
        ("stressed",): {"P(stressed)"},
        ("vol_percentile",): {"volatility rank"},
    },
    "risk": {
        ("stop_long",): {"long stop"},
        ("stop_short",): {"short stop"},
        ("drawdown",): {"Drawdown"},
        ("var_99",): {"VaR 99"},
        ("return", "var_95", "var_99"): {"Return", "VaR 95", "VaR 99", "beyond VaR"},
    },
    "redet": {
        ("score",): {"Anomaly"},
        ("change_points",): {"change of level"},
        ("volatility_change_points",): {"of volatility"},
        ("cusum_up", "cusum_down"): {"CUSUM up", "CUSUM down", "threshold"},
        ("driver",): {"rare bars, by group"},
        tuple(f"group_{group}" for group in GROUPS): {"Rarity of each group"},
    },
}
CASES = [(name, gone, words) for name, panels in PANELS.items() for gone, words in panels.items()]


def texts(analysis: Analysis) -> list[str]:
    return [item.text for item in draw_chart(analysis, theme="dark", labels=ENGLISH_LABELS).texts]


def pixels(analysis: Analysis, theme: ThemeName = "dark") -> Floats:
    """The picture before its palette is reduced."""
    scene = draw_chart(analysis, theme=theme, labels=ENGLISH_LABELS)
    return np.asarray(scene._image, dtype=np.float64)  # the palette of the PNG shifts colours by a shade


def inked(picture: Floats, ink: Colour) -> int:
    return int(np.all(picture == np.array(ink), axis=2).sum())


def without(series: Mapping[str, Floats], *names: str) -> dict[str, Floats]:
    return {name: values for name, values in series.items() if name not in names}


def test_every_module_with_a_voice_of_its_own_has_a_chart() -> None:
    assert set(VOICES) == set(RESULTS)
    assert set(RESULTS) < set(DRAWERS)


@MODULES
def test_it_is_a_small_phone_sized_png_that_is_the_same_each_time(name: str) -> None:
    drawn = [render_chart(RESULTS[name](), theme="light", labels=ENGLISH_LABELS) for _ in range(2)]
    assert Image.open(BytesIO(drawn[0])).size == (1080, 1350)
    assert len(drawn[0]) < 200_000
    assert drawn[0] == drawn[1]


@MODULES
def test_result_and_labels_travel_to_a_worker_process(name: str) -> None:
    sent = pickle.loads(pickle.dumps(RESULTS[name]()))  # noqa: S301 - our own bytes
    assert render_chart(sent, theme="dark", labels=ENGLISH_LABELS) == render_chart(
        RESULTS[name](), theme="dark", labels=ENGLISH_LABELS
    )


@pytest.mark.parametrize(("name", "gone", "words"), CASES)
def test_a_missing_series_leaves_its_part_out_and_the_rest_fills_the_room(
    name: str, gone: tuple[str, ...], words: set[str]
) -> None:
    series = dict(RESULTS[name]().series)
    whole, less = set(texts(RESULTS[name]())), set(texts(RESULTS[name](without(series, *gone))))
    empty = RESULTS[name](series | {key: np.full(300, np.nan) for key in gone})
    assert words <= whole
    assert not words & less
    assert set(texts(empty)) == less


@MODULES
def test_without_bars_it_says_so(name: str) -> None:
    assert "no bars to draw" in texts(RESULTS[name]({}))


@MODULES
def test_every_word_comes_from_the_catalogue(name: str) -> None:
    labels = chart_labels(
        lambda text: f"§{text}", "en", as_of="12:00", word="§word", tone="calm", zone="UTC", market="§spot"
    )
    names = {"BTCUSDT", "4h", "GARCH", "12:00"}
    for item in draw_chart(RESULTS[name](), theme="dark", labels=labels).texts:
        spoken = item.text not in names and any(letter.isalpha() for letter in item.text)
        month = any(item.text.endswith(part) for part in labels.months)
        assert not spoken or month or "§" in item.text, item.text


def test_a_word_outside_the_list_is_refused() -> None:
    with pytest.raises(KeyError, match="CHART_WORDS"):
        ENGLISH_LABELS.say("no such word")
    assert {event.title for event in EVENTS} <= CHART_WORDS


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_trend_bars_are_shaded_and_range_bars_are_not(theme: ThemeName) -> None:
    inks = {"dark": DARK, "light": LIGHT}[theme]
    shares = []
    for label in (1.0, 0.0):
        series = regime_series() | {"label": np.full(300, label)}
        shares.append(inked(pixels(regime_result(series), theme), inks.tint(inks.calm, 0.13)))
    assert shares[0] > 100_000
    assert shares[1] < 500  # the soft edges of lines


def test_stressed_bars_are_marked() -> None:
    calm, wild = (regime_series() | {"state": np.full(300, state)} for state in (0.0, 1.0))
    marked = inked(pixels(regime_result(wild)), DARK.alert) - inked(pixels(regime_result(calm)), DARK.alert)
    assert marked > 880 * 8


def test_the_cone_names_its_days_and_goes_where_there_are_none() -> None:
    shown = texts(regime_result())
    assert {"1", "5", "30", "90", "now", "median", "options", "GARCH"} <= set(shown)
    for curves in ({}, {"cone_days": np.zeros(0)}, {"cone_days": np.array([1.0, 2.0])}):
        assert "now" not in texts(regime_result(curves=curves))
    no_options = cone() | {"cone_implied": np.full(8, np.nan)}
    assert "options" not in texts(regime_result(curves=no_options))


def test_losses_beyond_the_forecast_are_counted() -> None:
    series = risk_series()
    series["return"] = np.where(np.arange(300) % 40 == 39, -9.0, 0.5)
    shown = texts(risk_result(series))
    assert shown[shown.index("beyond VaR") + 1] == "3"  # of the last 120 bars


def test_crashes_show_their_loss_and_unknown_ones_are_left_out() -> None:
    price = float(risk_series()["close"][-1])
    curves = risk_curves(price) | {"stress_loss": np.array([50.3, np.nan, 28.4, 27.1, 19.9])}
    shown = texts(risk_result(curves=curves))
    assert shown[shown.index("March 2020") + 1] == "−50.3%"
    assert shown[shown.index("August 2024") + 2] == "5×"
    assert "May 2021" not in shown
    del curves["stress_leverage"]
    assert "survives" not in texts(risk_result(curves=curves))


def test_liquidation_prices_are_beside_their_lines_or_on_the_edge() -> None:
    shown = texts(risk_result())
    assert "25× long" in shown
    edge = [text for text in shown if text.startswith("further off:")]
    assert any("5× long" in text for text in edge)
    assert any("5× short" in text for text in edge)
    assert "liquidation" not in texts(risk_result(curves={}))


def test_only_rare_bars_are_marked_and_by_what_drove_them() -> None:
    quiet = (
        redet_series() | {"score": np.full(300, 0.49)} | {f"group_{group}": np.zeros(300) for group in GROUPS}
    )
    one = quiet | {"score": np.where(np.arange(300) == 290, 0.5, 0.1), "driver": np.full(300, 3.0)}
    volume, price = (DARK.drivers[GROUPS.index(group)] for group in ("volume", "price"))
    before, after = pixels(redet_result(quiet)), pixels(redet_result(one))
    assert inked(after, volume) - inked(before, volume) > 80
    assert inked(after, price) == inked(before, price)
    for series, count in ((quiet, "0"), (one, "1")):
        shown = texts(redet_result(series))
        assert shown[shown.index("rare bars, by group") + 1] == count


def test_the_heat_of_a_group_follows_its_rarity() -> None:
    series = redet_series() | {f"group_{group}": np.zeros(300) for group in GROUPS}
    loud = series | {"group_volume": np.full(300, 4.0), "score": np.zeros(300)}
    ink = DARK.drivers[GROUPS.index("volume")]
    assert inked(pixels(redet_result(series | {"score": np.zeros(300)})), ink) < 500  # beside its name
    assert inked(pixels(redet_result(loud)), ink) > 880 * 25


def test_the_verdict_stands_beside_the_score() -> None:
    labels = replace(ENGLISH_LABELS, word="once in 210 bars: price", tone="alert")
    shown = [item.text for item in draw_chart(redet_result(), theme="dark", labels=labels).texts]
    assert "● once in 210 bars: price" in shown
    silent = draw_chart(redet_result(), theme="dark", labels=replace(labels, word=""))
    assert not [item for item in silent.texts if item.text.startswith("●")]
