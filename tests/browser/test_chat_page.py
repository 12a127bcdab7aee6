"""A stranger opens the chat page on a phone and asks: Debian's chromium, driven by Playwright."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.pages import newest, phone_of, press, press_until, say
from tests.support.app_under_test import AppUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_ask_change_interval_refresh_and_why(
    app: AppUnderTest, browser: Browser, shots: Path, scheme: str
) -> None:
    async with phone_of(browser, app, await app.person("Ada", "en"), scheme) as page:
        await say(page, "/t btc 4h")
        card = newest(page)
        await expect(card.get_by_test_id("photo")).to_be_visible()
        await expect(card).to_contain_text("BTCUSDT")
        await page.screenshot(path=shots / f"card-{scheme}.png")
        await press_until(card, "1h", "edited")
        await expect(card).to_contain_text("1h")
        await press(card, "Refresh")
        await press_until(card, "Why", "From neutral to the score")
        await page.screenshot(path=shots / f"why-{scheme}.png")
        await card.get_by_test_id("photo").click()
        await expect(page.get_by_test_id("zoom")).to_be_visible()
