"""Photographs of cards on the sandbox's chat page, asked as a person asks."""

import itertools
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from playwright.async_api import Browser, Page, async_playwright, expect

from handlers.composites.topic import CompositeTopic, Topic
from scripts.snapshot.program import Program, running
from scripts.snapshot.worlds import World

THEMES: Final[tuple[Literal["dark", "light"], ...]] = ("dark", "light")
LANGUAGES: Final = ("en", "tr")
COINS: Final = "btc eth sol"
WIDTH, HEIGHT = 390, 3000  # a phone's width, and room for any card without scrolling
PATIENCE_MS = 120_000


@dataclass(frozen=True, slots=True)
class Scenery:
    """A market (simulated, or recorded in ``data``) at ``now``, and the words behind each module's command."""

    name: str
    now: str
    data: Path | None
    words: str


async def shoot(
    tree: Path, topics: Sequence[Topic], sceneries: Sequence[Scenery], folder: Path, scale: float
) -> None:
    """Write ``folder/<id>/<scenery>-<theme>-<language>.png`` for all of them.

    Raises ``FileNotFoundError`` where chromium is missing.
    """
    async with _chromium() as browser:
        for scenery, theme in itertools.product(sceneries, THEMES):
            world = World(scenery.name, scenery.now, scenery.data, theme, ())
            async with running(tree, world) as program:
                for language in LANGUAGES:
                    page = await _page(browser, program, theme, language, scale)
                    name = f"{scenery.name}-{theme}-{language}.png"
                    for topic in topics:
                        await _photograph(page, _words(topic, scenery), folder / topic.id / name)
                    await page.context.close()


def _words(topic: Topic, scenery: Scenery) -> str:
    """Return what is typed: a scan names a score and an allocation several coins in place of one."""
    words = scenery.words
    if isinstance(topic, CompositeTopic) and topic.kind == "scan":
        words = " ".join(["5 ts", *words.split()[1:]])
    elif isinstance(topic, CompositeTopic) and topic.basket is not None:
        words = " ".join([COINS, *words.split()[1:]])
    return f"/{topic.commands[0]} {words}"


async def _page(
    browser: Browser, program: Program, theme: Literal["dark", "light"], language: str, scale: float
) -> Page:
    context = await browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        device_scale_factor=scale,
        color_scheme=theme,
    )
    context.set_default_timeout(PATIENCE_MS)
    person = await program.control("POST", "/users", {"first_name": "Ada", "language_code": language})
    await context.add_init_script(f"localStorage.setItem('me', '{person['id']}')")
    page = await context.new_page()
    await page.goto(program.chat_url)
    await expect(page.get_by_test_id("start")).to_be_visible(timeout=PATIENCE_MS)  # the chat is open
    return page


async def _photograph(page: Page, words: str, file: Path) -> None:
    """Ask, wait for the card that has buttons, and keep it with them."""
    cards = page.locator('[data-testid="message"][data-from="bot"]', has=page.get_by_test_id("button"))
    before = await cards.count()
    await page.get_by_test_id("composer").fill(words)
    await page.get_by_test_id("send").click()
    await expect(cards).to_have_count(before + 1, timeout=PATIENCE_MS)
    file.parent.mkdir(parents=True, exist_ok=True)
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
