"""A stranger opens the chat page on a phone and asks: Debian's chromium, driven by Playwright."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.pages import newest, press, say
from tests.support.app_under_test import AppUnderTest
from tests.support.chromium import phone

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_ask_change_interval_refresh_and_why(
    app: AppUnderTest, browser: Browser, shots: Path, scheme: str
) -> None:
    async with phone(browser, device_scale_factor=2, color_scheme=scheme) as context:
        page = await context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(app.chat_url + "/")
        await say(page, "/t btc 4h")
        card = newest(page)
        await expect(card.get_by_test_id("photo")).to_be_visible()
        await expect(card).to_contain_text("BTCUSDT")
        await page.screenshot(path=shots / f"card-{scheme}.png")
        await press(page, "1h")
        await expect(card).to_contain_text("1h")
        await expect(card).to_contain_text("edited")
        await press(page, "Refresh")
        await press(page, "Why")
        await expect(card).to_contain_text("From neutral to the score")
        await page.screenshot(path=shots / f"why-{scheme}.png")
        await card.get_by_test_id("photo").click()
        await expect(page.get_by_test_id("zoom")).to_be_visible()
    assert problems == []
