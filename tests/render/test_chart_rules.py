"""What a reader may expect of any chart: scales with names, clear panels, and lines that can be told apart."""

import re
from itertools import combinations

import numpy as np
import pytest

from handlers.render.labels import ChartLabels
from handlers.render.scene import Scene, TextItem
from handlers.render.theme import WIDTH, Colour, ThemeName, theme_of
from tests.modules.samples import risk
from tests.render.charts import CHARTS, PRICED, WITHOUT_PRICE
from tests.render.colour import BLINDNESS, contrast, distance
from tests.render.samples import BARS, ENGLISH_LABELS, drawn, result, scaled, turkish_labels, walk
from tests.render.test_layout import CASES

BACKDROP_SHARE = 0.25
"""The cone's usual span is an area of this share of its ink, not a line; so is a heatmap under candles."""
ALL = pytest.mark.parametrize("case", CASES)
THEMES = pytest.mark.parametrize("theme", ["dark", "light"])
WITH_BARS = [
    name
    for name, analysis in CASES.items()
    if set(BARS) <= set(analysis.series) and analysis.module not in WITHOUT_PRICE
]


def crashed(module: str, lost: float = 0.99) -> Scene:
    """The chart of a coin that lost nearly all of its worth in the last forty bars."""
    sample, fall = CHARTS[module], np.ones(300)
    fall[-40:] = np.exp(np.linspace(0, np.log(1 - lost), 40))
    series = sample.series()
    return drawn(sample.sample(series | {name: series[name] * fall for name in BARS}))


def price_labels(scene: Scene) -> list[TextItem]:
    """The texts beside the first panel, the tag of the last price and further columns aside."""
    left, top, right, bottom = scene.plots[0]
    del left
    beside = [item for item in scene.texts if item.box[0] >= right and top - 9 <= item.box[1] <= bottom]
    return [item for item in beside if item.fill == scene.theme.muted and item.box[0] < right + 14]


def told_apart(one: tuple[Colour, ...], other: tuple[Colour, ...], blindness: str) -> float:
    """How far the colour of either scale that is most unlike the other scale is from it."""
    apart = np.array([[distance(ink, its, blindness) for its in other] for ink in one])
    return float(max(apart.min(axis=1).max(), apart.min(axis=0).max()))


@pytest.mark.parametrize("labels", [ENGLISH_LABELS, turkish_labels()], ids=["en", "tr"])
@ALL
def test_no_text_stands_on_a_panel(case: str, labels: ChartLabels) -> None:
    scene = drawn(CASES[case], labels)
    for item in scene.texts:
        left, top, right, bottom = item.box
        for plot in scene.plots:
            clear = right <= plot[0] or left >= plot[2] or bottom <= plot[1] or top >= plot[3]
            assert clear, (item, plot)


@pytest.mark.parametrize("case", WITH_BARS)
def test_the_price_axis_has_four_labels_and_the_time_axis_its_year(case: str) -> None:
    scene = drawn(CASES[case])
    assert len(price_labels(scene)) >= 4
    foot = max(plot[3] for plot in scene.plots)
    years = [item for item in scene.texts if re.fullmatch(r"20\d\d(–\d\d)?", item.text)]
    assert any(item.box[2] > WIDTH - 20 and item.box[1] > scene.plots[0][3] for item in years), foot


@pytest.mark.parametrize("module", PRICED)
def test_a_crash_of_ninety_nine_percent_keeps_its_labels_and_the_bars_after_it_apart(module: str) -> None:
    scene = crashed(module)
    found = [float(item.text.replace(",", "")) for item in price_labels(scene)]
    assert len(found) >= 4
    assert max(found) / min(found) >= 20
    for one, other in combinations(scene.texts, 2):
        assert not one.overlaps(other), (one, other)


@ALL
def test_the_ends_of_the_score_s_scale_are_named(case: str) -> None:
    analysis = CASES[case]
    low, high = (ENGLISH_LABELS.short(end) for end in (analysis.low, analysis.high))
    shown = [item.text for item in drawn(analysis).texts]
    assert any(re.fullmatch(rf"{re.escape(low)} [a-z]+", text) for text in shown)
    assert any(re.fullmatch(rf"[a-z]+ {re.escape(high)}", text) for text in shown)


@THEMES
@pytest.mark.parametrize("module", CHARTS)
def test_keys_of_a_row_can_be_told_apart_by_the_colour_blind(module: str, theme: ThemeName) -> None:
    for row in drawn(CHARTS[module].sample(), theme=theme).legends:
        for (one, dashed), (other, also_dashed) in combinations(row, 2):
            apart = min(told_apart(one, other, blindness) for blindness in BLINDNESS)
            assert apart >= 20 or dashed != also_dashed, (one, other, apart)


@THEMES
@pytest.mark.parametrize("module", CHARTS)
def test_what_a_key_names_stands_out_from_the_panel(module: str, theme: ThemeName) -> None:
    colours = theme_of(theme)
    for row in drawn(CHARTS[module].sample(), theme=theme).legends:
        for ink in (inks[-1] for inks, _ in row):
            backdrop = ink in (colours.tint(colours.neutral, BACKDROP_SHARE), colours.heat[-1])
            assert backdrop or contrast(ink, colours.panel) >= 3.0, ink


def test_a_symbol_in_another_script_is_written_and_keeps_to_its_place() -> None:
    scene = drawn(result(walk(), symbol="币安人生USDT"))
    assert "币安人生USDT" in [item.text for item in scene.texts]
    for one, other in combinations(scene.texts, 2):
        assert not one.overlaps(other), (one, other)


@pytest.mark.parametrize("module", PRICED)
@pytest.mark.parametrize("price", [0.00006473, 0.019056, 3e-8, 58_161.0, 1_234_567.0])
def test_the_tag_of_the_last_price_is_never_cut(module: str, price: float) -> None:
    series = CHARTS[module].series()
    factor = price / float(series["close"][-1])
    changes: dict[str, object] = {"curves": risk.curves(price)} if module == "risk" else {}
    shown = drawn(CHARTS[module].sample(scaled(series, factor), price=price, **changes)).texts
    tag = next(item.text for item in shown if item.fill == theme_of("dark").on_tag)
    assert float(tag.replace(",", "")) == pytest.approx(price, rel=1e-4)


@pytest.mark.parametrize("module", CHARTS)
def test_a_withheld_score_has_no_word(module: str) -> None:
    shown = [item.text for item in drawn(CHARTS[module].sample(score=None, uncertainty=None)).texts]
    assert "–" in shown
    assert not [text for text in shown if "bearish" in text]


def test_levels_keep_their_order_where_the_price_stands_at_the_panel_s_edge() -> None:
    series = risk.series()
    low = float(series["low"][-120:].min())
    sample = risk.sample(series, price=low, curves=risk.curves(low))
    column = [
        item for item in drawn(sample).texts if "× " in item.text[:7] or item.text in {"longs", "shorts"}
    ]
    tops = [item.box[1] for item in column]
    assert tops == sorted(tops)
    assert len(column) == 12
