"""Photographs of cards on the sandbox's chat page, asked as a person asks."""

import itertools
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from playwright.async_api import Browser, Page, async_playwright, expect

from handlers.composites.topic import Topic
from handlers.settings.declared import CLASSIC, LOOK, RICH
from scripts.contact.chat import Chat, open_folds
from scripts.contact.talks import Talk, about
from scripts.snapshot.program import Program, running
from scripts.snapshot.worlds import World

THEMES: Final[tuple[Literal["dark", "light"], ...]] = ("dark", "light")
LANGUAGES: Final = ("en", "tr")
LOOKS: Final = (CLASSIC, RICH)
OWNERS: Final = {"en": 901, "tr": 902}
WIDTH, HEIGHT = 390, 3000  # a phone's width, and room for any card without scrolling
PATIENCE_MS = 300_000


@dataclass(frozen=True, slots=True)
class Scenery:
    """A market (simulated, or recorded in ``data``) at ``now``, and the words behind each module's command."""

    name: str
    now: str
    data: Path | None
    words: str


async def shoot(
    tree: Path,
    topics: Sequence[Topic],
    talks: Sequence[Talk],
    sceneries: Sequence[Scenery],
    folder: Path,
    scale: float,
    look: str = CLASSIC,
) -> None:
    """Write ``folder/<id>/<scenery>-<theme>-<language>.png`` for all topics, and talks of the first scenery.

    The pictures of a talk are named by `talk_files`; ``look`` is one of `LOOKS`, and what folds is shown open.
    Raises ``FileNotFoundError`` where chromium is missing.
    """
    async with _chromium() as browser:
        for scenery, theme in itertools.product(sceneries, THEMES):
            world = World(scenery.name, scenery.now, scenery.data, theme, (), owners=tuple(OWNERS.values()))
            said = talks if scenery is sceneries[0] else ()
            if not topics and not said:
                continue
            async with running(tree, world) as program:
                for language in LANGUAGES:
                    reader = _Reader(program, theme, language, look)
                    async with reader.page(browser, scale) as page:
                        name = f"{scenery.name}-{theme}-{language}.png"
                        for topic in topics:
                            words = f"/{topic.commands[0]} {about(topic, scenery.words)}"
                            await _photograph(page, words, folder / topic.id / name)
                    for talk in said:
                        await reader.photograph(talk, browser, folder, scale)


def talk_files(folder: Path, talk: Talk, theme: str, language: str) -> list[Path]:
    """Return where the pictures of a talk are: ``folder/<id>/<step>-<theme>-<language>.png``, from step 1."""
    steps = range(1, len(talk.steps) + 1)
    return [folder / talk.id / f"{step}-{theme}-{language}.png" for step in steps]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Somebody who reads a language in a theme; as an owner it is another person, who is also told of faults."""

    program: Program
    theme: Literal["dark", "light"]
    language: str
    look: str

    async def photograph(self, talk: Talk, browser: Browser, folder: Path, scale: float) -> None:
        """Go through a talk with a new person, or the owner."""
        async with self.page(browser, scale, owner=talk.owner) as page:
            person = int(await page.evaluate("localStorage.getItem('me')"))
            files = talk_files(folder, talk, self.theme, self.language)
            await Chat(self.program, page, person).photograph(talk, files)

    @asynccontextmanager
    async def page(self, browser: Browser, scale: float, *, owner: bool = False) -> AsyncIterator[Page]:
        """Open the chat page as a new person, or as the owner, who is new as well."""
        context = await browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT},
            device_scale_factor=scale,
            color_scheme=self.theme,
        )
        context.set_default_timeout(PATIENCE_MS)
        who = {"id": OWNERS[self.language]} if owner else {}
        body = {"first_name": "Ada", "language_code": self.language, **who}
        person = await self.program.control("POST", "/users", body)
        await context.add_init_script(f"localStorage.setItem('me', '{person['id']}')")
        page = await context.new_page()
        await page.goto(self.program.chat_url)
        await expect(page.get_by_test_id("start")).to_be_visible(timeout=PATIENCE_MS)  # the chat is open
        if self.look != CLASSIC:
            await _choose(page, self.look)
        yield page
        await context.close()


async def _choose(page: Page, look: str) -> None:
    """Choose how cards look, and say of the sample that it can be read."""
    await _say(page, f"/settings {LOOK.word} {look}")
    buttons = page.get_by_test_id("button")
    await expect(buttons).to_have_count(1)
    await buttons.click()
    await expect(buttons).to_have_count(len(LOOK.options) + 1)


async def _say(page: Page, words: str) -> None:
    await page.get_by_test_id("composer").fill(words)
    await page.get_by_test_id("send").click()


async def _photograph(page: Page, words: str, file: Path) -> None:
    """Ask, wait for the card that has buttons, and keep it with them."""
    cards = page.locator('[data-testid="message"][data-from="bot"]', has=page.get_by_test_id("button"))
    before = await cards.count()
    await _say(page, words)
    await expect(cards).to_have_count(before + 1, timeout=PATIENCE_MS)
    file.parent.mkdir(parents=True, exist_ok=True)
    await open_folds(cards.last)
    await cards.last.screenshot(path=file)


@asynccontextmanager
async def _chromium() -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        raise FileNotFoundError("chromium is missing: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, chromium_sandbox=False)
        yield browser
        await browser.close()
