"""A heatmap lies under the candles of any module's chart, one cell per bar and level, clear where nothing is known."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.arrays import Floats
from analysis.framework.result import Analysis, Heatmap
from handlers.render.candle_chart import ChartPlan, draw_candle_chart, price_grid
from handlers.render.heat import STEPS
from handlers.render.labels import ChartLabels, chart_labels
from handlers.render.panel import ChartPanel, ChartSeries
from handlers.render.pool import identity
from handlers.render.scene import Scene
from handlers.render.sheet import LegendEntry, Sheet
from handlers.render.theme import DARK, LIGHT, Theme
from tests.render.colour import contrast
from tests.render.samples import candles, colours, inked, result

LABELS = chart_labels(
    str, "en", {"Resting orders", "USDT"}, as_of="12:00", word="", tone="neutral", zone="UTC"
)
THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])


def no_keys(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    return []


def grid(sheet: Sheet, panel: ChartPanel) -> list[LegendEntry]:
    price_grid(sheet, panel)
    return []


def draw_made_up(analysis: Analysis, theme: Theme, labels: ChartLabels) -> Scene:
    """The chart of a module whose look is candles on its first heatmap."""

    def plan(_: ChartSeries) -> ChartPlan:
        first = analysis.heatmaps[0] if analysis.heatmaps else None
        return ChartPlan(behind=grid, over=no_keys, heatmap=first)

    return draw_candle_chart(analysis, theme, labels, plan)


def heatmap(values: Floats | None = None, rows: int = 300, levels: int = 40) -> Heatmap:
    """Levels far around the walk's candles; by default all empty."""
    made = candles(rows)
    level = np.linspace(made["low"][-120:].min() * 0.9, made["high"][-120:].max() * 1.1, levels)
    found = np.zeros((levels, rows)) if values is None else values
    return Heatmap("depth", "Resting orders", "USDT", made["time"].astype(np.int64), level, found)


def scene(found: Heatmap | None, theme: Theme = DARK) -> Scene:
    heatmaps = () if found is None else (found,)
    return draw_made_up(result(candles(), module="made_up", heatmaps=heatmaps), theme, LABELS)


def pixels(found: Heatmap | None, theme: Theme = DARK) -> Floats:
    return colours(scene(found, theme))


def one_cell(level: int, bar: int, value: float = 5.0) -> Heatmap:
    values = np.zeros((40, 300))
    values[level, bar] = value
    return heatmap(values)


@THEMES
def test_the_highest_value_has_the_deepest_colour_and_lies_under_the_candles(theme: Theme) -> None:
    full = heatmap(np.full((40, 300), 5.0))
    drawn, bare = pixels(full, theme), pixels(None, theme)
    deepest = theme.heat_ramp(STEPS)[-1]
    assert inked(drawn, deepest) > 0.6 * 880 * 600
    assert inked(drawn, theme.up) == inked(bare, theme.up)
    assert inked(drawn, theme.down) == inked(bare, theme.down)


def test_a_cell_covers_its_bar_between_its_neighbouring_levels() -> None:
    drawn = pixels(one_cell(20, 290)) != pixels(None)
    rows, columns = np.nonzero(drawn.any(axis=2)[200:])  # below the title, where the legend is
    assert np.ptp(columns) + 1 == pytest.approx(7.5, abs=1)
    later = pixels(one_cell(20, 291)) != pixels(None)
    assert np.nonzero(later.any(axis=2)[200:])[1].min() - columns.min() == pytest.approx(7.5, abs=1)
    above = pixels(one_cell(21, 290)) != pixels(None)
    assert np.nonzero(above.any(axis=2)[200:])[0].max() + 1 == pytest.approx(rows.min(), abs=1)


@pytest.mark.parametrize(
    "nothing", [np.zeros((40, 300)), np.full((40, 300), np.nan)], ids=["zero", "unknown"]
)
def test_nothing_is_painted_where_it_is_zero_or_unknown(nothing: Floats) -> None:
    assert np.array_equal(pixels(heatmap(nothing))[200:], pixels(None)[200:])


def test_bars_that_the_heatmap_lacks_stay_clear() -> None:
    full = heatmap(np.full((40, 300), 5.0))
    half = replace(full, time=full.time[-60:], values=full.values[:, -60:])
    deepest = DARK.heat_ramp(STEPS)[-1]
    assert inked(pixels(half), deepest) == pytest.approx(inked(pixels(full), deepest) / 2, rel=0.1)


def test_the_legend_names_quantity_scale_and_unit_and_says_where_it_ends_early() -> None:
    even, peaked = np.full((40, 300), 2_000.0), np.full((40, 300), 2_000.0)
    peaked[20, 290] = 9e9
    for values, words in ((even, "0–2K USDT"), (peaked, "0–2K+ USDT")):
        written = [item.text for item in scene(heatmap(values)).texts]
        assert written[written.index("Resting orders") + 1] == words
    assert "Resting orders" not in [item.text for item in scene(heatmap(np.full((40, 300), np.nan))).texts]


def test_negative_values_start_the_scale_at_the_lowest() -> None:
    values = np.full((40, 300), -4.0)
    values[20:] = 8.0
    written = [item.text for item in scene(heatmap(values)).texts]
    assert written[written.index("Resting orders") + 1] == "−4–8 USDT"


@pytest.mark.parametrize("levels", [0, 1])
def test_without_two_levels_there_is_no_heatmap(levels: int) -> None:
    assert np.array_equal(pixels(heatmap(np.ones((levels, 300)), levels=levels)), pixels(None))


def test_shapes_that_do_not_agree_are_refused() -> None:
    with pytest.raises(ValueError, match=r"'depth': values are \(300, 40\), not \(40, 300\)"):
        heatmap(np.zeros((300, 40)))


@THEMES
def test_candles_keep_their_contrast_on_every_colour_and_colours_get_deeper(theme: Theme) -> None:
    ramp = theme.heat_ramp(STEPS)
    assert min(contrast(ink, heat) for ink in (theme.up, theme.down) for heat in ramp) >= 3.0
    depth = [contrast(theme.panel, heat) for heat in ramp]
    assert depth == sorted(depth)
    assert len(set(ramp)) == STEPS


def test_another_heatmap_is_another_chart() -> None:
    analysis = result(candles(), heatmaps=(one_cell(20, 290),))
    assert identity(replace(analysis, heatmaps=(one_cell(20, 290),))) == identity(analysis)
    assert identity(replace(analysis, heatmaps=(one_cell(20, 291),))) != identity(analysis)
    assert identity(replace(analysis, heatmaps=())) != identity(analysis)
