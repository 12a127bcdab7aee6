"""Pages of rows, written column by column, say what the numbers say one by one."""

import json
from typing import Final

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from utils.sandbox.exchange.rest.numbers import fixed
from utils.sandbox.exchange.rest.pages import (
    Cells,
    flag_cells,
    float_cells,
    rows_page,
    text_cells,
    unit_cells,
)

HALVES: Final = [0.5, 1.5, 2.5, 0.125, 0.375, 2.675, 1.005, -0.0, -1e-9, -0.125]
"""What a rounding decides by the last bit, and what is nearly nothing below zero."""


def _texts(cells: Cells) -> list[str]:
    count = len(cells.characters)
    return list(json.loads(rows_page(count, b'"', cells, b'"')))


@given(
    st.lists(st.integers(-5, 10**18 + 5), max_size=20) | st.lists(st.integers(0, 10**12), max_size=20),
    st.integers(0, 9),
    st.integers(0, 4),
)
@example([0, 9, 10, 99_999, 100_000, 10**18 - 1], 0, 0)
@example([0, 1], 8, 0)
def test_units_are_written_as_one_by_one(values: list[int], digits: int, further: int) -> None:
    cells = unit_cells(np.array(values, dtype=np.int64), digits, digits + further)
    assert _texts(cells) == [fixed(value, digits, digits + further) for value in values]


@given(
    st.lists(st.floats(-1e7, 1e7) | st.floats(-1e-3, 1e-3), max_size=20)
    | st.lists(st.integers(-(10**6), 10**6).map(lambda half: half / 2 + 0.125), max_size=20),
    st.sampled_from([0, 2, 4, 8]),
)
@example(HALVES, 0)
@example(HALVES, 2)
@example([1e300, 1.0], 8)
@example([float("nan"), 1.0], 4)
def test_floats_are_rounded_as_format_rounds_them(values: list[float], decimals: int) -> None:
    cells = float_cells(np.array(values, dtype=np.float64), decimals)
    assert _texts(cells) == [f"{value:.{decimals}f}" for value in values]


def test_a_row_has_its_cells_between_its_texts() -> None:
    page = rows_page(
        2,
        b'{"n":',
        unit_cells(np.array([7, 1200]), 0, 0),
        b',"who":"',
        text_cells(["a", "bcd"]),
        b'","yes":',
        flag_cells(np.array([True, False])),
        b"}",
    )
    assert page == b'[{"n":7,"who":"a","yes":true},{"n":1200,"who":"bcd","yes":false}]'


def test_no_rows_are_an_empty_list() -> None:
    assert rows_page(0, b"[", unit_cells(np.empty(0, dtype=np.int64), 2, 8), b"]") == b"[]"
