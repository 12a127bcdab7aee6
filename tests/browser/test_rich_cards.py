"""Rich cards on a phone: the sample, its button, cards with tables and what folds, in both themes and languages."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.pages import kept, newest, phone_of, press, say
from tests.support.app_under_test import AppUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

COMMANDS = ("t btc 4h", "s btc 4h", "al btc eth sol", "score btc 4h", "ts btc 4h", "scan 5")
READ = {"en": "I can read this", "tr": "Bunu okuyabiliyorum"}
WIDTHS = (
    "node => [...node.querySelectorAll('table')].every(table => table.scrollWidth <= node.clientWidth + 1)"
)


@pytest.mark.parametrize(("scheme", "language"), [("dark", "en"), ("light", "tr")])
async def test_rich_cards_on_a_phone(
    app: AppUnderTest, browser: Browser, shots: Path, scheme: str, language: str
) -> None:
    person = await app.person("Ada", language)
    async with phone_of(browser, app, person, scheme) as page:
        await say(page, f"/settings theme {scheme}")
        await say(page, "/settings look rich")
        await expect(newest(page).get_by_test_id("rich")).to_be_visible()
        sample = await kept(newest(page))
        await page.screenshot(path=shots / f"rich-sample-{scheme}-{language}.png")
        await press(sample, READ[language])
        await expect(sample.get_by_test_id("rich")).to_have_count(0)
        for command in COMMANDS:
            name = f"rich-{command.split()[0]}-{scheme}-{language}"
            card = await shown(page, f"/{command}")
            await page.screenshot(path=shots / f"{name}.png")
            assert await card.evaluate(WIDTHS), name
            for fold in await card.get_by_test_id("details").all():
                await fold.evaluate("node => { node.open = true; }")
            await card.screenshot(path=shots / f"{name}-open.png")
            assert await card.evaluate(WIDTHS), name


async def shown(page: Page, command: str) -> Locator:
    """Ask for a card and return it when it is there with its chart."""
    before = await page.get_by_test_id("rich").count()
    await say(page, command)
    await expect(page.get_by_test_id("rich")).to_have_count(before + 1)
    await expect(newest(page).get_by_test_id("rich").locator("img")).to_be_visible()
    return await kept(newest(page))
