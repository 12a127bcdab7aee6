"""Contact sheets: pictures keep their places, and cards and talks are photographed for every reader, all of them."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.registry import MODULES
from handlers.commands.routes import build_registry
from handlers.composites.registry import TOPICS
from handlers.composites.topic import Topic
from scripts.contact.compose import GAP, PAPER, contact_sheet
from scripts.contact.shoot import LANGUAGES, THEMES, WIDTH, Scenery, shoot, talk_files
from scripts.contact.talks import EVIDENCE, TALKS, TEXT, WHY, Step, Talk, explained
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


def test_every_command_with_words_of_its_own_is_in_a_talk() -> None:
    said = {step.words.split()[0] for talk in TALKS for step in talk.steps if step.words}
    own = {f"/{spec.name}" for spec in build_registry(MODULES, TOPICS).specs if spec.topic is None}
    assert own - said == set()


def test_what_not_everybody_may_ask_is_asked_by_an_owner() -> None:
    specs = build_registry(MODULES, TOPICS).by_name
    first = [(talk, step.words.split()[0].lstrip("/")) for talk in TALKS for step in talk.steps if step.words]
    guarded = [talk.owner for talk, name in first if name in specs and specs[name].role != "anyone"]
    assert guarded
    assert all(guarded)


def test_every_button_that_explains_a_card_is_pressed() -> None:
    topics: tuple[Topic, ...] = (*TOPICS, *MODULES)
    actions = {talk.id: [step.button for step in talk.steps[1:]] for talk in map(explained, topics)}
    assert actions["score-why"] == actions["scan-why"] == [TEXT]
    assert actions["buy_opportunity-why"] == [WHY, EVIDENCE, TEXT]
    assert actions["trend-why"] == [WHY, TEXT]


def opened(path: Path) -> Image.Image:
    """A picture whose file is closed again."""
    with Image.open(path) as picture:
        return picture.copy()


@pytest.mark.browser
@pytest.mark.slow
async def test_a_card_is_photographed_for_every_reader(tmp_path: Path) -> None:
    async with running_chromium():
        pass  # skipped aloud where there is none
    module, talk = MODULES[0], Talk("talk", (Step("/t btc 4h"), Step(button=WHY), Step("/fav")))
    live = Scenery("live", SIMULATED_NOW, None, "btc 4h")
    await shoot(ROOT, [module], [talk], [live], tmp_path, 1.0)
    names = [f"live-{theme}-{language}.png" for theme in THEMES for language in LANGUAGES]
    pictures = [np.asarray(opened(tmp_path / module.id / name).convert("L")) for name in names]
    for one in pictures:
        assert WIDTH * 0.7 < one.shape[1] <= WIDTH
        assert one.shape[0] > 900
    papers = [int(one[3, one.shape[1] // 2]) for one in pictures]
    assert max(papers[:2]) < 60
    assert min(papers[2:]) > 200
    assert not np.array_equal(pictures[0], pictures[1])
    for theme, language in itertools.product(THEMES, LANGUAGES):
        shown = [opened(file) for file in talk_files(tmp_path, talk, theme, language)]
        assert shown[0].size[1] > 900  # the card
        assert shown[0].tobytes() != shown[1].tobytes()
        assert shown[2].size[1] < 400  # a line
