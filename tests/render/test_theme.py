"""Colours keep their contrast, stay apart for the colour-blind, and the fonts know every Turkish letter."""

from dataclasses import fields
from io import BytesIO
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image

from handlers.render import letters
from handlers.render.inks import COLOURS, EDGE_STEPS
from handlers.render.letters import face_for, font
from handlers.render.scene import Scene
from handlers.render.theme import DARK, LIGHT, Theme, fallback_font_path, font_path
from tests.render.colour import BLINDNESS, contrast, distance

THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21.0, abs=1e-3)


@THEMES
def test_inks_keep_three_to_one_on_every_paper(theme: Theme) -> None:
    inks = [
        *(theme.up, theme.down, theme.up_soft, theme.down_soft, theme.neutral, theme.fast, theme.medium),
        *(theme.slow, theme.level, theme.band_edge, theme.main, theme.second, theme.third),
        *(theme.calm, theme.raised, theme.alert),
    ]
    for paper in (theme.background, theme.panel, theme.band, theme.zone):
        assert min(contrast(ink, paper) for ink in inks) >= 3.0


@THEMES
def test_the_palette_of_a_picture_holds_the_theme_s_colours_exactly(theme: Theme) -> None:
    scene, own = Scene(theme), [getattr(theme, one.name) for one in fields(theme)]
    colours = [one for one in own if isinstance(one, tuple) and isinstance(one[0], int)]
    for place, colour in enumerate(colours):
        scene.rectangle((10 * place, 0, 10 * place + 9, 9), colour)
    drawn = Image.open(BytesIO(scene.encode())).convert("RGB")
    assert [drawn.getpixel((10 * place + 5, 5)) for place in range(len(colours))] == colours
    assert len(theme.colours(EDGE_STEPS)) <= COLOURS


@THEMES
def test_texts_keep_four_and_a_half_to_one(theme: Theme) -> None:
    tones = (theme.up, theme.neutral, theme.down, theme.calm, theme.raised, theme.alert)
    texts = (theme.text, theme.muted, *tones)
    assert min(contrast(ink, theme.background) for ink in texts) >= 4.5
    assert min(contrast(theme.on_tag, tag) for tag in (theme.up, theme.down)) >= 4.5


@THEMES
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_inks_that_share_a_panel_stay_apart_for_the_colour_blind(theme: Theme, blindness: str) -> None:
    panels = (
        (theme.up, theme.down),
        (theme.up_soft, theme.down_soft),
        (theme.fast, theme.medium, theme.slow, theme.level),
        (theme.main, theme.second, theme.third),
        (theme.main, theme.fast),
        (theme.main, theme.up, theme.down),
        (theme.calm, theme.raised, theme.alert),
        (theme.alert, theme.second),
        (theme.main, theme.band_edge),
        (theme.fast, theme.level),
    )
    for inks in panels:
        assert min(distance(one, other, blindness) for one, other in combinations(inks, 2)) >= 20


def test_the_best_looking_font_of_the_machine_writes_what_the_theme_s_lacks(tmp_path: Path) -> None:
    assert fallback_font_path((tmp_path,)) is None
    names = (
        "opentype/noto/NotoSansCJK-Regular.ttc",
        "opentype/noto/NotoSansCJK-Bold.ttc",
        "wqy/wqy-microhei.ttc",
    )
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert fallback_font_path((tmp_path / "wqy", tmp_path / "none")) == tmp_path / names[2]
    assert fallback_font_path((tmp_path / "wqy", tmp_path / "opentype")) == tmp_path / names[0]


def test_letters_that_the_theme_s_font_knows_are_written_with_it() -> None:
    for text in ("BTCUSDT", "Oynaklık değişimi", "▲ ±0,08 – 25×", "↓5× −20%"):
        assert face_for(text, 30, bold=False) is font(30, bold=False)


def test_texts_in_other_letters_share_the_opened_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "fallback_font_path", lambda: font_path(bold=True))
    face_for.cache_clear()
    assert face_for("漢", 31) is face_for("字", 31) is font(31, bold=True)
    face_for.cache_clear()


def test_a_user_without_a_home_has_the_fonts_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    fallback_font_path.cache_clear()
    assert fallback_font_path() == fallback_font_path(
        (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
    )
    fallback_font_path.cache_clear()


@pytest.mark.parametrize("bold", [False, True])
def test_fonts_draw_turkish_letters_and_signs(bold: bool) -> None:
    face = font(30, bold=bold)
    unknown = bytes(face.getmask("\U0010fffd"))
    letters = "çğıİöşüÇĞÖŞÜ▲▼◆○◐●•×±−–"
    assert [letter for letter in letters if bytes(face.getmask(letter)) == unknown] == []
    assert bytes(face.getmask("漢")) == unknown
