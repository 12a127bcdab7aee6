"""A text put together from letters is the one that the font itself writes."""

import numpy as np
import pytest

from handlers.render.letters import face_for, text_width, written

TEXTS = ("BTCUSDT", "AV To Ta. Ly", "güçlü yükseliş", "▲ ±0,08 – 25×", "−%3,2", "4 h", "1", " ")


@pytest.mark.parametrize("size", [22, 29, 31, 50])
@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("text", TEXTS)
def test_it_is_what_the_font_writes(text: str, bold: bool, size: int) -> None:
    mask, (left, top) = face_for(text, size, bold=bold).getmask2(text, "L", anchor="ls")
    whole = np.frombuffer(bytes(mask), np.uint8).reshape(mask.size[::-1])
    drawn = written(text, size, bold=bold)
    if whole.any():
        assert (drawn.left, drawn.top) == (left, top)
        assert np.array_equal(drawn.ink, whole)
    else:
        assert not drawn.ink.any()


def test_letters_that_stand_close_are_kerned() -> None:
    assert text_width("AV", 50) < text_width("A", 50) + text_width("V", 50)


def test_spaces_at_the_ends_move_the_ink_and_have_none() -> None:
    bare, moved = written("4h", 31), written(" 4h ", 31)
    assert np.array_equal(moved.ink, bare.ink)
    assert moved.left == bare.left + round(text_width(" ", 31))
