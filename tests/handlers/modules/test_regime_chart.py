"""The regime chart: shades, strips and the volatility cone are those of the result."""

import numpy as np
import pytest

from handlers.render.theme import DARK, LIGHT, ThemeName
from tests.modules.samples import regime
from tests.render.samples import inked, pixels, texts


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_trend_bars_are_shaded_and_range_bars_are_not(theme: ThemeName) -> None:
    inks = {"dark": DARK, "light": LIGHT}[theme]
    shares = []
    for label in (1.0, 0.0):
        series = regime.series() | {"label": np.full(300, label)}
        shares.append(inked(pixels(regime.sample(series), theme), inks.tint(inks.calm, 0.125)))
    assert shares[0] > 100_000
    assert shares[1] < 500  # the soft edges of lines


def test_stressed_bars_are_marked() -> None:
    calm, wild = (regime.series() | {"state": np.full(300, state)} for state in (0.0, 1.0))
    marked = inked(pixels(regime.sample(wild)), DARK.alert) - inked(pixels(regime.sample(calm)), DARK.alert)
    assert marked > 880 * 8


def test_the_cone_names_its_days_and_goes_where_there_are_none() -> None:
    shown = texts(regime.sample())
    assert {"1", "5", "30", "90", "now", "median", "options", "GARCH"} <= set(shown)
    for curves in ({}, {"cone_days": np.zeros(0)}, {"cone_days": np.array([1.0, 2.0])}):
        assert "now" not in texts(regime.sample(curves=curves))
    no_options = regime.cone() | {"cone_implied": np.full(8, np.nan)}
    assert "options" not in texts(regime.sample(curves=no_options))
