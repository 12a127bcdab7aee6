"""What people do on the chat page."""

from playwright.async_api import Locator, Page, expect


async def say(page: Page, text: str) -> None:
    """Write a message."""
    await page.get_by_test_id("composer").fill(text)
    await page.get_by_test_id("send").click()


def newest(page: Page) -> Locator:
    """Return the bot's newest message."""
    return page.locator('[data-testid="message"][data-from="bot"]').last


async def press(page: Page, text: str) -> None:
    """Press the newest button whose text holds ``text`` once it can be pressed."""
    button = page.locator('[data-testid="button"]', has_text=text).last
    await expect(button).to_be_enabled()
    await button.click()
