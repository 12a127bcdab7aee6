"""The table of factors: there where anything is known, and in colour where a factor was told from chance."""

import numpy as np

from handlers.render.theme import theme_of
from tests.modules.samples import micro
from tests.render.samples import drawn, texts

HEAD = "sign right"


def test_a_table_without_a_number_leaves_the_candles_alone() -> None:
    nothing = {name: np.full(len(column), np.nan) for name, column in micro.table().items()}
    assert HEAD in texts(micro.sample())
    assert HEAD not in texts(micro.sample(curves=nothing))
    assert HEAD not in texts(micro.sample(curves={}))


def test_the_horizon_is_that_of_the_answer() -> None:
    other = micro.table() | {"factor_horizon_s": np.array([30.0])}
    assert "Factors now, and over the next 30 s" in texts(micro.sample(curves=other))


def test_what_was_wrong_by_two_errors_stands_out_and_what_may_be_chance_is_muted() -> None:
    theme = theme_of("dark")
    inks = {item.text: item.fill for item in drawn(micro.sample()).texts}
    assert inks["61% ± 2"] == theme.text
    assert inks["54% ± 3"] == theme.muted
    assert inks["41% ± 3"] == theme.alert
    assert inks["−0.24 ± 0.07"] == theme.alert
