"""Lines are as wide as asked whatever their slope, and end where they end."""

import numpy as np
import pytest
from numpy.typing import NDArray

from handlers.render.canvas import SCALE, Canvas
from handlers.render.inks import inks_of
from handlers.render.theme import DARK

INK = DARK.medium


def inked(canvas: Canvas) -> NDArray[np.bool_]:
    """The fine pixels that hold the ink."""
    return np.asarray(canvas._fine.pixels == inks_of(DARK).place(INK))


def line(
    xs: list[float], ys: list[float], width: float = 3.0, size: tuple[int, int] = (100, 60)
) -> NDArray[np.bool_]:
    canvas = Canvas(*size, DARK)
    canvas.line(np.array(xs), np.array(ys), INK, width)
    return inked(canvas)


@pytest.mark.parametrize("rise", [0.0, 10.0, 40.0, -40.0])
def test_a_line_is_as_wide_as_asked_across_its_slope(rise: float) -> None:
    drawn = line([10.0, 90.0], [30.0 - rise / 2, 30.0 + rise / 2])
    length = float(np.hypot(80.0, rise))
    assert drawn.sum() / SCALE**2 == pytest.approx(3.0 * length, rel=0.06)


def test_a_steep_line_is_whole() -> None:
    drawn = line([49.0, 51.0], [5.0, 55.0])
    assert drawn[5 * SCALE : 55 * SCALE].any(axis=1).all()


def test_a_line_covers_what_lies_within_half_its_width_and_nothing_else() -> None:
    xs, ys, radius = np.array([5.0, 30.0, 45.0, 60.0, 95.0]), np.array([50.0, 20.0, 45.0, 8.0, 30.0]), 2.0
    drawn = line(xs.tolist(), ys.tolist(), 2 * radius)
    rows, columns = (np.indices(drawn.shape) + 0.5) / SCALE
    apart = np.full(drawn.shape, np.inf)
    for x, y, dx, dy in zip(xs, ys, np.diff(xs), np.diff(ys), strict=False):
        share = (((columns - x) * dx + (rows - y) * dy) / (dx**2 + dy**2)).clip(0, 1)
        apart = np.minimum(apart, np.hypot(columns - x - share * dx, rows - y - share * dy))
    between = (columns > xs[0]) & (columns < xs[-1])
    assert drawn[between & (apart < radius - 0.3)].all()
    assert not drawn[(apart > radius + 0.3) | ~between].any()


def test_a_line_ends_at_its_ends_and_outside_is_cut_off() -> None:
    drawn = line([-20.0, 40.0, 60.0], [30.0, 30.0, -500.0])
    assert drawn[30 * SCALE, : 40 * SCALE].all()
    assert not drawn[:, 60 * SCALE :].any()


def test_parts_that_are_not_drawn_are_gaps() -> None:
    canvas = Canvas(100, 60, DARK)
    xs = np.array([10.0, 30.0, 50.0, 70.0])
    canvas.line(xs, np.full(4, 30.0), INK, 3.0, drawn=np.array([True, False, True]))
    columns = inked(canvas).any(axis=0)
    assert np.flatnonzero(columns).tolist() == [*range(20, 60), *range(100, 140)]


def test_an_area_lies_between_its_lines_whichever_is_higher() -> None:
    canvas = Canvas(100, 60, DARK)
    canvas.area(np.array([10.0, 90.0]), np.array([10.0, 50.0]), np.array([50.0, 10.0]), INK)
    drawn = inked(canvas)
    assert drawn.sum(axis=0)[20] == pytest.approx(80, abs=2)
    assert drawn.sum(axis=0)[100] <= 2
    assert not drawn[:, :20].any()
    assert not drawn[: 10 * SCALE].any()
