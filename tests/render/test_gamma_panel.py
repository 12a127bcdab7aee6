"""Gamma by strike under the positioning chart: there with its levels, absent where there is nothing to draw."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.framework.result import Analysis, Metric
from tests.modules.samples import sentiment
from tests.render.samples import texts

KEYS = {"Gamma per 1%: calls", "puts", "strike"}


def with_zero(level: float | None) -> Analysis:
    analysis = sentiment.sample()
    metric = Metric("zero_gamma", None, level, "USD", None, 0.0, 0.0, analysis.as_of)
    return replace(analysis, metrics=(metric,))


def test_the_panel_names_its_columns_and_the_zero_level() -> None:
    price = sentiment.sample().price
    assert set(texts(with_zero(None))) >= KEYS
    assert "zero gamma" not in texts(with_zero(None))
    shown = texts(with_zero(round(1.02 * price)))
    assert shown[shown.index("zero gamma") + 1] == f"{round(1.02 * price):,}"


@pytest.mark.parametrize("factor", [0.1, 10.0])
def test_strikes_far_from_the_price_leave_the_panel_out(factor: float) -> None:
    price = sentiment.sample().price
    assert not KEYS & set(texts(sentiment.sample(curves=sentiment.gamma(factor * price))))


def test_without_options_the_other_panels_have_the_room() -> None:
    bare = sentiment.sample(curves={})
    assert not KEYS & set(texts(bare))
    assert "Funding per 8 h" in texts(bare)


def test_every_column_holds_a_round_price() -> None:
    """A strike at each thousand falls into a column of its own: none is drawn twice as high."""
    strike = np.arange(60_000.0, 140_000.0, 1_000.0)
    level = np.full(strike.size, 1e6)
    curves = {"gamma_strike": strike, "gamma_calls": level, "gamma_puts": level}
    even = sentiment.sample(price=90_000.0, curves=curves)
    marks = [text for text in texts(even) if text in {"1M", "2M", "0.5M", "500K"}]
    assert "2M" not in marks
    assert marks
