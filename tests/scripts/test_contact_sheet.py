"""Contact sheets: pictures keep their places, and a card is photographed with its picture and in its language."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.registry import MODULES
from scripts.contact.compose import GAP, PAPER, contact_sheet
from scripts.contact.shoot import LANGUAGES, THEMES, WIDTH, Scenery, shoot
from scripts.snapshot.worlds import SIMULATED_NOW
from tests.support.chromium import running_chromium

ROOT = Path(__file__).resolve().parent.parent.parent
RED, BLUE = (255, 0, 0), (0, 0, 255)


def picture(path: Path, size: tuple[int, int], colour: tuple[int, int, int]) -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


def test_pictures_stand_in_columns_of_their_widest_and_rows_of_their_tallest(tmp_path: Path) -> None:
    low, tall = picture(tmp_path / "a.png", (20, 10), RED), picture(tmp_path / "b.png", (10, 30), BLUE)
    sheet = contact_sheet([[low, low], [tall, tall]])
    assert sheet.size == (20 + 10 + 3 * GAP, 30 + 30 + 3 * GAP)
    assert [sheet.getpixel((GAP + 1, GAP + row)) for row in (9, 11, 30 + GAP + 9)] == [RED, PAPER, RED]
    assert sheet.getpixel((20 + 2 * GAP + 1, GAP + 29)) == BLUE


@pytest.mark.browser
@pytest.mark.slow
async def test_a_card_is_photographed_for_every_reader(tmp_path: Path) -> None:
    async with running_chromium():
        pass  # skipped aloud where there is none
    module = MODULES[0]
    await shoot(ROOT, [module], [Scenery("live", SIMULATED_NOW, None, "btc 4h")], tmp_path, 1.0)
    names = [f"live-{theme}-{language}.png" for theme in THEMES for language in LANGUAGES]
    pictures = [np.asarray(Image.open(tmp_path / module.id / name).convert("L")) for name in names]
    for one in pictures:
        assert WIDTH * 0.7 < one.shape[1] <= WIDTH
        assert one.shape[0] > 900
    papers = [int(one[3, one.shape[1] // 2]) for one in pictures]
    assert max(papers[:2]) < 60
    assert min(papers[2:]) > 200
    assert not np.array_equal(pictures[0], pictures[1])
