"""The one theme of every picture: colours for dark and light, sizes and the font files."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from handlers.render.tones import Tone

ThemeName = Literal["dark", "light"]
Colour = tuple[int, int, int]

LEAST_STEP = 8
"""Difference in one part from which Pillow surely tells two colours of a palette apart: it looks at every fourth."""

WIDTH, HEIGHT = 1080, 1350
"""Picture size in pixels: 4:5, shown about 360 to 390 points wide on a phone, so 3 pixels are one point."""
LEAST_HEIGHT = WIDTH // 2
"""Of a picture whose rows do not fill it."""

MARGIN = 22
TITLE_SIZE = 50
LABEL_SIZE = 31
AXIS_SIZE = 29
SMALLEST_SIZE = 22
"""Texts shrink to this many pixels (7.5 points on a phone) before anything is cut."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as (red, green, blue), 0..255.

    Inks that carry meaning keep a contrast of 3:1 or more against ``background`` (WCAG 2.2, 1.4.11), texts 4.5:1
    (1.4.3). Up and down are blue and orange, which stay apart with every common colour blindness; fills
    (``band``, ``zone``, ``grid``, ``track``) are only backdrops. ``on_tag`` is the text on a filled up or down
    tag; the soft pair is for columns, which cover more area. ``calm``, ``raised`` and ``alert`` are
    the scale of scores without a direction. ``heat`` runs from the faintest to the deepest colour of a heatmap, on
    all of which candles keep their contrast.
    """

    name: ThemeName
    background: Colour
    panel: Colour
    grid: Colour
    frame: Colour
    text: Colour
    muted: Colour
    up: Colour
    down: Colour
    neutral: Colour
    on_tag: Colour
    fast: Colour
    medium: Colour
    slow: Colour
    level: Colour
    band_edge: Colour
    band: Colour
    zone: Colour
    track: Colour
    main: Colour
    second: Colour
    third: Colour
    up_soft: Colour
    down_soft: Colour
    calm: Colour
    raised: Colour
    alert: Colour
    heat: tuple[Colour, ...]

    def tone(self, tone: Tone) -> Colour:
        """Return the ink of a tone's word."""
        inks: dict[Tone, Colour] = {
            "up": self.up,
            "neutral": self.neutral,
            "down": self.down,
            "plain": self.text,
            "calm": self.calm,
            "raised": self.raised,
            "alert": self.alert,
        }
        return inks[tone]

    def tint(self, ink: Colour, share: float) -> Colour:
        """Return the panel's colour with ``share`` (0..1) of an ink in it: a backdrop that keeps the ink's hue."""
        return _mixed(self.panel, ink, share)

    def colours(self, steps: int) -> list[Colour]:
        """Return every colour of the theme once, then each ink in ``steps`` towards the panel.

        A step that is hardly told from a colour of the theme is left out, so that none is drawn in its place.
        """
        papers = [self.background, self.panel, self.grid, self.band, self.zone, self.track, self.on_tag]
        inks = [
            *(self.text, self.muted, self.frame, self.up, self.down, self.neutral, self.band_edge),
            *(self.fast, self.medium, self.slow, self.level, self.main, self.second, self.third),
            *(self.up_soft, self.down_soft, self.calm, self.raised, self.alert),
        ]
        edges = [self.tint(ink, step / steps) for ink in dict.fromkeys(inks) for step in range(1, steps)]
        tags = [_mixed(tag, self.on_tag, step / 4) for tag in (self.up, self.down) for step in range(1, 4)]
        own = dict.fromkeys((*papers, *inks, *self.heat))
        return [*own, *(mix for mix in dict.fromkeys((*tags, *edges)) if _is_apart(mix, own))]

    def heat_ramp(self, steps: int) -> tuple[Colour, ...]:
        """Return ``steps`` (two or more) colours of a heatmap, the lowest first, evenly spaced along ``heat``."""
        places = [step / (steps - 1) * (len(self.heat) - 1) for step in range(steps)]
        stops = [min(int(place), len(self.heat) - 2) for place in places]
        return tuple(
            _mixed(self.heat[stop], self.heat[stop + 1], place - stop)
            for place, stop in zip(places, stops, strict=True)
        )


