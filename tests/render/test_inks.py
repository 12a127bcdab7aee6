"""Pictures are drawn in places of a palette: own colours exactly, blends and means by the nearest."""

import numpy as np
import pytest

from handlers.render.inks import EDGE_STEPS, inks_of
from handlers.render.surface import Surface
from handlers.render.theme import DARK, LIGHT, Colour, Theme

THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])


def colour_at(theme: Theme, place: int) -> Colour:
    red, green, blue = inks_of(theme).colours[place].tolist()
    return red, green, blue


@THEMES
def test_a_colour_of_the_theme_has_a_place_of_its_own(theme: Theme) -> None:
    inks = inks_of(theme)
    colours = theme.colours(EDGE_STEPS)
    assert [colour_at(theme, inks.place(colour)) for colour in colours] == colours


def test_another_colour_is_the_nearest() -> None:
    red, green, blue = DARK.alert
    assert inks_of(DARK).place((red - 2, green + 1, blue)) == inks_of(DARK).place(DARK.alert)


@THEMES
def test_a_blend_goes_from_paper_to_ink(theme: Theme) -> None:
    blend = inks_of(theme).blend(theme.panel, theme.text)
    assert (colour_at(theme, int(blend[0])), colour_at(theme, int(blend[255]))) == (theme.panel, theme.text)
    towards = inks_of(theme).colours[blend] - np.array(theme.panel)
    assert (np.diff(np.abs(towards).sum(axis=1)) >= 0).mean() > 0.99
    assert len(np.unique(blend)) >= EDGE_STEPS


@THEMES
def test_half_the_size_keeps_what_is_even_and_takes_the_mean_of_what_is_not(theme: Theme) -> None:
    inks = inks_of(theme)
    panel, ink = inks.place(theme.panel), inks.place(theme.main)
    fine = np.full((200, 8), panel, np.uint8)
    fine[:2, :2] = ink
    fine[2, 2] = ink
    fine[4:6, 5] = ink
    fine[199, :] = ink
    half = inks.halved(fine)
    assert half.shape == (100, 4)
    assert half[0, 0] == ink
    for row, column, share in ((1, 1, 0.25), (2, 2, 0.5), (99, 3, 0.5)):
        mean = np.array(theme.tint(theme.main, share))
        assert np.abs(inks.colours[half[row, column]] - mean).max() <= 10, (row, column)
    assert (half != panel).sum() == 3 + 4


def test_what_lies_outside_a_surface_is_cut_off() -> None:
    inks, shape = inks_of(DARK), np.ones((4, 4), np.uint8)
    ink = np.array([0, inks.place(DARK.up)], np.uint8)
    for left, top, seen in ((-2, -1, 6), (8, 8, 4), (-4, 0, 0), (10, 0, 0), (3, 3, 16)):
        drawn = Surface(10, 10, inks, DARK.panel)
        drawn.put(shape, ink, left, top)
        assert (drawn.pixels == ink[1]).sum() == seen, (left, top)
        again = Surface(10, 10, inks, DARK.panel)
        again.box(left, top, left + 4, top + 4, DARK.up)
        assert np.array_equal(again.pixels, drawn.pixels)
