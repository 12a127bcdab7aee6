"""What an answer weighs: every array that it carries, once."""

from dataclasses import replace

import numpy as np

from analysis.framework.result import CoinMatrix, Heatmap, Table
from analysis.framework.scalar_past import ScalarPast
from analysis.framework.size import OBJECT_BYTES, answer_bytes
from tests.handlers.sample import analysis


def test_every_array_of_an_answer_counts() -> None:
    bare = replace(analysis(), series={}, curves={}, heatmaps=(), tables=(), matrices=())
    empty = answer_bytes(bare)
    assert OBJECT_BYTES <= empty < OBJECT_BYTES + 100
    two, square = np.zeros(2), np.zeros((2, 2))
    times = np.zeros(2, np.int64)
    heavier = {
        "series": replace(bare, series={"close": np.zeros(100)}),
        "curves": replace(bare, curves={"x": np.zeros(100)}),
        "heatmaps": replace(
            bare, heatmaps=(Heatmap("h", "H", "usd", times, np.zeros(50), np.zeros((50, 2))),)
        ),
        "tables": replace(
            bare, tables=(Table("t", ("a",), tuple(map(str, range(100))), np.zeros((1, 100))),)
        ),
        "matrices": replace(bare, matrices=(CoinMatrix("m", "M", "1", ("A", "B"), square, square > 0),)),
        "past": replace(bare, past=ScalarPast(times, {"x": two})),
    }
    added = {name: answer_bytes(one) - empty for name, one in heavier.items()}
    assert added == {"series": 800, "curves": 800, "heatmaps": 800, "tables": 800, "matrices": 32, "past": 32}