def _is_apart(colour: Colour, others: Iterable[Colour]) -> bool:
    return all(max(abs(a - b) for a, b in zip(colour, other, strict=True)) >= LEAST_STEP for other in others)


def _mixed(low: Colour, high: Colour, share: float) -> Colour:
    red, green, blue = (round(one + (other - one) * share) for one, other in zip(low, high, strict=True))
    return red, green, blue


DARK = Theme(
    name="dark",
    background=(13, 17, 23),
    panel=(17, 22, 30),
    grid=(34, 41, 53),
    frame=(70, 82, 100),
    text=(236, 240, 246),
    muted=(158, 168, 184),
    up=(64, 160, 255),
    down=(255, 128, 48),
    neutral=(176, 184, 198),
    on_tag=(10, 13, 18),
    fast=(255, 221, 87),
    medium=(226, 120, 196),
    slow=(240, 244, 250),
    level=(38, 196, 152),
    band_edge=(112, 124, 148),
    band=(24, 31, 43),
    zone=(24, 31, 43),
    track=(40, 48, 61),
    main=(240, 244, 250),
    second=(64, 160, 255),
    third=(255, 128, 48),
    up_soft=(48, 116, 186),
    down_soft=(190, 98, 42),
    calm=(38, 196, 152),
    raised=(255, 221, 87),
    alert=(226, 120, 196),
    heat=((38, 30, 64), (88, 34, 112), (136, 34, 104)),
)

LIGHT = Theme(
    name="light",
    background=(255, 255, 255),
    panel=(246, 248, 252),
    grid=(228, 232, 239),
    frame=(176, 185, 199),
    text=(20, 26, 36),
    muted=(88, 98, 114),
    up=(0, 104, 200),
    down=(198, 72, 0),
    neutral=(92, 102, 118),
    on_tag=(255, 255, 255),
    fast=(158, 118, 0),
    medium=(188, 40, 140),
    slow=(24, 30, 42),
    level=(0, 134, 98),
    band_edge=(112, 124, 145),
    band=(237, 241, 248),
    zone=(237, 241, 248),
    track=(224, 229, 237),
    main=(24, 30, 42),
    second=(0, 104, 200),
    third=(198, 72, 0),
    up_soft=(66, 134, 202),
    down_soft=(212, 108, 46),
    calm=(0, 122, 90),
    raised=(138, 100, 0),
    alert=(188, 40, 140),
    heat=((240, 232, 250), (238, 208, 242), (248, 188, 222)),
)

_FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_WIDE_FONTS = (
    *("NotoSansCJK-Regular.ttc", "NotoSansCJK*.ttc", "NotoSansSC*.[ot]tf", "NotoSansCJK*.otf"),
    *("SourceHanSans*.[ot]t[cf]", "wqy-*.ttc", "DroidSansFallback*.ttf", "unifont*.[ot]tf"),
)
"""Files of fonts as Debian and others name them, the best looking first (fonts-noto-cjk, fonts-wqy-microhei)."""

_THEMES: dict[ThemeName, Theme] = {"dark": DARK, "light": LIGHT}


def theme_of(name: ThemeName) -> Theme:
    """Return the theme by its name."""
    return _THEMES[name]


@cache
def fallback_font_path(folders: tuple[Path, ...] | None = None) -> Path | None:
    """Return a font that knows Chinese, Japanese and Korean letters, ``None`` where there is none.

    It is looked for below ``folders``, by default those of the machine and of the user.
    """
    if folders is None:
        folders = (*_FONT_FOLDERS, *_own_folder())
    found = (path for name in _WIDE_FONTS for folder in folders for path in sorted(folder.rglob(name)))
    return next(found, None)


def _own_folder() -> tuple[Path, ...]:
    try:
        return (Path.home() / ".local/share/fonts",)
    except RuntimeError:  # a user without a home, as in some containers
        return ()


def font_path(*, bold: bool) -> Path:
    """Return DejaVu Sans as matplotlib ships it, found without importing matplotlib; the same on every machine.

    Raises ``FileNotFoundError`` when matplotlib is not installed with its fonts.
    """
    spec = find_spec("matplotlib")
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "mpl-data" / "fonts" / "ttf" / name
        if path.is_file():
            return path
    raise FileNotFoundError(f"font {name} was not found: install matplotlib with its bundled fonts")
